// What the read-back proves and what a failure means, as tables.
import { describe, expect, it } from 'vitest';
import { type FailureCode, failureCodes } from '../../src/domain/failure.ts';
import { judgeAfterIntent, judgeBeforeIntent, judgeReadBack, modeOf, type ReadBack } from '../../src/slot/decisions.ts';
import { ec800e, flashedA, flashedB, imeiA, imeiB, unitA } from './profiles.ts';

const proven: ReadBack = {
  before: unitA,
  imeiBefore: null,
  after: flashedA,
  profile: ec800e,
  revision: flashedA.revision,
  continuousInsertion: false,
};
const { imei: _, ...withoutImei } = flashedA;

describe('the read-back', () => {
  it.each<[string, Partial<ReadBack>, string]>([
    ['everything as it must be', {}, 'PASS'],
    ['an identity from a label', { before: null, imeiBefore: imeiA }, 'PASS'],
    ['no identity before, a continuous insertion', { before: null, continuousInsertion: true }, 'PASS'],
    ['no identity before, an interrupted insertion', { before: null }, 'UNKNOWN identity-unproven'],
    ['another IMEI', { after: flashedB }, 'UNKNOWN swapped'],
    ['another IMEI than on the label', { before: null, imeiBefore: imeiB, continuousInsertion: true }, 'UNKNOWN swapped'],
    ['another IMEI and the old revision', { after: flashedB, revision: unitA.revision }, 'UNKNOWN swapped'],
    ['no IMEI', { after: withoutImei }, 'FAIL imei-missing'],
    ['an IMEI that fails Luhn', { after: { ...flashedA, imei: '860000000000001' } }, 'FAIL imei-invalid'],
    ['another model', { after: { ...flashedA, model: 'EC600E' } }, 'FAIL model-changed'],
    ['another model of the same profile', otherModelOfProfile(), 'FAIL model-changed'],
    ['the revision from before', { revision: unitA.revision }, 'FAIL revision-mismatch'],
    ['a revision that only begins right', { revision: `${flashedA.revision}A` }, 'FAIL revision-mismatch'],
    ['no revision', { revision: null }, 'FAIL revision-unreadable'],
  ])('with %s', (_name, changed, expected) => {
    const { verdict, failure, written } = judgeReadBack({ ...proven, ...changed });
    expect([verdict, failure?.code].join(' ').trim()).toBe(expected);
    expect(written).toBe('all');
  });

  it('proves nothing by an equal revision before and after: the identity decides', () => {
    const before = { ...unitA, revision: flashedA.revision };
    expect(judgeReadBack({ ...proven, before }).verdict).toBe('PASS');
    expect(judgeReadBack({ ...proven, before, after: flashedB }).verdict).toBe('UNKNOWN');
  });
});

function otherModelOfProfile(): Partial<ReadBack> {
  return { profile: { ...ec800e, models: ['EC800E', 'EC800Z'] }, after: { ...flashedA, model: 'EC800Z' } };
}

describe('a failure', () => {
  const codes = Object.keys(failureCodes) as FailureCode[];
  const verdictsOf = (judge: (code: FailureCode) => string): Record<string, FailureCode[]> =>
    Object.groupBy(codes, judge) as Record<string, FailureCode[]>;

  it('before the intent is FAIL when it is the unit’s own or the gate refused it, else ABORTED, and nothing is written', () => {
    const judged = verdictsOf((code) => {
      const { verdict, written } = judgeBeforeIntent({ code, step: 'connecting' });
      return `${verdict} ${written}`;
    });
    expect(Object.keys(judged).sort()).toEqual(['ABORTED none', 'FAIL none']);
    const gate: FailureCode[] = ['model-not-allowed', 'sub-model-not-allowed'];
    for (const code of judged['ABORTED none'] ?? []) expect(failureCodes[code].blame).not.toBe('unit');
    expect(judged['FAIL none']).toEqual(expect.arrayContaining(gate));
  });

  it('after the intent is FAIL only where the device proved it: all else leaves the unit UNKNOWN, never ABORTED', () => {
    const judged = verdictsOf((code) => judgeAfterIntent({ code, step: 'programming' }, 'maybe').verdict);
    expect(Object.keys(judged).sort()).toEqual(['FAIL', 'UNKNOWN']);
    const unproven: FailureCode[] = [
      'unplugged',
      'stalled',
      'link-lost',
      'process-killed',
      'restart-not-seen',
      'strap-still-closed',
      'reply-timed-out',
      'station-defect',
      'transport-closed',
      'serial-path-no-rights',
      'identity-unproven',
      'swapped',
    ];
    expect(judged['UNKNOWN']).toEqual(expect.arrayContaining(unproven));
  });

  it('is told the same whether the bus or the transport saw the early removal first', () => {
    expect(judgeBeforeIntent({ code: 'unplugged', step: 'load' }).failure?.code).toBe('removed-early');
  });
});

describe('the mode of a device', () => {
  it('comes from the ids of the slot’s own profiles, and is none for any other', () => {
    expect(modeOf({ vendorId: 0x2c7c, productId: 0x0903 }, [ec800e])).toBe('normal');
    expect(modeOf({ vendorId: 0x17d1, productId: 0x0001 }, [ec800e])).toBe('download');
    expect(modeOf({ vendorId: 0x17d1, productId: 0x0002 }, [ec800e])).toBeNull();
    expect(modeOf({ vendorId: null, productId: null }, [ec800e])).toBeNull();
    expect(modeOf({ vendorId: 0x2c7c, productId: 0x0903 }, [])).toBeNull();
  });
});

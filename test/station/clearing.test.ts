// What the rules say of one unit, without a station: order, policies, other systems, and what the record is told.
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { ClearanceQuestion } from '../../src/slot/clearance.ts';
import type { InterlockAnswer } from '../../src/station/interlock.ts';
import { type ClearingOptions, createClearing } from '../../src/station/rules/clearing.ts';
import type { ClearanceRule } from '../../src/station/rules/rule.ts';
import { createUnitClaims } from '../../src/station/rules/unit-claims.ts';
import { keysOf, pastOf } from '../../src/station/rules/unit-past.ts';
import { ec800e, imeiA, imeiB } from '../slot/profiles.ts';
import { historyDefaults } from '../support/history-defaults.ts';
import { jobFacts, recordOf } from '../trace/rig.ts';

const question: ClearanceQuestion = {
  slot: 1,
  stage: 'beforeEntry',
  label: {},
  unit: { imei: imeiA, sn: 'SN-A', labelSn: null, model: 'EC800E', revision: 'EC800ECNLCR01' },
  profile: ec800e,
  currentRevision: null,
  retryOf: null,
};
const past = (verdict: RecordBody['verdict'], changed: Partial<RecordBody> = {}): RecordBody => ({
  ...recordOf(jobFacts('job'), 'R'),
  kind: 'flash',
  verdict,
  written: verdict === 'ABORTED' ? 'none' : 'all',
  failure: verdict === 'PASS' ? null : { code: 'verify-mismatch', step: 'write-ap', blame: 'unit' },
  evidence: {},
  finishedAt: '2026-11-20T08:00:00.000+08:00',
  workOrder: 'WO-0',
  ...changed,
});

const ask = (
  options: Partial<ClearingOptions> & { records?: readonly RecordBody[] } = {},
  asked: Partial<ClearanceQuestion> = {},
) =>
  createClearing({
    clock: new SimulatedClock(),
    settings: historyDefaults,
    history: { recordsOf: () => Promise.resolve(options.records ?? []) },
    interlock: null,
    rules: [],
    work: () => ({ operator: 'li', shift: null, workOrder: 'WO-1', lot: null }),
    othersOf: () => [],
    ...options,
  })({ ...question, ...asked });
const answering = (answer: InterlockAnswer) => ({ ask: () => Promise.resolve(answer) });

describe('the past of a unit', () => {
  it('counts as attempts only flash records that are not ABORTED', () => {
    const others = (['verify', 'golden', 'skip', 'nvRestore'] as const).map((kind) => past('FAIL', { kind }));
    expect(pastOf([...others, past('ABORTED'), past('FAIL')])).toMatchObject({ attempts: 1, strikes: 1, unknowns: 0 });
  });

  it('begins anew with a PASS, and with an attempt that came out of rework', () => {
    expect(pastOf([past('FAIL'), past('UNKNOWN'), past('PASS'), past('FAIL')])).toMatchObject({
      attempts: 4,
      strikes: 1,
      unknowns: 0,
    });
    const reworked = past('FAIL', { evidence: { 'rule.rework': 'li' } });
    expect(pastOf([past('FAIL'), past('FAIL'), past('FAIL'), reworked])).toMatchObject({ attempts: 4, strikes: 1 });
  });

  it('takes no strike from a board that only the operator put into the wrong place', () => {
    const wrongPlace = past('FAIL', {
      written: 'none',
      failure: { code: 'model-not-allowed', step: 'identifying', blame: 'operator' },
    });
    expect(pastOf([wrongPlace, wrongPlace, wrongPlace])).toMatchObject({ attempts: 3, strikes: 0 });
  });

  it('is known by a valid IMEI and by serial numbers that tell one unit from another', () => {
    const unit = { imei: imeiA, sn: 'SN-A', labelSn: 'L-1' };
    expect(keysOf(unit)).toEqual([imeiA, 'SN-A', 'L-1']);
    expect(keysOf({ imei: '000000000000000', sn: '0000', labelSn: '' })).toEqual([]);
    expect(keysOf({ ...unit, labelSn: 'SN-A' })).toEqual([imeiA, 'SN-A']);
  });
});

describe('a clearance', () => {
  it.each([
    ['no past', [], { kind: 'cleared', marks: { kind: 'flash', attempt: 1, retestReason: null, reworkAfter: [] } }],
    ['one FAIL', [past('FAIL')], { kind: 'cleared', marks: { attempt: 2, retestReason: 'verify-mismatch', reworkAfter: [] } }],
    ['two FAIL', [past('FAIL'), past('FAIL')], { kind: 'cleared', marks: { attempt: 3, reworkAfter: ['FAIL', 'UNKNOWN'] } }],
    ['one UNKNOWN', [past('UNKNOWN')], { kind: 'cleared', marks: { attempt: 2, reworkAfter: ['UNKNOWN'] } }],
    ['two UNKNOWN', [past('UNKNOWN'), past('UNKNOWN')], { kind: 'refused', reason: { code: 'rework-needed' } }],
    ['a PASS', [past('PASS')], { kind: 'ask', reason: { code: 'passed-before' } }],
    ['a PASS in this order', [past('PASS', { workOrder: 'WO-1' })], { kind: 'refused', reason: { code: 'passed-in-order' } }],
    ['a FAIL after its PASS', [past('PASS'), past('FAIL')], { kind: 'cleared', marks: { attempt: 3 } }],
  ] as const)('of a unit with %s', async (_, records, expected) => {
    expect(await ask({ records })).toMatchObject(expected);
  });

  it('of a PASS at another station counts as one here, unless the unit has failed here since', async () => {
    const passedElsewhere = { stationId: 'EOL2', recordId: 'R', finishedAt: '2026-11-21T08:00:00.000+08:00' };
    const interlock = answering({ kind: 'cleared', passedElsewhere, warning: null });
    expect(await ask({ interlock })).toMatchObject({
      kind: 'ask',
      reason: { code: 'passed-before', actual: expect.stringContaining('EOL2') },
    });
    const since = past('FAIL', { finishedAt: '2026-11-22T08:00:00.000+08:00' });
    expect(await ask({ interlock, records: [since] })).toMatchObject({ kind: 'cleared' });
  });

  it('is refused as the interlock refuses, and carries its warning into the record', async () => {
    const failure = { code: 'operator-cancelled', step: 'interlock' } as const;
    expect(await ask({ interlock: answering({ kind: 'refused', failure }) })).toMatchObject({ kind: 'refused', reason: failure });
    const cleared = answering({ kind: 'cleared', passedElsewhere: null, warning: failure });
    expect(await ask({ interlock: cleared })).toMatchObject({ kind: 'cleared', marks: { warnings: [failure] } });
  });

  it('tells the interlock who it is, by its label where it told no SN', async () => {
    const asked: unknown[] = [];
    const cleared: InterlockAnswer = { kind: 'cleared', passedElsewhere: null, warning: null };
    const interlock = { ask: (told: unknown) => Promise.resolve(cleared).finally(() => asked.push(told)) };
    await ask({ interlock }, { unit: { ...question.unit, sn: null, labelSn: 'L-1' } });
    expect(asked).toEqual([{ imei: imeiA, sn: 'L-1', workOrder: 'WO-1', profileId: ec800e.id }]);
  });

  it('lets a rule of another kind decide before history does, and marks the record as it says', async () => {
    const golden: ClearanceRule = ({ keys }) =>
      keys.includes(imeiA) ? { kind: 'clear', as: 'golden', evidence: { golden: 'A' } } : null;
    const records = [past('PASS', { workOrder: 'WO-1' })];
    expect(await ask({ records, rules: [golden] })).toMatchObject({
      kind: 'cleared',
      marks: { kind: 'golden', evidence: { golden: 'A' } },
    });
  });

  it('prefers a question to a retest, and a refusal to both', async () => {
    const reason = { code: 'passed-before', step: 'test' } as const;
    const [retest, question_, refuse] = (['retest', 'ask', 'refuse'] as const).map(
      (kind): ClearanceRule =>
        () => ({ kind, reason }),
    );
    const rules = (...some: (ClearanceRule | undefined)[]) => some.flatMap((rule) => rule ?? []);
    expect((await ask({ rules: rules(retest, question_) })).kind).toBe('ask');
    expect((await ask({ rules: rules(question_, retest, refuse) })).kind).toBe('refused');
  });

  it('reads no history of a board that nobody could identify', async () => {
    const history = { recordsOf: () => Promise.reject(new Error('must not be asked')) };
    const unit = { imei: null, sn: null, labelSn: null, model: null, revision: null };
    expect(await ask({ history }, { unit, stage: 'beforeWrite' })).toMatchObject({ kind: 'cleared', marks: { attempt: 1 } });
  });
});

describe('an upgrade path', () => {
  const paths = [
    { from: '^EC800ECNLCR00$', allowed: false },
    { from: '^EC800ECNLCR0[01]$', allowed: true },
  ];
  it.each([
    ['EC800ECNLCR01', 'refused', 'cleared'],
    ['EC800ECNLCR00', 'allowed', 'refused'],
    ['EC800ECNLCR09', 'refused', 'refused'],
    ['EC800ECNLCR09', 'allowed', 'cleared'],
    ['EC800ECNLCR02', 'refused', 'cleared'],
  ] as const)('from %s, where others are %s: %s', async (revision, unlisted, kind) => {
    const profile = { ...ec800e, upgrade: { paths, unlisted, skipIfCurrent: false } };
    expect((await ask({}, { profile, unit: { ...question.unit, revision } })).kind).toBe(kind);
  });
});

describe('the claims of the slots', () => {
  it('hold while a board is there, and know it by all it has told', () => {
    const there = new Set([1, 2]);
    const claims = createUnitClaims((slot) => there.has(slot));
    claims.learn(1, { imei: imeiA, sn: null, labelSn: null });
    claims.learn(1, { imei: null, sn: 'SN-A', labelSn: null });
    claims.learn(2, { imei: imeiB, sn: null, labelSn: null });
    expect(claims.othersOf(2)).toEqual([{ slot: 1, keys: [imeiA, 'SN-A'] }]);
    there.delete(1);
    expect(claims.othersOf(2)).toEqual([]);
    there.add(1);
    claims.forget(1);
    expect(claims.othersOf(2)).toEqual([]);
  });
});

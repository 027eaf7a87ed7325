// A board that was found in download mode and tells only when it is read back which unit it is: its attempt is counted then.
import { describe, expect, it } from 'vitest';
import type { RecordBody } from '../../src/domain/record.ts';
import { jobFacts, recordOf } from '../trace/rig.ts';
import { startedRig } from './station-rig.ts';

const failedBefore: RecordBody = {
  ...recordOf(jobFacts('earlier'), 'R', 'FAIL'),
  kind: 'flash',
  written: 'all',
  failure: { code: 'verify-mismatch', step: 'write-ap', blame: 'unit' },
};

describe('a unit that is known only after it was written', () => {
  it('has its attempts counted by what it told', async () => {
    const asked: (readonly string[])[] = [];
    const recordsOf = (keys: readonly string[]): Promise<readonly RecordBody[]> => {
      asked.push(keys);
      return Promise.resolve([failedBefore]);
    };
    const rig = await startedRig({ slots: 1, changed: { history: { recordsOf } } });
    const { identity } = rig.insert();
    await rig.until('passed');
    expect(asked).toEqual([[identity.imei, identity.sn]]);
    expect((await rig.records()).at(-1)).toMatchObject({ verdict: 'PASS', attempt: 2, retestReason: 'verify-mismatch' });
  });

  it('costs no record when its history cannot be read then', async () => {
    const rig = await startedRig({ slots: 1, changed: { history: { recordsOf: () => Promise.reject(new Error('behind')) } } });
    rig.insert();
    await rig.until('passed');
    expect((await rig.records()).at(-1)).toMatchObject({
      verdict: 'PASS',
      attempt: 1,
      evidence: { 'history.unavailable': true },
    });
  });
});

// The rules about one unit: in two slots, asked of other systems, rework, current, upgrade path, passed before. Pure; knows no slot's state.
import type { HistorySettings } from '../../config/station-file.ts';
import type { Failure } from '../../domain/failure.ts';
import type { RecordBody } from '../../domain/record.ts';
import type { PassedElsewhere } from '../interlock.ts';
import { byPolicy, type ClearanceRule, type OtherUnit, type RuleFacts } from './rule.ts';
import { failedVerifySince, reworkEvidence } from './unit-past.ts';

const step = 'clearing';

/** Which of the two boards is the real one nobody can tell: the one that came first goes on. */
export const notInTwoSlots: ClearanceRule = ({ keys, others }) => {
  const reason = inTwoSlots(keys, others);
  return reason === null ? null : { kind: 'refuse', reason };
};

export function inTwoSlots(keys: readonly string[], others: readonly OtherUnit[]): Failure | null {
  const other = others.find((unit) => unit.keys.some((key) => keys.includes(key)));
  if (other === undefined) return null;
  const actual = other.keys.find((key) => keys.includes(key)) ?? '';
  return { code: 'unit-in-two-slots', step, actual, detail: `also in slot ${other.slot}` };
}

export const clearedByInterlock: ClearanceRule = ({ interlock }) =>
  interlock?.kind === 'refused' ? { kind: 'refuse', reason: interlock.failure } : null;

/** Three strikes, or a second UNKNOWN: another try would only wear it out. */
export function notForRework({ rework, maxAttempts, maxUnknown }: HistorySettings): ClearanceRule {
  return ({ past }) => {
    const { strikes, unknowns, lastAttempt } = past;
    if (strikes < maxAttempts && unknowns < maxUnknown) return null;
    const code = lastAttempt?.failure?.code ?? 'no code';
    const actual = `${strikes} failed, ${unknowns} of them UNKNOWN, last ${code}`;
    return byPolicy(rework, { code: reworkCode, step, expected: `fewer than ${maxAttempts}, or ${maxUnknown} UNKNOWN`, actual });
  };
}

export const reworkCode = 'rework-needed' satisfies Failure['code'];

/** What an answer to a rule leaves in the record: `pastOf` counts anew from an attempt that came out of rework. */
export const evidenceOf = ({ code }: Failure, by: string): Readonly<Record<string, string>> =>
  code === reworkCode ? { [reworkEvidence]: by } : { 'rule.answered': `${code}: ${by}` };

/**
 * A unit that tells the profile's revision already, where the profile skips such units. Not one whose last attempt wrote and did not pass:
 * its revision proves nothing.
 */
export const notCurrent: ClearanceRule = ({ question: { profile, currentRevision }, past: { lastAttempt } }) => {
  const { value } = profile.expectedRevision;
  if (!profile.upgrade.skipIfCurrent || currentRevision !== value) return null;
  if (lastAttempt !== null && lastAttempt.verdict !== 'PASS' && lastAttempt.written !== 'none') return null;
  return { kind: 'skip', reason: { code: 'already-current', step, actual: currentRevision } };
};

/** The first path whose pattern fits decides. The profile's own revision is no upgrade, and is never in its way. */
export const onUpgradePath: ClearanceRule = ({ question: { profile, unit } }) => {
  const { paths, unlisted } = profile.upgrade;
  if (paths.length === 0 || unit.revision === profile.expectedRevision.value) return null;
  const { revision } = unit;
  const path = revision === null ? undefined : paths.find(({ from }) => new RegExp(from).test(revision));
  const isAllowed = path === undefined ? revision !== null && unlisted === 'allowed' : path.allowed;
  if (isAllowed) return null;
  const expected = path?.from === undefined ? 'a revision that the profile has a path from' : `no revision like ${path.from}`;
  return { kind: 'refuse', reason: { code: 'upgrade-path-forbidden', step, expected, actual: revision ?? 'not known' } };
};

/** A unit whose last attempt is PASS, here or at another station of the line. */
export function notPassedBefore({ passedBefore, twiceInOrder }: HistorySettings): ClearanceRule {
  return (facts) => {
    const passed = standingPass(facts);
    if (passed === null) return null;
    const { workOrder } = facts.work;
    const actual = `record ${passed.recordId}, ${passed.finishedAt}, station ${passed.stationId}`;
    if (workOrder !== null && passed.workOrder === workOrder)
      return byPolicy(twiceInOrder, { code: 'passed-in-order', step, expected: `once in order ${workOrder}`, actual });
    return byPolicy(passedBefore, { code: 'passed-before', step, actual });
  };
}

interface StandingPass extends PassedElsewhere {
  readonly workOrder: string | null;
}

function standingPass({ past: { lastAttempt }, interlock, records }: RuleFacts): StandingPass | null {
  if (failedVerifySince(records)) return null;
  const elsewhere = interlock?.kind === 'cleared' ? interlock.passedElsewhere : null;
  const here = lastAttempt?.verdict === 'PASS' ? hereOf(lastAttempt) : null;
  if (elsewhere === null || here !== null) return here;
  const isOlder = lastAttempt !== null && Date.parse(elsewhere.finishedAt) < Date.parse(lastAttempt.finishedAt);
  return isOlder ? null : { ...elsewhere, workOrder: null };
}

const hereOf = ({ recordId, finishedAt, workOrder, station }: RecordBody): StandingPass => ({
  recordId,
  finishedAt,
  workOrder,
  stationId: station.id,
});

/** A PASS stands until a look at the unit says otherwise: then it is flashed again unasked. */
export const afterFailedVerify: ClearanceRule = ({ records }) =>
  failedVerifySince(records) ? { kind: 'retest', reason: { code: 'verify-failed', step } } : null;

/** The station's own retry says why by the code that it tries again for. */
export const retried: ClearanceRule = ({ question: { retryOf } }) =>
  retryOf !== null ? { kind: 'retest', reason: { code: retryOf, step } } : null;

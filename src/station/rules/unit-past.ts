// What a unit's records come to: attempts, strikes, and whether it is a passed unit now. Pure; knows no policy.
import type { RecordBody } from '../../domain/record.ts';
import { isValidImei } from '../../domain/unit.ts';
import type { UnitKeys } from '../../slot/clearance.ts';

export interface UnitPast {
  /** Of all its life: flash records that are not ABORTED. */
  readonly attempts: number;
  /** Attempts that did not pass, since its last PASS or rework; without those that only the operator is to blame for. */
  readonly strikes: number;
  /** UNKNOWN since then, whoever is to blame. */
  readonly unknowns: number;
  readonly lastAttempt: RecordBody | null;
}

/** The mark of a unit that an operator let in again after its rework. */
export const reworkEvidence = 'rule.rework';

/** Golden, verify, skip and nvRestore are no attempts, and neither is an ABORTED one. */
export const isAttempt = ({ kind, verdict }: RecordBody): boolean => kind === 'flash' && verdict !== 'ABORTED';

/** `records` oldest first. */
export function pastOf(records: readonly RecordBody[]): UnitPast {
  const attempts = records.filter(isAttempt);
  const since = attempts.slice(freshStartOf(attempts));
  return {
    attempts: attempts.length,
    strikes: since.filter(isStrike).length,
    unknowns: since.filter(({ verdict }) => verdict === 'UNKNOWN').length,
    lastAttempt: attempts.at(-1) ?? null,
  };
}

/** A verify after the last attempt that found the unit not to be as it should. `records` oldest first. */
export const failedVerifySince = (records: readonly RecordBody[]): boolean =>
  isFailedVerify(records.findLast((record) => isAttempt(record) || (record.kind === 'verify' && record.verdict !== 'ABORTED')));

const isFailedVerify = (record: RecordBody | undefined): boolean => record?.kind === 'verify' && record.verdict === 'FAIL';

/** Index of the first attempt after the last PASS, or of the one that came out of rework. */
function freshStartOf(attempts: readonly RecordBody[]): number {
  const passed = attempts.findLastIndex(({ verdict }) => verdict === 'PASS') + 1;
  const reworked = attempts.findLastIndex(({ evidence }) => Object.hasOwn(evidence, reworkEvidence));
  return Math.max(passed, reworked);
}

function isStrike({ verdict, written, failure }: RecordBody): boolean {
  if (verdict === 'PASS') return false;
  return written !== 'none' || failure?.blame !== 'operator';
}

/** Everything that tells this unit from another: no invalid IMEI, and no serial number of one repeated character. */
export function keysOf({ imei, sn, labelSn }: UnitKeys): readonly string[] {
  const told = [imei !== null && isValidImei(imei) ? imei : null, sn, labelSn];
  return [...new Set(told.filter((key): key is string => key !== null && !/^(.?)\1*$/.test(key)))];
}

// What of a record the rules count, and for whom. Pure; knows no rule's limits.
import type { FailureCode } from '../../domain/failure.ts';
import type { RecordBody, RecordedFailure } from '../../domain/record.ts';
import { isValidImei } from '../../domain/unit.ts';

/** A production job: golden units, restores and skips say nothing of boards, slots or yield. */
export const isProduction = ({ kind }: RecordBody): boolean => kind === 'flash';

/** ABORTED is not an attempt (DESIGN.md, Verdicts). */
export const isAttempt = (record: RecordBody): boolean => isProduction(record) && record.verdict !== 'ABORTED';

export const isFailedAttempt = (record: RecordBody): record is FailedRecord =>
  isAttempt(record) && record.verdict !== 'PASS' && record.failure !== null;

export type FailedRecord = RecordBody & { readonly failure: RecordedFailure };

/** The slot may be at fault: also where nothing was written, if the slot is to blame for that. */
export function speaksAgainstSlot(record: RecordBody): record is FailedRecord {
  if (!isProduction(record) || record.failure === null) return false;
  const { blame } = record.failure;
  return record.verdict === 'ABORTED' ? blame === 'slot' : isFailedAttempt(record) && (blame === 'unit' || blame === 'slot');
}

/** The board may be at fault. */
export const speaksAgainstBoard = (record: RecordBody): record is FailedRecord =>
  isFailedAttempt(record) && (record.failure.blame === 'unit' || record.failure.blame === 'slot');

/** What a hub that drops its boards looks like from each of them, though a hand can do it too. */
const likeHubDrop: ReadonlySet<FailureCode> = new Set<FailureCode>(['removed-early']);

/** The code may have a cause that other slots share. */
export function mayBeShared(record: RecordBody): record is FailedRecord {
  if (!isProduction(record) || record.failure === null || record.verdict === 'PASS') return false;
  return record.failure.blame !== 'operator' || likeHubDrop.has(record.failure.code);
}

/**
 * The one name of a unit: its IMEI, else its SN or label. Null for a board that told none, and for what a module without identity
 * data tells (no valid IMEI, one character throughout): two such boards are not one.
 */
export function unitOf({ unit }: Pick<RecordBody, 'unit'>): string | null {
  const imei = [unit.imeiBefore, unit.imeiAfter].find((candidate) => candidate !== null && isValidImei(candidate));
  return imei ?? [unit.sn, unit.labelSn].find((name) => name !== null && !/^(.?)\1*$/.test(name)) ?? null;
}

/** Tells boards apart where they tell no name: by their insertion into the slot, in one run of the station. */
export function boardOf(record: RecordBody): string {
  const run = record.jobId.replace(/-\d+-\d+(-found)?$/, '');
  return unitOf(record) ?? `insertion ${record.slot.insertions} at ${record.slot.usbPath} in ${run}`;
}

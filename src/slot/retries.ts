// Whether the station tries a unit again by itself, and what it knows of it then. Pure; knows no state and no timer.
import { type FailureCode, failureCodes } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import type { Identification } from '../domain/unit.ts';
import { isReadOnly } from './job-questions.ts';
import { mayReturn } from './returning.ts';
import type { SlotContext } from './slot-types.ts';

export interface RetryOf {
  readonly code: FailureCode;
  /** Who it is, where it never left but by our own reset or power switch: it may come back in download mode, and tell nothing. */
  readonly known: { readonly identification: Identification; readonly profile: Profile } | null;
  /** The read-only look of this insertion failed, and the unit is flashed from here on. */
  readonly afterVerify?: boolean;
}

/** What flashing mends; a unit with another identity than its record's is for a person. */
const mendedByFlashing: ReadonlySet<FailureCode> = new Set<FailureCode>(['revision-mismatch', 'record-not-passed']);

/**
 * Bounded in one insertion, only after a code that is retryable, and never for a unit that is for rework now. A module whose writing was
 * broken off may come up again by its strap alone, and would be lost from the screen: it waits for a person.
 */
export function triesAgain(context: SlotContext): boolean {
  const { settings, retries, intakeOpen, quarantined, device, decision, marks } = context;
  if (isReadOnly(context)) return isReflashed(context);
  if (settings.fixedStart !== null || settings.purpose?.kind === 'nvRestore' || !intakeOpen || quarantined) return false;
  if (retries >= (settings.automaticRetries ?? 0) || decision === null || decision.failure === null) return false;
  if (!failureCodes[decision.failure.code].retryable || marks?.reworkAfter.includes(decision.verdict)) return false;
  if (marks !== null && marks.kind !== 'flash') return false;
  if (device?.mode === 'normal') return true;
  return decision.written === 'none' && (device !== null || mayReturn(context));
}

function isReflashed({ settings: { purpose }, intakeOpen, quarantined, device, decision }: SlotContext): boolean {
  if (purpose?.kind !== 'verify' || !purpose.reflash || !intakeOpen || quarantined || device?.mode !== 'normal') return false;
  return decision?.failure !== undefined && decision.failure !== null && mendedByFlashing.has(decision.failure.code);
}

export function retryOf(context: SlotContext): RetryOf | null {
  const { decision, identification, profile, continuous } = context;
  const code = decision?.failure?.code;
  if (code === undefined) return null;
  const known = continuous && identification !== null && profile !== null ? { identification, profile } : null;
  const afterVerify = isReadOnly(context) || context.retryOf?.afterVerify === true;
  return { code, known, ...(afterVerify && { afterVerify }) };
}

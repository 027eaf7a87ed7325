// Whether the station tries a unit again by itself, and what it knows of it then. Pure; knows no state and no timer.
import { type FailureCode, failureCodes } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import type { Identification } from '../domain/unit.ts';
import { mayReturn } from './returning.ts';
import type { SlotContext } from './slot-types.ts';

export interface RetryOf {
  readonly code: FailureCode;
  /** Who it is, where it never left but by our own reset or power switch: it may come back in download mode, and tell nothing. */
  readonly known: { readonly identification: Identification; readonly profile: Profile } | null;
}

/**
 * Bounded in one insertion, only after a code that is retryable, and never for a unit that is for rework now. A module whose writing was
 * broken off may come up again by its strap alone, and would be lost from the screen: it waits for a person.
 */
export function triesAgain(context: SlotContext): boolean {
  const { settings, retries, intakeOpen, quarantined, device, decision, marks } = context;
  if (settings.fixedStart !== null || settings.purpose?.kind === 'nvRestore' || !intakeOpen || quarantined) return false;
  if (retries >= (settings.automaticRetries ?? 0) || decision === null || decision.failure === null) return false;
  if (!failureCodes[decision.failure.code].retryable || marks?.reworkAfter.includes(decision.verdict)) return false;
  if (marks !== null && marks.kind !== 'flash') return false;
  if (device?.mode === 'normal') return true;
  return decision.written === 'none' && (device !== null || mayReturn(context));
}

export function retryOf({ decision, identification, profile, continuous }: SlotContext): RetryOf | null {
  const code = decision?.failure?.code;
  if (code === undefined) return null;
  return { code, known: continuous && identification !== null && profile !== null ? { identification, profile } : null };
}

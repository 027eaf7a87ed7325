// Whether a board that left after its verdict was taken out, or is restarting by itself. Pure; the machine and the actor that watches a
// fixed serial path ask the same question.
import type { FailureCode } from '../domain/failure.ts';
import type { TimeoutProfile } from '../domain/profile.ts';
import type { SlotContext } from './slot-types.ts';

const byHand: ReadonlySet<FailureCode> = new Set<FailureCode>(['unplugged', 'removed-early']);

/** At the verdict. After the last write the board was seen to return, or missed for longer than a restart takes. */
export function mayReturn({ reachedRom, decision }: SlotContext): boolean {
  if (!reachedRom || decision === null || decision.written === 'all') return false;
  return decision.failure === null || !byHand.has(decision.failure.code);
}

/** How long it must be away to count as removed. */
export function goneForGoodMs({ settings, mayReturn: isExpected }: SlotContext, { reenumerateMs }: TimeoutProfile): number {
  return isExpected ? Math.max(settings.removalMs, reenumerateMs) : settings.removalMs;
}

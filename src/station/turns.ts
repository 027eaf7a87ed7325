// Takes turns, at least so far apart: the inrush or the re-enumeration of a whole rack at once is what a turn prevents. Knows no slot.
import { type Clock, pause } from '../bench/clock.ts';

export interface Turns {
  /** Rejects with the signal's reason; the turn is then left empty. */
  take(signal: AbortSignal): Promise<void>;
}

export function createTurns(clock: Clock, gapMs: number): Turns {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return {
    async take(signal) {
      signal.throwIfAborted();
      const atMs = Math.max(clock.now(), nextAtMs);
      nextAtMs = atMs + gapMs;
      if (atMs > clock.now()) await pause(clock, atMs - clock.now(), signal);
    },
  };
}

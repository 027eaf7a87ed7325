// Takes turns, at least so far apart: the inrush or the re-enumeration of a whole rack at once is what a turn prevents. Knows no slot.
import { type Clock, pause } from '../bench/clock.ts';

export interface Turns {
  /** Rejects with the signal's reason; the turn is then left empty, or given back where nobody waits behind it. */
  take(signal: AbortSignal): Promise<void>;
}

export function createTurns(clock: Clock, gapMs: number): Turns {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return {
    async take(signal) {
      signal.throwIfAborted();
      const atMs = Math.max(clock.now(), nextAtMs);
      nextAtMs = atMs + gapMs;
      if (atMs <= clock.now()) return;
      try {
        await pause(clock, atMs - clock.now(), signal);
      } catch (reason) {
        // Else a board that comes and goes would keep all others waiting for longer and longer.
        if (nextAtMs === atMs + gapMs) nextAtMs = atMs;
        throw reason;
      }
    },
  };
}

// The Clock of a running station: the machine's own time. Knows no product.
import type { Clock } from '../clock.ts';

/**
 * Timers keep the process alive. A station that waits only for a deadline (a board that must come back after its reset) has nothing
 * else open; with unref'd timers Node would end there, in mid-job, without a verdict. Whoever stops early cancels its timers.
 */
export const realClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

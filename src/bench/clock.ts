// Time as the product sees it: monotonic milliseconds, wall time, and timers. Knows no implementation; nothing else in the
// product calls Date.now, performance.now or setTimeout.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; fractions allowed. */
  now(): number;
  /** Wall time in Unix milliseconds. It may jump; durations never come from it. */
  wallMs(): number;
  /** Calls `run` once, `delayMs` or more from now. */
  after(delayMs: number, run: () => void): Timer;
}

/** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const stop = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}

// Deadlines over promises and callbacks of the hardware bench: time passes, a signal aborts, or the work is done first.
import type { IoOptions } from '../transport.ts';
import { realClock } from './real-clock.ts';

export interface LimitHandlers {
  readonly expired: () => void;
  readonly aborted: (reason: Error) => void;
}

/** Arms the deadline and the signal of one operation; the returned function disarms both. The signal must not be aborted yet. */
export function limit({ timeoutMs, signal }: IoOptions, { expired, aborted }: LimitHandlers): () => void {
  const disarm = (): void => {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  };
  const onAbort = (): void => {
    disarm();
    aborted(signal?.reason as Error);
  };
  const timer = realClock.after(timeoutMs, () => {
    disarm();
    expired();
  });
  signal?.addEventListener('abort', onAbort, { once: true });
  return disarm;
}

/** Settles as `work` does, or rejects with `late()` after `timeoutMs`. The work itself goes on. */
export function within<T>(work: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = realClock.after(timeoutMs, () => reject(late()));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

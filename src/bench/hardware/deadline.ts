// Deadlines over promises and callbacks of the hardware bench: time passes, a signal aborts, or the work is done first.
import type { Clock, Timer } from '../clock.ts';
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

export interface MovingDeadline {
  /** `expired` is called in `timeoutMs`, unless the deadline is moved or lifted before. */
  set(timeoutMs: number): void;
  lift(): void;
  /** Lifts it for good; until then its timer may keep the process alive. */
  end(): void;
}

/**
 * A deadline that each frame sets and lifts again: a timer made and cleared each time costs more than the read it guards. This one stays,
 * and looks when it fires whether the deadline is still ahead.
 */
export function movingDeadline(clock: Clock, expired: () => void): MovingDeadline {
  let atMs = Number.POSITIVE_INFINITY;
  let firesAtMs = Number.POSITIVE_INFINITY;
  let timer: Timer | null = null;

  const fireAt = (dueMs: number): void => {
    timer?.cancel();
    firesAtMs = dueMs;
    timer = clock.after(dueMs - clock.now(), fired);
  };
  const fired = (): void => {
    timer = null;
    firesAtMs = Number.POSITIVE_INFINITY;
    if (atMs === Number.POSITIVE_INFINITY) return;
    if (clock.now() < atMs) fireAt(atMs);
    else {
      atMs = Number.POSITIVE_INFINITY;
      expired();
    }
  };

  return {
    set(timeoutMs) {
      atMs = clock.now() + timeoutMs;
      if (atMs < firesAtMs) fireAt(atMs);
    },
    lift() {
      atMs = Number.POSITIVE_INFINITY;
    },
    end() {
      atMs = Number.POSITIVE_INFINITY;
      timer?.cancel();
    },
  };
}

/** Settles as `work` does, or rejects with `late()` after `timeoutMs`. The work itself goes on. */
export function within<T>(work: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = realClock.after(timeoutMs, () => reject(late()));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

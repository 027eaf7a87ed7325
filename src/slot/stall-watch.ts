// Tells when nothing has moved for too long. Knows no step and no session.
import type { Clock, Timer } from '../bench/clock.ts';
import type { Failure } from '../domain/failure.ts';

export interface StallWatch {
  /** Something moved: the time starts again. */
  progressed(step: string): void;
  end(): void;
}

export function watchStall(clock: Clock, stallMs: number, stalled: (failure: Failure) => void): StallWatch {
  let step = 'programming';
  let timer: Timer;
  const arm = (): void => {
    timer = clock.after(stallMs, () => stalled({ code: 'stalled', step, expected: `progress within ${stallMs} ms` }));
  };
  arm();
  return {
    progressed(name) {
      step = name;
      timer.cancel();
      arm();
    },
    end: () => timer.cancel(),
  };
}

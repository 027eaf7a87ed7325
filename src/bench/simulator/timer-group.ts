// Timers that end together, as a board's do when its power goes. Knows nothing of what they are for.
import type { Clock, Timer } from '../clock.ts';

export class TimerGroup {
  private readonly clock: Clock;
  private readonly timers = new Set<Timer>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Runs at once for 0: a step that takes no time needs no turn of the clock. */
  afterOrNow(delayMs: number, run: () => void): void {
    if (delayMs > 0) this.after(delayMs, run);
    else run();
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = this.clock.after(delayMs, () => {
      this.timers.delete(timer);
      run();
    });
    this.timers.add(timer);
    return {
      cancel: () => {
        this.timers.delete(timer);
        timer.cancel();
      },
    };
  }

  cancelAll(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }
}

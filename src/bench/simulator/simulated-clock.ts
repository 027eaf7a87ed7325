// A clock whose time moves only when it is run. Knows no board and no rack. A run goes on to the next timer only when every
// promise that can settle has settled, so one program gives one order of events.
import type { Clock, Timer } from '../clock.ts';

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  live: boolean;
}

export interface SimulatedClockOptions {
  readonly startMs?: number;
  /** Unix milliseconds shown at the start. Default 2026-01-05T06:00:00Z. */
  readonly wallMs?: number;
}

const defaultWallMs = Date.UTC(2026, 0, 5, 6);
const oneDayMs = 86_400_000;

export class SimulatedClock implements Clock {
  private timeMs: number;
  private wallOffsetMs: number;
  private created = 0;
  private cancelled = 0;
  private running = false;
  /** Binary heap by (atMs, order). Cancelled timers stay in it until they surface or outnumber the live ones. */
  private heap: Scheduled[] = [];

  constructor(options: SimulatedClockOptions = {}) {
    this.timeMs = options.startMs ?? 0;
    this.wallOffsetMs = (options.wallMs ?? defaultWallMs) - this.timeMs;
  }

  now(): number {
    return this.timeMs;
  }

  wallMs(): number {
    return this.timeMs + this.wallOffsetMs;
  }

  /** Steps the wall time, as an operator or NTP would. Timers and `now` do not notice. */
  setWallMs(wallMs: number): void {
    this.wallOffsetMs = wallMs - this.timeMs;
  }

  after(delayMs: number, run: () => void): Timer {
    if (Number.isNaN(delayMs)) throw new Error('a timer needs a number of milliseconds');
    const scheduled: Scheduled = { atMs: this.timeMs + Math.max(0, delayMs), order: this.created++, run, live: true };
    this.push(scheduled);
    return { cancel: () => this.cancel(scheduled) };
  }

  /** Timers that still wait. */
  pendingTimers(): number {
    return this.heap.length - this.cancelled;
  }

  /** Fires every timer due until `untilMs` (absolute), and leaves the clock there; without it, until no timer is left. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    await this.exclusively(async () => {
      await drained();
      for (let next = this.next(); next && next.atMs <= untilMs; next = this.next()) {
        this.fire(next);
        await drained();
      }
      if (Number.isFinite(untilMs)) this.timeMs = Math.max(this.timeMs, untilMs);
    });
  }

  /** Runs the clock for so long. */
  advance(durationMs: number): Promise<void> {
    return this.run(this.timeMs + durationMs);
  }

  /**
   * Runs timers until the promise settles, and gives its outcome. Throws when it can never settle: no timer is left, or more
   * than `withinMs` (default one day) of simulated time has passed. All waiting must be on this clock: a promise that waits
   * for the operating system looks like a deadlock.
   */
  async runUntil<T>(promise: Promise<T>, withinMs = oneDayMs): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    const lastMs = this.timeMs + withinMs;
    await this.exclusively(async () => {
      await drained();
      while (!settled) {
        const next = this.next();
        if (!next) throw new Error(`deadlock at ${this.timeMs} ms: the promise waits and no timer is left`);
        if (next.atMs > lastMs) throw new Error(`not settled within ${withinMs} ms of simulated time`);
        this.fire(next);
        await drained();
      }
    });
    return promise;
  }

  private async exclusively(work: () => Promise<void>): Promise<void> {
    if (this.running) throw new Error('the simulated clock is already being run');
    this.running = true;
    try {
      await work();
    } finally {
      this.running = false;
    }
  }

  private fire(next: Scheduled): void {
    this.pop();
    next.live = false;
    this.timeMs = Math.max(this.timeMs, next.atMs);
    next.run();
  }

  private cancel(scheduled: Scheduled): void {
    if (!scheduled.live) return;
    scheduled.live = false;
    this.cancelled += 1;
    if (this.cancelled < 256 || this.cancelled * 2 < this.heap.length) return;
    this.heap = this.heap.filter((timer) => timer.live).sort(byTimeThenOrder);
    this.cancelled = 0;
  }

  private next(): Scheduled | undefined {
    let first = this.heap[0];
    while (first && !first.live) {
      this.pop();
      this.cancelled -= 1;
      first = this.heap[0];
    }
    return first;
  }

  private push(scheduled: Scheduled): void {
    const heap = this.heap;
    let index = heap.push(scheduled) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || byTimeThenOrder(above, scheduled) <= 0) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = scheduled;
  }

  private pop(): void {
    const heap = this.heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below && right && byTimeThenOrder(right, below) < 0) {
        child += 1;
        below = right;
      }
      if (!below || byTimeThenOrder(last, below) <= 0) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

const byTimeThenOrder = (a: Scheduled, b: Scheduled): number => a.atMs - b.atMs || a.order - b.order;

/** One turn of the event loop: all microtasks that can run have run when it resolves. */
const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

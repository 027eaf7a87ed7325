// One timer on which any number of writers wait for their turns. Knows no bytes and no transport.
import type { Clock, Timer } from './clock.ts';

export interface Turn {
  /** Monotonic clock time before which the turn does not come. */
  readonly dueAt: number;
  /** How often this writer wants a turn. */
  readonly periodMs: number;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

export interface SharedTick {
  /** True at the first tick at or after `dueAt`; false once `deadline` has passed. Rejects with the signal's reason on abort. */
  turn(wanted: Turn): Promise<boolean>;
}

interface Waiter extends Turn {
  readonly turnAt: number;
  readonly resolve: (itsTurn: boolean) => void;
  readonly reject: (reason: Error) => void;
}

/** Ticks fall on multiples of this, so that writers wake together; a turn comes at most so much late. */
const gridMs = 4;

/**
 * Ticks only while somebody waits. One timer, because a timer for each piece of each slot costs more than the bytes do
 * (facts/serial-and-usb.md, pacing). The grid is the clock's own and not the first writer's: when a slot gets its turns depends on that slot alone.
 */
export function createSharedTick(clock: Clock): SharedTick {
  const waiters = new Set<Waiter>();
  /** A job's turns share its signal: a listener added and removed at each turn would cost more than the turn. */
  const heeded = new WeakSet<AbortSignal>();
  let timer: Timer | null = null;
  let wakeAt = Number.POSITIVE_INFINITY;

  function arm(): void {
    let soonest = Number.POSITIVE_INFINITY;
    for (const { turnAt, deadline } of waiters) soonest = Math.min(soonest, turnAt, deadline);
    wakeAfter(soonest);
  }

  function wakeAfter(soonest: number): void {
    if (timer && wakeAt === soonest) return;
    timer?.cancel();
    wakeAt = soonest;
    timer = waiters.size === 0 ? null : clock.after(Math.max(0, soonest - clock.now()), wake);
  }

  function wake(): void {
    timer = null;
    // A timer may fire a fraction of a millisecond early; the tick's own time counts then.
    const now = Math.max(clock.now(), wakeAt);
    for (const waiter of waiters) {
      if (waiter.turnAt > now && waiter.deadline > now) continue;
      waiters.delete(waiter);
      waiter.resolve(waiter.turnAt <= now);
    }
    arm();
  }

  function heed(signal: AbortSignal): void {
    if (heeded.has(signal)) return;
    heeded.add(signal);
    signal.addEventListener('abort', () => abandon(signal), { once: true });
  }

  function abandon(signal: AbortSignal): void {
    for (const waiter of waiters) {
      if (waiter.signal !== signal) continue;
      waiters.delete(waiter);
      waiter.reject(signal.reason as Error);
    }
    arm();
  }

  return {
    turn: (wanted) =>
      new Promise((resolve, reject) => {
        const waiter: Waiter = { ...wanted, turnAt: gridPointAtOrAfter(wanted), resolve, reject };
        waiters.add(waiter);
        if (wanted.signal) heed(wanted.signal);
        if (timer === null) arm();
        else wakeAfter(Math.min(wakeAt, waiter.turnAt, waiter.deadline));
      }),
  };
}

function gridPointAtOrAfter({ dueAt, periodMs }: Turn): number {
  const grid = Math.min(gridMs, periodMs);
  return Math.ceil(dueAt / grid) * grid;
}

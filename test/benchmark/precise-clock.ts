// A Clock for a process that plays boards: a timer fires within some ten microseconds of its time, at the price of a whole core. The
// boards' own time must not be added to what is measured of the station. Knows no board.
import type { Clock, Timer } from '../../src/bench/clock.ts';

interface Entry {
  readonly dueMs: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** A sleeping process wakes up to a millisecond late: nearer than this it turns. */
const turnBelowMs = 2;

export function preciseClock(): Clock {
  const heap: Entry[] = [];
  /** The next look that is on its way, and when it comes; a look before that takes its place. */
  let pending: { readonly atMs: number; readonly cancel: () => void } | null = null;

  const look = (): void => {
    pending = null;
    const now = performance.now();
    for (let next = heap[0]; next !== undefined && (next.isCancelled || next.dueMs <= now); next = heap[0]) {
      pop(heap);
      if (!next.isCancelled) next.run();
    }
    plan();
  };

  const plan = (): void => {
    const soonest = heap[0];
    if (soonest === undefined || (pending !== null && pending.atMs <= soonest.dueMs)) return;
    pending?.cancel();
    const leftMs = soonest.dueMs - performance.now() - turnBelowMs;
    if (leftMs > 0) {
      const timer = setTimeout(look, leftMs);
      pending = { atMs: soonest.dueMs, cancel: () => clearTimeout(timer) };
    } else {
      const turn = setImmediate(look);
      pending = { atMs: Number.NEGATIVE_INFINITY, cancel: () => clearImmediate(turn) };
    }
  };

  return {
    now: () => performance.now(),
    wallMs: () => Date.now(),
    after(delayMs, run): Timer {
      const entry = { dueMs: performance.now() + Math.max(0, delayMs), run, isCancelled: false };
      push(heap, entry);
      plan();
      return {
        cancel: () => {
          entry.isCancelled = true;
        },
      };
    },
  };
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || parent.dueMs <= entry.dueMs) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    const smaller = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
    if (smaller === undefined || smaller.dueMs >= last.dueMs) break;
    heap[at] = smaller;
    at = smaller === right ? 2 * at + 2 : 2 * at + 1;
  }
  heap[at] = last;
}

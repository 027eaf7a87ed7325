// A clock that stands still until a test moves it. Timers run in the order of their times; promises settle in between.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../src/bench/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time forward, running every timer on the way at its own time, and lets promises settle before and after each. */
  advance(ms: number): Promise<void>;
  /** Advances until the promise has settled; fails when no timer is left or `limitMs` of virtual time have passed. */
  runUntil<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
}

interface Entry {
  readonly dueMs: number;
  readonly run: () => void;
}

export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs;
  const entries = new Set<Entry>();

  const next = (): Entry | undefined => [...entries].sort((a, b) => a.dueMs - b.dueMs)[0];
  // Two turns: one for promises, one for what they queued with setImmediate.
  const settle = async (): Promise<void> => {
    await nextTurn();
    await nextTurn();
  };
  const runDue = async (untilMs: number): Promise<boolean> => {
    const entry = next();
    if (!entry || entry.dueMs > untilMs) return false;
    entries.delete(entry);
    nowMs = Math.max(nowMs, entry.dueMs);
    entry.run();
    await settle();
    return true;
  };

  return {
    now: () => nowMs,
    wallMs: () => 1_800_000_000_000 + nowMs,
    after(delayMs, run): Timer {
      const entry = { dueMs: nowMs + Math.max(0, delayMs), run };
      entries.add(entry);
      return { cancel: () => void entries.delete(entry) };
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      while (await runDue(untilMs));
      nowMs = untilMs;
    },
    async runUntil(promise, limitMs = 600_000) {
      let settled = false;
      const done = (): void => {
        settled = true;
      };
      promise.then(done, done);
      const untilMs = nowMs + limitMs;
      await settle();
      while (!settled && (await runDue(untilMs)));
      if (!settled) throw new Error(`nothing settled by ${nowMs} ms of virtual time`);
      return promise;
    },
  };
}

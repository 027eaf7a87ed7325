// The deadline that each frame sets and lifts again.
import { expect, it } from 'vitest';
import type { Clock } from '../../../src/bench/clock.ts';
import { movingDeadline } from '../../../src/bench/hardware/deadline.ts';
import { createManualClock } from '../../support/manual-clock.ts';

/** Counts the timers that were made, and those that wait. */
function countingClock() {
  const inner = createManualClock();
  const seen = { made: 0, waiting: 0 };
  const clock: Clock = {
    ...inner,
    after(delayMs, run) {
      seen.made += 1;
      seen.waiting += 1;
      let isOver = false;
      const over = (): void => {
        seen.waiting -= isOver ? 0 : 1;
        isOver = true;
      };
      const timer = inner.after(delayMs, () => {
        over();
        run();
      });
      return {
        cancel: () => {
          over();
          timer.cancel();
        },
      };
    },
  };
  return { inner, clock, seen };
}

it('expires once, so long after it was last set', async () => {
  const { inner, clock } = countingClock();
  const expiredAtMs: number[] = [];
  const deadline = movingDeadline(clock, () => expiredAtMs.push(inner.now()));
  deadline.set(100);
  await inner.advance(60);
  deadline.set(100);
  await inner.advance(1_000);
  expect(expiredAtMs).toEqual([160]);
});

it('can be set again after it has expired', async () => {
  const { inner, clock } = countingClock();
  const expiredAtMs: number[] = [];
  const deadline = movingDeadline(clock, () => expiredAtMs.push(inner.now()));
  deadline.set(10);
  await inner.advance(50);
  deadline.set(10);
  await inner.advance(50);
  expect(expiredAtMs).toEqual([10, 60]);
});

it('that is sooner takes the place of a later one', async () => {
  const { inner, clock, seen } = countingClock();
  const expiredAtMs: number[] = [];
  const deadline = movingDeadline(clock, () => expiredAtMs.push(inner.now()));
  deadline.set(60_000);
  deadline.lift();
  deadline.set(20);
  expect(seen.waiting).toBe(1);
  await inner.advance(100_000);
  expect(expiredAtMs).toEqual([20]);
  expect(seen.waiting).toBe(0);
});

it('that is always lifted in time never expires, and a thousand frames do not make a thousand timers', async () => {
  const { inner, clock, seen } = countingClock();
  let expired = 0;
  const deadline = movingDeadline(clock, () => {
    expired += 1;
  });
  for (let frame = 0; frame < 1_000; frame++) {
    deadline.set(800);
    await inner.advance(15);
    deadline.lift();
  }
  await inner.advance(10_000);
  expect(expired).toBe(0);
  expect(seen.made).toBeLessThan(40);
  expect(seen.waiting).toBe(0);
});

it('that is ended keeps no timer: a station that is done must be able to end', async () => {
  const { inner, clock, seen } = countingClock();
  let expired = 0;
  const deadline = movingDeadline(clock, () => {
    expired += 1;
  });
  deadline.set(60_000);
  deadline.end();
  expect(seen.waiting).toBe(0);
  await inner.advance(100_000);
  expect(expired).toBe(0);
});

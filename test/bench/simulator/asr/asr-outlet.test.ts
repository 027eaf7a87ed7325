// Frames that leave in pieces, as through a slow UART.
import { expect, it } from 'vitest';
import type { Clock } from '../../../../src/bench/clock.ts';
import { Outlet } from '../../../../src/bench/simulator/asr/outlet.ts';
import { TimerGroup } from '../../../../src/bench/simulator/timer-group.ts';

/** Fires what is due in the same millisecond in any order, here the wrong one, as timers of different length do on a real clock. */
function roughClock() {
  let nowMs = 0;
  let timers: { atMs: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    wallMs: () => nowMs,
    after: (delayMs, run) => {
      timers.push({ atMs: Math.floor(nowMs + delayMs), run });
      return { cancel: () => undefined };
    },
  };
  const advanceTo = (atMs: number): void => {
    for (; nowMs < atMs; nowMs += 0.5) {
      const due = timers.filter((timer) => timer.atMs <= nowMs);
      timers = timers.filter((timer) => timer.atMs > nowMs);
      for (const { run } of due.reverse()) run();
    }
  };
  return { clock, advanceTo };
}

it.each([0, 0.3, 1])(
  'frames in pieces %d ms apart keep their order, whenever they are sent and however rough the timers are',
  (gapMs) => {
    const { clock, advanceTo } = roughClock();
    const written: number[] = [];
    const outlet = new Outlet({
      timers: new TimerGroup(clock),
      split: { bytes: 1, gapMs },
      write: (bytes) => void written.push(...bytes),
    });
    outlet.send(Uint8Array.of(1, 2, 3, 4, 5));
    advanceTo(2.5);
    outlet.send(Uint8Array.of(6, 7, 8));
    outlet.send(Uint8Array.of(9));
    advanceTo(40);
    outlet.send(Uint8Array.of(10, 11));
    advanceTo(60);
    expect(written).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  },
);

// The wire between a board and the other end: what is sent first arrives first, whatever the clock does.
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/bench/clock.ts';
import { WireLink } from '../../../src/bench/simulator/wire-link.ts';

describe('a wire', () => {
  it('swaps no bytes when a busy computer fires a later timer before an earlier one', () => {
    const due: (() => void)[] = [];
    const clock: Clock = {
      now: () => 0,
      wallMs: () => 0,
      after(_delayMs, run) {
        due.push(run);
        return { cancel: () => undefined };
      },
    };
    const arrived: number[] = [];
    const wire = new WireLink({ clock, bytesPerMs: 1, toBoard: (bytes) => arrived.push(...bytes), toHost: () => undefined });
    wire.sendToBoard(Uint8Array.of(1, 2));
    wire.sendToBoard(Uint8Array.of(3));
    for (const run of due.reverse()) run();
    expect(arrived).toEqual([1, 2, 3]);
  });
});

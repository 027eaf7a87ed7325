// Turns: so far apart, in the order they were asked for.
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { createTurns } from '../../src/station/turns.ts';

const never = new AbortController().signal;

function turnsOf(gapMs: number) {
  const clock = new SimulatedClock();
  const turns = createTurns(clock, gapMs);
  const taken: string[] = [];
  const take = (name: string, signal = never): void => {
    void turns.take(signal).then(
      () => taken.push(`${name} ${clock.now()}`),
      (thrown: Error) => taken.push(`${name} ${thrown.message}`),
    );
  };
  return { clock, taken, take };
}

describe('turns', () => {
  it('are so far apart, however many are asked for at once', async () => {
    const { clock, taken, take } = turnsOf(400);
    const startMs = clock.now();
    for (const name of ['a', 'b', 'c']) take(name);
    await clock.advance(1_000);
    expect(taken).toEqual([`a ${startMs}`, `b ${startMs + 400}`, `c ${startMs + 800}`]);
    await clock.advance(5_000);
    const laterMs = clock.now();
    take('d');
    await clock.advance(0);
    expect(taken.at(-1)).toBe(`d ${laterMs}`);
  });

  it('are not waited for by whoever has left, and nobody behind comes too early for that', async () => {
    const { clock, taken, take } = turnsOf(400);
    const startMs = clock.now();
    const stop = new AbortController();
    take('a');
    take('b', stop.signal);
    take('c');
    await clock.advance(100);
    stop.abort(new Error('left'));
    await clock.advance(1_000);
    expect(taken).toEqual([`a ${startMs}`, 'b left', `c ${startMs + 800}`]);
  });

  it('do not pile up where one comes and leaves again and again', async () => {
    const { clock, taken, take } = turnsOf(400);
    const startMs = clock.now();
    take('a');
    for (let time = 0; time < 50; time++) {
      const stop = new AbortController();
      take('b', stop.signal);
      stop.abort(new Error('left'));
      await clock.advance(1);
    }
    take('c');
    await clock.advance(1_000);
    expect(taken.at(-1)).toBe(`c ${startMs + 400}`);
  });

  it('cost nothing where there is no gap', async () => {
    const { clock, taken, take } = turnsOf(0);
    for (const name of ['a', 'b', 'c']) take(name);
    await clock.advance(0);
    expect(taken).toHaveLength(3);
  });
});

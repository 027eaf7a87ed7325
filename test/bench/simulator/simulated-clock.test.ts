// The simulated clock: order, drained promises, jumps of the wall time, and deadlocks that are found.
import { describe, expect, it } from 'vitest';
import { pause } from '../../../src/bench/clock.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';

describe('the simulated clock', () => {
  it('fires timers by time, and those of one time in the order of their creation', async () => {
    const clock = new SimulatedClock();
    const fired: string[] = [];
    for (const [delayMs, name] of [
      [20, 'c'],
      [10, 'a'],
      [20, 'd'],
      [10, 'b'],
    ] as const) {
      clock.after(delayMs, () => fired.push(`${name}@${clock.now()}`));
    }
    await clock.run();
    expect(fired).toEqual(['a@10', 'b@10', 'c@20', 'd@20']);
  });

  it('fires in order whatever the order of creation, also with cancelled timers between', async () => {
    const clock = new SimulatedClock();
    const fired: number[] = [];
    const delays = Array.from({ length: 2_000 }, (_, i) => (i * 7919) % 1_999);
    const timers = delays.map((delayMs) => clock.after(delayMs, () => fired.push(delayMs)));
    for (const [i, timer] of timers.entries()) if (i % 3 !== 0) timer.cancel();
    const kept = delays.filter((_, i) => i % 3 === 0);
    expect(clock.pendingTimers()).toBe(kept.length);
    await clock.run();
    expect(fired).toEqual(kept.sort((a, b) => a - b));
  });

  it('lets every promise settle before time goes on', async () => {
    const clock = new SimulatedClock();
    const seen: string[] = [];
    clock.after(10, () => seen.push(`late ${clock.now()}`));
    const chain = pause(clock, 5).then(async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      seen.push(`settled ${clock.now()}`);
    });
    await clock.run();
    await chain;
    expect(seen).toEqual(['settled 5', 'late 10']);
  });

  it('stops where it was told to, and keeps what is due later', async () => {
    const clock = new SimulatedClock({ startMs: 100 });
    const fired: number[] = [];
    for (const delayMs of [10, 20, 30]) clock.after(delayMs, () => fired.push(clock.now()));
    await clock.run(120);
    expect([fired, clock.now()]).toEqual([[110, 120], 120]);
    await clock.advance(5);
    expect([fired.length, clock.now()]).toEqual([2, 125]);
  });

  it('gives the outcome of a promise and leaves later timers alone', async () => {
    const clock = new SimulatedClock();
    clock.after(1_000, () => undefined);
    await expect(clock.runUntil(pause(clock, 30).then(() => 'done'))).resolves.toBe('done');
    expect(clock.now()).toBe(30);
    await expect(clock.runUntil(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('finds a promise that nothing can settle', async () => {
    const clock = new SimulatedClock();
    clock.after(10, () => undefined);
    await expect(clock.runUntil(new Promise(() => undefined))).rejects.toThrow('deadlock at 10 ms');
  });

  it('finds a promise that only keeps timers going', async () => {
    const clock = new SimulatedClock();
    const tick = (): void => {
      clock.after(100, tick);
    };
    tick();
    await expect(clock.runUntil(new Promise(() => undefined), 1_000)).rejects.toThrow('not settled within 1000 ms');
  });

  it('lets the wall time jump without moving a timer', async () => {
    const clock = new SimulatedClock({ wallMs: 1_000_000 });
    let firedAt = -1;
    clock.after(50, () => {
      firedAt = clock.now();
    });
    clock.setWallMs(5);
    await clock.run();
    expect([firedAt, clock.wallMs()]).toEqual([50, 55]);
  });

  it('refuses to be run twice at once', async () => {
    const clock = new SimulatedClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('already being run');
    await first;
  });
});

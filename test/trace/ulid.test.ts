import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { ulidSource } from '../../src/trace/ulid.ts';

describe('record ids', () => {
  it('are ULIDs: the time in the first ten characters, the random bytes in the other sixteen', () => {
    // The example of the ULID specification: 1469918176385 ms is 01ARYZ6S41.
    const newId = ulidSource(new SimulatedClock({ wallMs: 1469918176385 }), (count) => new Uint8Array(count).fill(0xff));
    expect(newId()).toBe('01ARYZ6S41ZZZZZZZZZZZZZZZZ');
  });

  it('grow within one millisecond, when the clock steps back, and when the random part is used up', () => {
    const step = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.uint8Array({ minLength: 10, maxLength: 10 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), (steps) => {
        const clock = new SimulatedClock();
        let bytes = new Uint8Array(10);
        const newId = ulidSource(clock, () => bytes);
        const ids = steps.map(([moveMs, random, full]) => {
          clock.setWallMs(clock.wallMs() + moveMs);
          bytes = full ? new Uint8Array(10).fill(0xff) : new Uint8Array(random);
          return newId();
        });
        expect([...new Set(ids)].sort()).toEqual(ids);
        for (const id of ids) expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
      }),
    );
  });
});

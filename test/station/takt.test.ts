// Takt and next free slot: numbers an operator plans by, so they must not promise what the rack does not do.
import { describe, expect, it } from 'vitest';
import { newShift, type Takt, taktView, withPass } from '../../src/station/takt.ts';
import { aSlot, slotThat } from '../views/station-view.ts';

const minuteMs = 60_000;
const passesAt = (...minutes: number[]): Takt =>
  minutes.reduce((takt, minute) => withPass(takt, 50_000, minute * minuteMs), newShift(0));

describe('units per hour', () => {
  it('are unknown before the first unit', () => {
    expect(taktView(newShift(0), [], 60, 5 * minuteMs)).toMatchObject({
      unitsPerHour: null,
      shiftUnitsPerHour: null,
      targetUnitsPerHour: 60,
    });
  });

  it('are those of the run while it is younger than an hour, and never from less than a minute', () => {
    expect(taktView(passesAt(5, 10), [], null, 10 * minuteMs).unitsPerHour).toBe(12);
    expect(taktView(passesAt(0.1), [], null, 6_000).unitsPerHour).toBe(60);
  });

  it('forget what is older than an hour, but the shift does not', () => {
    const takt = passesAt(10, 70, 100);
    expect(taktView(takt, [], null, 120 * minuteMs)).toMatchObject({ unitsPerHour: 2, shiftUnitsPerHour: 1.5 });
    expect(taktView(takt, [], null, 200 * minuteMs).unitsPerHour).toBe(0);
  });
});

describe('the next free slot', () => {
  const started = (number: number, jobStartedAtMs: number) => ({ ...slotThat.isWritten(number), jobStartedAtMs });

  it('is free now when one is empty', () => {
    expect(taktView(newShift(0), [started(1, 0), aSlot(2)], null, 0).nextFreeMs).toBe(0);
  });

  it('comes when the oldest job has run as long as jobs that passed do', () => {
    const slots = [started(1, 80_000), started(2, 70_000), slotThat.passed(3)];
    expect(taktView(passesAt(1), slots, null, 90_000).nextFreeMs).toBe(30_000);
    expect(taktView(passesAt(1), slots, null, 500_000).nextFreeMs).toBe(0);
  });

  it('is told by the bytes that are left before any job has passed, and not at all where nothing moves', () => {
    expect(taktView(newShift(0), [slotThat.isWritten(1)], null, 0).nextFreeMs).toBe(24_937.5);
    expect(taktView(newShift(0), [slotThat.waitsForBoot(1), slotThat.passed(2)], null, 0).nextFreeMs).toBeNull();
  });
});

// When production stops by itself, the golden unit, and the margins.
import { describe, expect, it } from 'vitest';
import type { StopSettings } from '../../../src/config/oversight-fields.ts';
import { followGolden, type GoldenResult, goldenState } from '../../../src/station/rules/golden.ts';
import { exceededBy95Percent, followMargins, type MarginBook } from '../../../src/station/rules/margins.ts';
import { followStops, noStop } from '../../../src/station/rules/stop-rules.ts';
import type { HistoryLine } from '../../../src/trace/line.ts';
import { anOverride, aRecord, startMs } from './lines.ts';

const settings: StopSettings = { failuresInRow: 3, yieldBelowPercent: 50, yieldOver: 10 };
const stopAfter = (lines: readonly HistoryLine[], used = settings) =>
  lines.reduce((watch, line) => followStops(watch, line, used), noStop);
const fail = (attempt = 1) => aRecord({ code: 'burn-failed', attempt });
const pass = () => aRecord();
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('production', () => {
  it('stops after so many failures in a row, and a PASS in between begins anew', () => {
    expect(stopAfter([fail(), fail(), pass(), fail(), fail()]).stop).toBeNull();
    expect(stopAfter([fail(), fail(), fail()]).stop).toMatchObject({
      rule: 'failuresInRow',
      failures: 3,
      lastCode: 'burn-failed',
    });
  });

  it('does not count what was aborted, golden units and restores', () => {
    const others = [
      aRecord({ verdict: 'ABORTED', code: 'window-missed' }),
      aRecord({ kind: 'golden', code: 'burn-failed' }),
      aRecord({ kind: 'nvRestore', code: 'burn-failed' }),
    ];
    expect(stopAfter([fail(), fail(), ...others]).stop).toBeNull();
  });

  it('stops when the first-pass yield over the window is below the limit, and not before the window is full', () => {
    const used = { ...settings, failuresInRow: 0 };
    const mixed = [...times(4, pass), ...times(5, () => fail())];
    expect(stopAfter(mixed, used).stop).toBeNull();
    expect(stopAfter([...mixed, fail()], used).stop).toMatchObject({ rule: 'firstPassYield', passed: 4, attempts: 10 });
    expect(stopAfter([...mixed, pass()], used).stop).toBeNull();
  });

  it('takes only first attempts for the yield', () => {
    const used = { ...settings, failuresInRow: 0 };
    expect(stopAfter([...times(9, () => fail(2)), ...times(10, pass)], used).stop).toBeNull();
  });

  it('stays stopped though running boards pass, until it is released, and then counts anew', () => {
    const stopped = [fail(), fail(), fail()];
    expect(stopAfter([...stopped, pass(), pass()]).stop).not.toBeNull();
    const released = [...stopped, anOverride({ rule: 'production-stopped' })];
    expect(stopAfter(released)).toEqual(noStop);
    expect(stopAfter([...released, fail(), fail()]).stop).toBeNull();
    expect(stopAfter([...released, fail(), fail(), fail()]).stop).not.toBeNull();
  });

  it('is not released by the release of a slot', () => {
    const release = anOverride({ rule: 'slot-quarantined', slot: { number: 1, usbPath: 'a/1.1' } });
    expect(stopAfter([fail(), fail(), fail(), release]).stop).not.toBeNull();
  });

  it('never stops where the station file says 0', () => {
    const off = { failuresInRow: 0, yieldBelowPercent: 0, yieldOver: 2 };
    expect(
      stopAfter(
        times(50, () => fail()),
        off,
      ).stop,
    ).toBeNull();
  });
});

describe('the golden unit', () => {
  const rule = { units: ['G'], each: 'shift', validHours: 8 } as const;
  const hour = 3_600_000;
  const now = { wallMs: startMs + hour, startedWallMs: startMs - hour, shift: 'A' };
  const lastOf = (...lines: HistoryLine[]): GoldenResult | null => lines.reduce<GoldenResult | null>(followGolden, null);
  const golden = (facts: Parameters<typeof aRecord>[0] = {}) => aRecord({ kind: 'golden', shift: 'A', ...facts });

  it('is not asked for where the station file names none', () => {
    expect(goldenState(lastOf(golden()), null, now)).toBe('off');
  });

  it('is needed until it passed in this shift, and fails it as long as it fails', () => {
    expect(goldenState(null, rule, now)).toBe('needed');
    expect(goldenState(lastOf(golden()), rule, now)).toBe('passed');
    expect(goldenState(lastOf(golden({ shift: 'B' })), rule, now)).toBe('needed');
    expect(goldenState(lastOf(golden({ code: 'burn-failed' })), rule, now)).toBe('failed');
    expect(goldenState(lastOf(golden(), golden({ code: 'burn-failed' })), rule, now)).toBe('failed');
    expect(goldenState(lastOf(golden({ code: 'burn-failed' }), golden()), rule, now)).toBe('passed');
  });

  it('is not judged by an aborted job or by any other board', () => {
    const aborted = golden({ verdict: 'ABORTED', code: 'window-missed' });
    expect(goldenState(lastOf(golden(), aborted, aRecord({ code: 'burn-failed' })), rule, now)).toBe('passed');
    expect(goldenState(lastOf(aborted), rule, now)).toBe('needed');
  });

  it('holds for so many hours at most, and not when the clock was wrong', () => {
    expect(goldenState(lastOf(golden()), rule, { ...now, wallMs: startMs + 9 * hour })).toBe('needed');
    expect(goldenState(lastOf(golden({ afterMs: 2 * hour })), rule, now)).toBe('needed');
  });

  it('is needed at each start where the station file says so', () => {
    const each = { ...rule, each: 'start' } as const;
    expect(goldenState(lastOf(golden()), each, now)).toBe('passed');
    expect(goldenState(lastOf(golden()), each, { ...now, startedWallMs: startMs + 1 })).toBe('needed');
  });
});

describe('margins', () => {
  const followed = (lines: readonly HistoryLine[], book: MarginBook = new Map()) => ({
    changes: lines.flatMap((line) =>
      followMargins(book, line, 25).map(({ type, margins }) => `${type} ${margins.by} ${margins.name}`),
    ),
    of: (group: string) => book.get(group)?.margins,
  });

  it('have the value that 95 of 100 entries reach', () => {
    expect(exceededBy95Percent(Array.from({ length: 100 }, (_, index) => index))).toBe(5);
    expect(exceededBy95Percent([9, 8, 7])).toBe(7);
  });

  it('are kept per model, slot and hub, of the last entries', () => {
    const { of } = followed([aRecord({ slot: 2, marginMs: 4_000 }), aRecord({ slot: 3, marginMs: 6_000 })]);
    expect(of('model EC800E')).toMatchObject({ entries: 2, lastMs: 6_000, p95Ms: 4_000, windowMs: 10_000 });
    expect(of('slot 2')).toMatchObject({ entries: 1, p95Ms: 4_000 });
    expect(of('hub a/1')).toMatchObject({ entries: 2 });
  });

  it('take a missed window as nothing left, and leave out what had none', () => {
    const missed = aRecord({ verdict: 'ABORTED', code: 'window-missed', marginMs: null });
    const without = [
      aRecord({ windowMs: null, marginMs: null }),
      aRecord({ verdict: 'ABORTED', code: 'removed-early', marginMs: null }),
    ];
    expect(followed([aRecord(), missed, ...without]).of('slot 1')).toMatchObject({ entries: 2, lastMs: null, p95Ms: 0 });
  });

  it('warn once when the tail is short, and recover only well above the limit', () => {
    const short = times(20, () => aRecord({ marginMs: 2_000 }));
    expect(followed(short).changes).toEqual([
      'margin.shrinking model EC800E',
      'margin.shrinking slot 1',
      'margin.shrinking hub a/1',
    ]);
    const little = times(100, () => aRecord({ marginMs: 3_000 }));
    expect(followed([...short, ...little]).changes).toHaveLength(3);
    const enough = times(100, () => aRecord({ marginMs: 4_000 }));
    expect(followed([...short, ...little, ...enough]).changes.slice(3)).toEqual([
      'margin.recovered model EC800E',
      'margin.recovered slot 1',
      'margin.recovered hub a/1',
    ]);
  });

  it('do not warn of a few entries, nor where it is switched off', () => {
    expect(followed(times(19, () => aRecord({ marginMs: 100 }))).changes).toEqual([]);
    const book: MarginBook = new Map();
    expect(times(50, () => aRecord({ marginMs: 100 })).flatMap((line) => followMargins(book, line, 0))).toEqual([]);
  });
});

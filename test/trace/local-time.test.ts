import { describe, expect, it } from 'vitest';
import { localDay, localTime } from '../../src/trace/local-time.ts';

const instant = Date.UTC(2026, 10, 21, 23, 30, 18, 123);

describe('the time in a record', () => {
  it.each([
    [480, '2026-11-22T07:30:18.123+08:00'],
    [0, '2026-11-21T23:30:18.123+00:00'],
    [-210, '2026-11-21T20:00:18.123-03:30'],
    [345, '2026-11-22T05:15:18.123+05:45'],
  ])('is the local clock with its offset of %d minutes, and is the same instant', (offset, text) => {
    expect(localTime(instant, () => offset)).toBe(text);
    expect(Date.parse(text)).toBe(instant);
  });

  it('belongs to the local day, not to the day of UTC', () => {
    expect(localDay(instant, () => 480)).toBe('2026-11-22');
    expect(localDay(instant, () => 0)).toBe('2026-11-21');
  });

  it('asks for the offset at that instant, since summer time moves it', () => {
    expect(localTime(instant, (wallMs) => (wallMs === instant ? 60 : 0))).toBe('2026-11-22T00:30:18.123+01:00');
  });
});

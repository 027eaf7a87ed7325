// Wall time as records write it: the local clock face with its offset from UTC. Knows no time zone; the offset is given.

/** Minutes east of UTC at an instant, e.g. 480 in Shanghai. */
export type UtcOffset = (wallMs: number) => number;

/** `2026-11-22T07:30:18.123+08:00` for a Unix instant in milliseconds. */
export function localTime(wallMs: number, utcOffset: UtcOffset): string {
  const offset = utcOffset(wallMs);
  const sign = offset < 0 ? '-' : '+';
  const hours = twoDigits(Math.floor(Math.abs(offset) / 60));
  const minutes = twoDigits(Math.abs(offset) % 60);
  return `${clockFace(wallMs, offset)}${sign}${hours}:${minutes}`;
}

/** The local calendar day, `2026-11-22`. */
export function localDay(wallMs: number, utcOffset: UtcOffset): string {
  return clockFace(wallMs, utcOffset(wallMs)).slice(0, 10);
}

function clockFace(wallMs: number, offsetMinutes: number): string {
  return new Date(wallMs + offsetMinutes * 60_000).toISOString().slice(0, -1);
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

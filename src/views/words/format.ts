// Numbers as people read them: sizes, rates, durations, times of day, slot lists. The same in every language.

/** Decimal units, as pacing and rates are given: `64 kB`, `1.25 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
}

/** `1.25/2.80 MB`: both in the unit of the whole. */
export function sizeOf(done: number, total: number): string {
  if (total < 1000) return `${done}/${total} B`;
  if (total < 1_000_000) return `${Math.floor(done / 1000)}/${size(total)}`;
  return `${(done / 1_000_000).toFixed(2)}/${size(total)}`;
}

export const rate = (bytesPerSecond: number): string => `${size(bytesPerSecond)}/s`;

/** 0 to 100; 100 only when all is done. */
export function percent(done: number, total: number): number {
  if (total <= 0) return 0;
  return Math.floor((Math.min(Math.max(done, 0), total) / total) * 100);
}

export const seconds = (ms: number): string => `${(Math.max(ms, 0) / 1000).toFixed(1)} s`;

/** `0:07`, `12:30`, `1:02:03`. */
export function stopwatch(ms: number): string {
  const total = Math.floor(Math.max(ms, 0) / 1000);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = String(rest).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** Local time of day of a wall time. */
export function timeOfDay(wallMs: number): string {
  const time = new Date(wallMs);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Share as a percentage with one decimal, rounded down: 99.97 % is not 100 %. `-` where there is none. */
export const share = (part: number | null): string => (part === null ? '-' : `${(Math.floor(part * 1000) / 10).toFixed(1)} %`);

/** `1-4 7 9-10`. */
export function slotList(numbers: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && number <= run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(' ');
}

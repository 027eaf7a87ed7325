// The few numbers that describe many: percentiles and shares. Knows nothing of what was measured.

/** Of values sorted ascending; null where there are none. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  readonly mean: number;
}

export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => percentile(sorted, share) ?? 0;
  if (sorted.length === 0) return null;
  return {
    count: sorted.length,
    min: at(0),
    p5: at(0.05),
    median: at(0.5),
    p95: at(0.95),
    max: sorted.at(-1) ?? 0,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
  };
}

/** Null where nothing was tried. */
export const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

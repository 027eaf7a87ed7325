// The golden unit: known to be good, it must pass before anything else is flashed. Folded from its records. Knows no slot.
import type { GoldenSettings } from '../../config/oversight-fields.ts';
import type { GoldenState } from '../../domain/finding.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { HistoryLine } from '../../trace/line.ts';

/** The last attempt on a golden unit. */
export interface GoldenResult {
  readonly verdict: Verdict;
  readonly finishedMs: number;
  readonly shift: string | null;
}

export interface GoldenMoment {
  readonly wallMs: number;
  readonly startedWallMs: number;
  readonly shift: string | null;
}

export const isGolden = (settings: GoldenSettings | null, names: readonly (string | null | undefined)[]): boolean =>
  settings?.units.some((unit) => names.includes(unit)) ?? false;

export function followGolden(last: GoldenResult | null, line: HistoryLine): GoldenResult | null {
  if (line.type !== 'record' || line.kind !== 'golden' || line.verdict === 'ABORTED') return last;
  return { verdict: line.verdict, finishedMs: Date.parse(line.finishedAt), shift: line.shift };
}

export function goldenState(last: GoldenResult | null, settings: GoldenSettings | null, now: GoldenMoment): GoldenState {
  if (settings === null) return 'off';
  if (last === null || !isOfNow(last, settings, now)) return 'needed';
  return last.verdict === 'PASS' ? 'passed' : 'failed';
}

/** A result of the future is one of a clock that was wrong: it vouches for nothing. */
function isOfNow(
  last: GoldenResult,
  { each, validHours }: GoldenSettings,
  { wallMs, startedWallMs, shift }: GoldenMoment,
): boolean {
  const ageMs = wallMs - last.finishedMs;
  if (ageMs < 0 || ageMs > validHours * 3_600_000) return false;
  return each === 'start' ? last.finishedMs >= startedWallMs : last.shift === shift;
}

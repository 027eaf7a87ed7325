// The same failure code in many slots within minutes: the boards are not to blame, their hub, package or station is. Folded from records;
// times are the records' own. Knows no bus, only which hub a path is on.
import type { BlameSettings } from '../../config/oversight-fields.ts';
import type { FailureCode } from '../../domain/failure.ts';
import type { Pattern, Suspect } from '../../domain/finding.ts';
import type { RecordBody } from '../../domain/record.ts';
import type { HistoryLine } from '../../trace/line.ts';
import { placeOf } from '../permits.ts';
import { isProduction, mayBeShared } from './counted.ts';

interface Result {
  readonly finishedMs: number;
  readonly slot: number;
  readonly hub: string | null;
  readonly package: RecordBody['package'];
  /** Null: nothing that slots could share. */
  readonly code: FailureCode | null;
}

/** The results of the last minutes, the oldest first. */
export type RecentResults = readonly Result[];

export function followResults(recent: RecentResults, line: HistoryLine, settings: BlameSettings): RecentResults {
  if (line.type !== 'record' || !isProduction(line)) return recent;
  const finishedMs = Date.parse(line.finishedAt);
  const result: Result = {
    finishedMs,
    slot: line.slot.number,
    hub: placeOf(line.slot.usbPath).hub,
    package: line.package,
    code: mayBeShared(line) ? line.failure.code : null,
  };
  return [...within(recent, finishedMs, settings), result];
}

/** What stands out now. */
export function findPatterns(recent: RecentResults, wallMs: number, settings: BlameSettings): readonly Pattern[] {
  if (settings.sameCodeSlots === 0) return [];
  const now = within(recent, wallMs, settings);
  const byCode = Map.groupBy(now, ({ code }) => code);
  return [...byCode.keys()].flatMap((code) => (code === null ? [] : patternOf(code, now, settings.sameCodeSlots)));
}

/** A clock that was set back or forth must neither keep a result for ever nor bring one back. */
function within(recent: RecentResults, wallMs: number, { sameCodeMinutes }: BlameSettings): RecentResults {
  return recent.filter(({ finishedMs }) => Math.abs(wallMs - finishedMs) <= sameCodeMinutes * 60_000);
}

/** The narrowest cause that explains it: one hub, else one package, else the station. */
function patternOf(code: FailureCode, now: RecentResults, leastSlots: number): readonly Pattern[] {
  const places: readonly [Suspect, RecentResults][] = [
    ...groups(now, ({ hub }) => hub).map(([usbPath, results]): [Suspect, RecentResults] => [{ kind: 'hub', usbPath }, results]),
    ...groups(now, (result) => result.package?.sha256 ?? null).map(([sha256, results]): [Suspect, RecentResults] => [
      { kind: 'package', name: results[0]?.package?.name ?? '', sha256 },
      results,
    ]),
    [{ kind: 'station' }, now],
  ];
  const all = slotsWith(code, now);
  for (const [suspect, results] of places) {
    const slots = slotsWith(code, results);
    const explainsMost = slots.length * 2 > all.length;
    if (slots.length >= leastSlots && explainsMost && dominates(code, results)) return [{ code, slots, suspect }];
  }
  return [];
}

/** At least half of the slots that had a result there: a few among many good ones are chance. */
function dominates(code: FailureCode, results: RecentResults): boolean {
  return slotsWith(code, results).length * 2 >= new Set(results.map(({ slot }) => slot)).size;
}

const slotsWith = (code: FailureCode, results: RecentResults): readonly number[] =>
  [...new Set(results.filter((result) => result.code === code).map(({ slot }) => slot))].sort((a, b) => a - b);

function groups(results: RecentResults, keyOf: (result: Result) => string | null): readonly [string, RecentResults][] {
  return [...Map.groupBy(results, keyOf)].flatMap(([key, group]) => (key === null ? [] : [[key, group]]));
}

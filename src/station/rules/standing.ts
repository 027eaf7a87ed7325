// Everything the station has concluded from its records so far: one fold over the journal's lines, the same at start and while it runs.
// Knows no slot's state and no clock but the records' own times.
import type { OversightSettings } from '../../config/oversight-fields.ts';
import type { FindingEvent, Pattern } from '../../domain/finding.ts';
import type { HistoryLine, WrittenRecord } from '../../trace/line.ts';
import { type Blame, followBlame, noBlame, rejectionOf } from './blame.ts';
import { unitOf } from './counted.ts';
import { followGolden, type GoldenResult } from './golden.ts';
import { followMargins, type MarginBook } from './margins.ts';
import { findPatterns, followResults, type RecentResults } from './patterns.ts';
import { followStops, noStop, type StopWatch } from './stop-rules.ts';

/** Grows line by line with `follow`. */
export interface Standing {
  readonly blame: Blame;
  readonly margins: MarginBook;
  recent: RecentResults;
  stops: StopWatch;
  golden: GoldenResult | null;
}

export const nothingKnown = (): Standing => ({
  blame: noBlame(),
  margins: new Map(),
  recent: [],
  stops: noStop,
  golden: null,
});

export function standingOf(history: Iterable<HistoryLine>, settings: OversightSettings): Standing {
  const standing = nothingKnown();
  for (const line of history) follow(standing, line, settings);
  return standing;
}

export function follow(standing: Standing, line: HistoryLine, settings: OversightSettings): readonly FindingEvent[] {
  followBlame(standing.blame, line, settings.blame);
  standing.recent = followResults(standing.recent, line, settings.blame);
  standing.stops = followStops(standing.stops, line, settings.stop);
  standing.golden = followGolden(standing.golden, line);
  return followMargins(standing.margins, line, settings.marginWarnPercent);
}

/** Takes one line in and tells what was found by it. */
export function conclude(standing: Standing, line: WrittenRecord, settings: OversightSettings): readonly FindingEvent[] {
  const unit = unitOf(line);
  const finishedMs = Date.parse(line.finishedAt);
  const { usbPath } = line.slot;
  const before = {
    quarantine: standing.blame.quarantined.get(usbPath),
    rejection: unit === null ? null : rejectionOf(standing.blame, unit, settings.blame),
    stop: standing.stops.stop,
    patterns: findPatterns(standing.recent, finishedMs, settings.blame).map(keyOf),
  };
  const margins = follow(standing, line, settings);
  const quarantine = standing.blame.quarantined.get(usbPath);
  const rejection = unit === null ? null : rejectionOf(standing.blame, unit, settings.blame);
  const { stop } = standing.stops;
  const patterns = findPatterns(standing.recent, finishedMs, settings.blame);
  return [
    ...(rejection !== null && before.rejection === null ? [{ type: 'board.rejected', ...rejection } as const] : []),
    ...(quarantine !== undefined && before.quarantine === undefined
      ? [{ type: 'slot.quarantined', ...quarantine } as const]
      : []),
    ...patterns
      .filter((pattern) => !before.patterns.includes(keyOf(pattern)))
      .map((pattern) => ({ type: 'pattern.found', pattern }) as const),
    ...(stop !== null && before.stop === null ? [{ type: 'production.stopped', stop } as const] : []),
    ...margins,
  ];
}

function keyOf({ code, suspect }: Pattern): string {
  switch (suspect.kind) {
    case 'hub':
      return `${code} hub ${suspect.usbPath}`;
    case 'package':
      return `${code} package ${suspect.sha256}`;
    case 'station':
      return `${code} station`;
  }
}

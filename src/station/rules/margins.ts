// What entries leave of their download window, per model, slot and hub: the low tail, and a warning when it shrinks. Folded from records.
// Knows no window that is open now.
import type { MarginGroup, Margins } from '../../domain/finding.ts';
import type { RecordBody } from '../../domain/record.ts';
import type { HistoryLine } from '../../trace/line.ts';
import { placeOf } from '../permits.ts';

/** So many last entries of a group are looked at: enough for a tail, few enough to see a change within a shift. */
const keptEntries = 100;
/** A tail of fewer entries is chance. */
const leastEntries = 20;
/** A warning ends only when the tail is this much above its limit, so that it does not come and go. */
const recoveredFactor = 1.4;

/** By `keyOf` of its group. Grows line by line with `followMargins`. */
export type MarginBook = Map<string, { readonly margins: Margins; readonly entries: readonly number[] }>;

export interface MarginChange {
  readonly type: 'margin.shrinking' | 'margin.recovered';
  readonly margins: Margins;
}

/** `warnPercent`: of the window; 0 never warns. Returns the warnings that began or ended with this line. */
export function followMargins(book: MarginBook, line: HistoryLine, warnPercent: number): readonly MarginChange[] {
  const entry = line.type === 'record' ? entryOf(line) : null;
  if (entry === null || line.type !== 'record') return [];
  return groupsOf(line).flatMap((group): readonly MarginChange[] => {
    const before = book.get(keyOf(group));
    const entries = [...(before?.entries ?? []), entry.leftMs].slice(-keptEntries);
    const wasLow = before?.margins.isLow ?? false;
    const p95Ms = exceededBy95Percent(entries);
    const isLow = judgeLow({ entries: entries.length, p95Ms, windowMs: entry.windowMs, wasLow, warnPercent });
    const lastMs = entry.isMissed ? null : entry.leftMs;
    const margins: Margins = { ...group, entries: entries.length, lastMs, p95Ms, windowMs: entry.windowMs, isLow };
    book.set(keyOf(group), { margins, entries });
    return isLow === wasLow ? [] : [{ type: isLow ? 'margin.shrinking' : 'margin.recovered', margins }];
  });
}

/** The largest value that at least 95 of 100 entries reach: of 20 entries the second lowest. */
export function exceededBy95Percent(entries: readonly number[]): number {
  const sorted = entries.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 20)] ?? 0;
}

interface Judged {
  readonly entries: number;
  readonly p95Ms: number;
  readonly windowMs: number;
  readonly wasLow: boolean;
  readonly warnPercent: number;
}

function judgeLow({ entries, p95Ms, windowMs, wasLow, warnPercent }: Judged): boolean {
  if (warnPercent === 0 || entries < leastEntries) return false;
  const limitMs = (windowMs * warnPercent) / 100;
  return p95Ms < (wasLow ? limitMs * recoveredFactor : limitMs);
}

interface Entry {
  readonly leftMs: number;
  readonly windowMs: number;
  readonly isMissed: boolean;
}

/** Null where no window was open, as at a fixed serial path, or the board left before it was heard or missed. */
function entryOf({ entry, failure }: RecordBody): Entry | null {
  const { marginMs, windowMs } = entry;
  if (windowMs === null) return null;
  if (marginMs !== null) return { leftMs: marginMs, windowMs, isMissed: false };
  return failure?.code === 'window-missed' ? { leftMs: 0, windowMs, isMissed: true } : null;
}

function groupsOf({ unit, slot }: RecordBody): readonly MarginGroup[] {
  const { hub } = placeOf(slot.usbPath);
  return [
    ...(unit.model === null ? [] : [{ by: 'model', name: unit.model } as const]),
    { by: 'slot', name: String(slot.number) },
    ...(hub === null ? [] : [{ by: 'hub', name: hub } as const]),
  ];
}

const keyOf = ({ by, name }: MarginGroup): string => `${by} ${name}`;

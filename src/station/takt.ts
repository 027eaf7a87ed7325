// How fast the station turns out good units, and when a slot is free again: a value folded from the records' times.
// Knows no slot's work and no clock; times come with each fact.
import type { SlotView } from './read-model.ts';

export interface Takt {
  readonly shiftStartedAtMs: number;
  readonly shiftUnits: number;
  /** When the units of the last hour passed, oldest first. */
  readonly passedAtMs: readonly number[];
  /** How long the last jobs that passed took, oldest first. */
  readonly jobMs: readonly number[];
}

export interface TaktView {
  /** PASS per hour over the last hour, or over the run while it is younger; null before the first one. */
  readonly unitsPerHour: number | null;
  /** PASS per hour since the shift began. */
  readonly shiftUnitsPerHour: number | null;
  /** `production.targetUnitsPerHour` of the station file. */
  readonly targetUnitsPerHour: number | null;
  /** Until a slot is likely to have its verdict; 0 while one is empty, null where nothing tells. */
  readonly nextFreeMs: number | null;
}

const hourMs = 3_600_000;
/** The first unit of a run must not look like thousands an hour. */
const leastSpanMs = 60_000;
const keptJobs = 15;

export const newShift = (nowMs: number): Takt => ({ shiftStartedAtMs: nowMs, shiftUnits: 0, passedAtMs: [], jobMs: [] });

export function withPass(takt: Takt, jobMs: number | null, nowMs: number): Takt {
  return {
    ...takt,
    shiftUnits: takt.shiftUnits + 1,
    passedAtMs: [...takt.passedAtMs.filter((atMs) => nowMs - atMs < hourMs), nowMs],
    jobMs: jobMs === null ? takt.jobMs : [...takt.jobMs.slice(1 - keptJobs), jobMs],
  };
}

export function taktView(takt: Takt, slots: readonly SlotView[], targetUnitsPerHour: number | null, nowMs: number): TaktView {
  const recent = takt.passedAtMs.filter((atMs) => nowMs - atMs < hourMs).length;
  const shiftMs = nowMs - takt.shiftStartedAtMs;
  const perHour = (units: number, spanMs: number): number | null =>
    takt.shiftUnits === 0 ? null : (units * hourMs) / Math.max(spanMs, leastSpanMs);
  return {
    unitsPerHour: perHour(recent, Math.min(shiftMs, hourMs)),
    shiftUnitsPerHour: perHour(takt.shiftUnits, shiftMs),
    targetUnitsPerHour,
    nextFreeMs: nextFreeMs(slots, median(takt.jobMs), nowMs),
  };
}

const busy: ReadonlySet<SlotView['state']> = new Set([
  'identifying',
  'waitingForBoot',
  'entering',
  'connecting',
  'holding',
  'programming',
  'restarting',
  'verifying',
  'recording',
  'retrying',
]);

function nextFreeMs(slots: readonly SlotView[], typicalMs: number | null, nowMs: number): number | null {
  if (slots.some(({ state }) => state === 'empty')) return 0;
  const left = slots.flatMap((slot) => (busy.has(slot.state) ? (timeLeftMs(slot, typicalMs, nowMs) ?? []) : []));
  return left.length === 0 ? null : Math.min(...left);
}

/** By what jobs took so far; before the first one, by the bytes that are left and their rate. */
function timeLeftMs(slot: SlotView, typicalMs: number | null, nowMs: number): number | null {
  if (typicalMs !== null && slot.jobStartedAtMs !== null) return Math.max(slot.jobStartedAtMs + typicalMs - nowMs, 0);
  if (slot.bytesPerSecond === 0 || slot.bytesTotal === 0) return null;
  return ((slot.bytesTotal - slot.bytesDone) * 1000) / slot.bytesPerSecond;
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

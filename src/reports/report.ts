// The report as a value: what a shift, an order or a day came to. Folded record by record, so that the records need not be in memory.
// Knows no words, no file and no chart.
import type { Blame, FailureCode } from '../domain/failure.ts';
import type { RecordBody } from '../domain/record.ts';
import type { Verdict } from '../domain/verdict.ts';
import { type CyclePhase, phases, phaseTimes } from './cycle.ts';
import { type Spread, shareOf, spreadOf } from './statistics.ts';

export interface Report {
  readonly stations: readonly string[];
  readonly orders: readonly string[];
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  readonly records: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** ABORTED is no attempt: units that only aborted are not in it. */
  readonly units: {
    readonly attempted: number;
    readonly firstPass: number;
    readonly finallyPassed: number;
    readonly firstPassYield: number | null;
    readonly finalYield: number | null;
  };
  /** Most frequent first. */
  readonly pareto: readonly ParetoEntry[];
  readonly slots: readonly SlotReport[];
  /** Of passed units. */
  readonly cycle: Spread | null;
  readonly phases: readonly { readonly phase: CyclePhase; readonly spread: Spread }[];
  readonly margins: Spread | null;
  /** How many windows were met with so many whole seconds left. */
  readonly marginSeconds: readonly { readonly second: number; readonly count: number }[];
  /** Every hour from the first record to the last, local time of the station. */
  readonly hours: readonly HourReport[];
  /** Units whose last attempt is UNKNOWN: nothing proves what is in them. */
  readonly unknown: readonly UnknownUnit[];
}

export interface ParetoEntry {
  readonly code: FailureCode;
  readonly blame: Blame;
  readonly count: number;
  /** Of all failures, this one and those before it. */
  readonly cumulative: number;
}

export interface SlotReport {
  readonly slot: number;
  readonly station: string;
  readonly attempts: number;
  readonly passed: number;
  readonly yield: number | null;
  readonly aborted: number;
  /** How often boards were plugged here, over the life of the slot as its last record knows it. */
  readonly insertions: number;
  readonly medianMs: number | null;
  readonly worstMarginMs: number | null;
}

export interface HourReport {
  /** `2026-11-22T07` */
  readonly hour: string;
  readonly passed: number;
  readonly other: number;
}

export interface UnknownUnit {
  readonly unit: string;
  readonly recordId: string;
  readonly finishedAt: string;
  readonly slot: number;
  readonly code: FailureCode | null;
  readonly step: string | null;
}

interface UnitLife {
  readonly firstPassed: boolean;
  readonly lastPassed: boolean;
  readonly unknown: UnknownUnit | null;
}

interface SlotSum {
  readonly station: string;
  readonly slot: number;
  attempts: number;
  passed: number;
  aborted: number;
  insertions: number;
  worstMarginMs: number | null;
  finishedMs: number;
  readonly durations: number[];
}

export interface ReportFold {
  add(record: RecordBody): void;
  result(): Report;
}

/** Records oldest first. Only flashing counts: a verify run or a golden board is no production. */
export function foldReport(): ReportFold {
  const verdicts: Record<Verdict, number> = { PASS: 0, FAIL: 0, UNKNOWN: 0, ABORTED: 0 };
  const units = new Map<string, UnitLife>();
  const codes = new Map<FailureCode, { readonly blame: Blame; count: number }>();
  const slots = new Map<string, SlotSum>();
  const hours = new Map<string, { passed: number; other: number }>();
  const phaseMs = new Map<CyclePhase, number[]>(phases.map((phase) => [phase, []]));
  const cycleMs: number[] = [];
  const margins: number[] = [];
  const [stations, orders] = [new Set<string>(), new Set<string>()];
  let [firstAt, lastAt]: [string | null, string | null] = [null, null];
  let records = 0;

  const addToSlot = (record: RecordBody): SlotSum => {
    const key = `${record.station.id}/${record.slot.number}`;
    const sum = slots.get(key) ?? newSlot(record);
    slots.set(key, sum);
    if (record.verdict === 'ABORTED') sum.aborted++;
    else sum.attempts++;
    if (record.verdict === 'PASS') sum.passed++;
    sum.insertions = Math.max(sum.insertions, record.slot.insertions);
    sum.durations.push(record.durationMs);
    const { marginMs } = record.entry;
    if (marginMs !== null) sum.worstMarginMs = Math.min(sum.worstMarginMs ?? marginMs, marginMs);
    return sum;
  };

  return {
    add(record) {
      if (record.kind !== 'flash') return;
      records++;
      verdicts[record.verdict]++;
      firstAt ??= record.startedAt;
      lastAt = record.finishedAt;
      stations.add(record.station.id);
      if (record.workOrder !== null) orders.add(record.workOrder);
      if (record.entry.marginMs !== null) margins.push(record.entry.marginMs);
      const sum = addToSlot(record);
      if (record.verdict === 'PASS') {
        cycleMs.push(record.durationMs);
        const times = phaseTimes(record, sum.finishedMs === 0 ? null : sum.finishedMs);
        for (const phase of phases) {
          const ms = times[phase];
          if (ms !== null) phaseMs.get(phase)?.push(ms);
        }
      }
      sum.finishedMs = Date.parse(record.finishedAt);
      if (record.failure !== null && record.verdict !== 'PASS') {
        const { code, blame } = record.failure;
        const entry = codes.get(code) ?? { blame, count: 0 };
        entry.count++;
        codes.set(code, entry);
      }
      const hour = record.finishedAt.slice(0, 13);
      const inHour = hours.get(hour) ?? { passed: 0, other: 0 };
      inHour[record.verdict === 'PASS' ? 'passed' : 'other']++;
      hours.set(hour, inHour);
      if (record.verdict !== 'ABORTED') units.set(unitOf(record), grown(units.get(unitOf(record)), record));
    },

    result() {
      const lives = [...units.values()];
      const firstPass = lives.filter(({ firstPassed }) => firstPassed).length;
      const finallyPassed = lives.filter(({ lastPassed }) => lastPassed).length;
      return {
        stations: [...stations].sort(),
        orders: [...orders].sort(),
        firstAt,
        lastAt,
        records,
        verdicts,
        units: {
          attempted: lives.length,
          firstPass,
          finallyPassed,
          firstPassYield: shareOf(firstPass, lives.length),
          finalYield: shareOf(finallyPassed, lives.length),
        },
        pareto: paretoOf(codes),
        slots: [...slots.values()].map(slotReport).sort((a, b) => a.station.localeCompare(b.station) || a.slot - b.slot),
        cycle: spreadOf(cycleMs),
        phases: phases.flatMap((phase) => {
          const spread = spreadOf(phaseMs.get(phase) ?? []);
          return spread === null ? [] : [{ phase, spread }];
        }),
        margins: spreadOf(margins),
        marginSeconds: secondsOf(margins),
        hours: everyHour(hours),
        unknown: lives.flatMap(({ unknown }) => unknown ?? []),
      };
    },
  };
}

/** One without any identity is a unit of its own: two such boards may be two boards. */
const unitOf = ({ unit, recordId }: RecordBody): string =>
  unit.imeiAfter ?? unit.imeiBefore ?? unit.sn ?? unit.labelSn ?? recordId;

function grown(life: UnitLife | undefined, record: RecordBody): UnitLife {
  const passed = record.verdict === 'PASS';
  const { recordId, finishedAt, failure, slot } = record;
  const unknown: UnknownUnit = {
    unit: unitOf(record),
    recordId,
    finishedAt,
    slot: slot.number,
    code: failure?.code ?? null,
    step: failure?.step ?? null,
  };
  return {
    firstPassed: life === undefined ? passed : life.firstPassed,
    lastPassed: passed,
    unknown: record.verdict === 'UNKNOWN' ? unknown : null,
  };
}

function newSlot({ station, slot }: RecordBody): SlotSum {
  return {
    station: station.id,
    slot: slot.number,
    attempts: 0,
    passed: 0,
    aborted: 0,
    insertions: 0,
    worstMarginMs: null,
    finishedMs: 0,
    durations: [],
  };
}

function slotReport({ station, slot, attempts, passed, aborted, insertions, durations, worstMarginMs }: SlotSum): SlotReport {
  const medianMs = spreadOf(durations)?.median ?? null;
  return { station, slot, attempts, passed, aborted, insertions, medianMs, worstMarginMs, yield: shareOf(passed, attempts) };
}

function paretoOf(codes: ReadonlyMap<FailureCode, { readonly blame: Blame; readonly count: number }>): ParetoEntry[] {
  const sorted = [...codes].sort(([a, { count: countA }], [b, { count: countB }]) => countB - countA || a.localeCompare(b));
  const all = sorted.reduce((sum, [, { count }]) => sum + count, 0);
  let before = 0;
  return sorted.map(([code, { blame, count }]) => {
    before += count;
    return { code, blame, count, cumulative: before / all };
  });
}

function secondsOf(margins: readonly number[]): Report['marginSeconds'] {
  if (margins.length === 0) return [];
  const counts = new Map<number, number>();
  for (const ms of margins) counts.set(Math.floor(ms / 1000), (counts.get(Math.floor(ms / 1000)) ?? 0) + 1);
  const [low, high] = [Math.min(0, ...counts.keys()), Math.max(...counts.keys())];
  return Array.from({ length: high - low + 1 }, (_, index) => ({ second: low + index, count: counts.get(low + index) ?? 0 }));
}

/** More hours than a chart can show are only those in which something happened. */
const mostHours = 24 * 14;

function everyHour(hours: ReadonlyMap<string, { readonly passed: number; readonly other: number }>): HourReport[] {
  const sorted = [...hours].map(([hour, counts]) => ({ hour, ...counts })).sort((a, b) => a.hour.localeCompare(b.hour));
  const [first, last] = [sorted[0]?.hour, sorted.at(-1)?.hour];
  if (first === undefined || last === undefined) return [];
  const [from, to] = [Date.parse(`${first}:00Z`), Date.parse(`${last}:00Z`)];
  const count = (to - from) / 3_600_000 + 1;
  if (count > mostHours) return sorted;
  return Array.from({ length: count }, (_, index) => {
    const hour = new Date(from + index * 3_600_000).toISOString().slice(0, 13);
    return { hour, ...(hours.get(hour) ?? { passed: 0, other: 0 }) };
  });
}

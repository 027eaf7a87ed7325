// What a report must say, counted from the journal's lines by other means than the report's: no fold, nothing of src.
import { expect } from 'vitest';

type Line = ReturnType<typeof linesOf>[number];

interface Told {
  readonly kind: string;
  readonly verdict: string;
  readonly shift: string;
  readonly workOrder: string;
  readonly recordId: string;
  readonly slot: { readonly number: number; readonly insertions: number };
  readonly unit: { readonly imeiBefore: string | null; readonly imeiAfter: string | null };
  readonly failure: { readonly code: string; readonly blame: string; readonly step: string } | null;
  readonly entry: { readonly marginMs: number | null };
  readonly steps: readonly { readonly name: string; readonly durationMs: number; readonly startedAt: string }[];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
}

/** The flash records as the journal's files hold them, the oldest first. */
export const linesOf = (journal: string): readonly Told[] =>
  journal
    .split('\n')
    .filter((line) => line.startsWith('{"type":"record"'))
    .map((line) => JSON.parse(line) as Told)
    .filter(({ kind }) => kind === 'flash');

const tally = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]));

const ms = (text: string): number => new Date(text).getTime();
const unitOf = ({ unit, recordId }: Line): string => unit.imeiAfter ?? unit.imeiBefore ?? recordId;
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function spread(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const below = (percent: number): number | undefined => sorted[Math.floor((sorted.length * percent) / 100)];
  return {
    count: sorted.length,
    min: Math.min(...sorted),
    p5: below(5),
    median: below(50),
    p95: below(95),
    max: Math.max(...sorted),
    mean: expect.closeTo(sorted.reduce((sum, value) => sum + value) / sorted.length, 6),
  };
}

/** Of the eigencomm flasher's steps and the slot's own. */
const stepsOf = {
  enter: ['identifying', 'entering'],
  connect: ['handshake', 'load-agentboot'],
  restart: ['reset', 'restarting'],
  verify: ['verifying'],
} as const;

function phasesOf(passed: readonly Line[], all: readonly Line[]) {
  const spent = (line: Line, isOf: (step: string) => boolean): number =>
    line.steps.filter(({ name }) => isOf(name)).reduce((sum, { durationMs }) => sum + durationMs, 0);
  const known: readonly string[] = Object.values(stepsOf).flat();
  const within = (names: readonly string[]) => (line: Line) => spent(line, (step) => names.includes(step));
  const loads = passed.flatMap((line) => {
    const before = all.slice(0, all.indexOf(line)).findLast(({ slot }) => slot.number === line.slot.number);
    return before === undefined ? [] : [ms(line.startedAt) - ms(before.finishedAt)];
  });
  /** Between steps, and before the first and after the last one, it was on its way to the next. */
  const entered = (line: Line): number => within(stepsOf.enter)(line) + ms(line.steps[0]?.startedAt ?? '') - ms(line.startedAt);
  const verified = (line: Line): number => {
    const last = line.steps.at(-1);
    return within(stepsOf.verify)(line) + ms(line.finishedAt) - ms(last?.startedAt ?? '') - (last?.durationMs ?? 0);
  };
  return [
    { phase: 'load', spread: spread(loads) },
    { phase: 'enter', spread: spread(passed.map(entered)) },
    { phase: 'connect', spread: spread(passed.map(within(stepsOf.connect))) },
    { phase: 'program', spread: spread(passed.map((line) => spent(line, (step) => !known.includes(step)))) },
    { phase: 'restart', spread: spread(passed.map(within(stepsOf.restart))) },
    { phase: 'verify', spread: spread(passed.map(verified)) },
  ];
}

/** Every field of a report of these lines. */
export function reportExpected(lines: readonly Line[]) {
  const attempts = lines.filter(({ verdict }) => verdict !== 'ABORTED');
  const passed = lines.filter(({ verdict }) => verdict === 'PASS');
  const lives = [...new Set(attempts.map(unitOf))].map((unit) => attempts.filter((line) => unitOf(line) === unit));
  const firstPass = lives.filter(([first]) => first?.verdict === 'PASS').length;
  const finallyPassed = lives.filter((life) => life.at(-1)?.verdict === 'PASS').length;
  const failures = lines.flatMap(({ failure, verdict }) => (failure === null || verdict === 'PASS' ? [] : [failure]));
  const counted = Object.entries(tally(failures.map(({ code }) => code))).toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const margins = lines.flatMap(({ entry }) => entry.marginMs ?? []);
  const hours = tally(lines.map(({ finishedAt }) => finishedAt.slice(0, 13)));
  return {
    stations: ['test'],
    orders: [...new Set(lines.map(({ workOrder }) => workOrder))],
    firstAt: lines[0]?.startedAt,
    lastAt: lines.at(-1)?.finishedAt,
    records: lines.length,
    verdicts: { PASS: 0, FAIL: 0, UNKNOWN: 0, ABORTED: 0, ...tally(lines.map(({ verdict }) => verdict)) },
    units: {
      attempted: lives.length,
      firstPass,
      finallyPassed,
      firstPassYield: share(firstPass, lives.length),
      finalYield: share(finallyPassed, lives.length),
    },
    pareto: counted.map(([code, count], index) => ({
      code,
      blame: failures.find((failure) => failure.code === code)?.blame,
      count,
      cumulative: counted.slice(0, index + 1).reduce((sum, [, each]) => sum + each, 0) / failures.length,
    })),
    slots: [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => slotExpected(slot, lines)),
    cycle: spread(passed.map(({ durationMs }) => durationMs)),
    phases: phasesOf(passed, lines),
    margins: spread(margins),
    marginSeconds: Array.from({ length: Math.floor(Math.max(...margins) / 1000) + 1 }, (_, second) => ({
      second,
      count: margins.filter((margin) => Math.floor(margin / 1000) === second).length,
    })),
    hours: Object.keys(hours).map((hour) => ({
      hour,
      passed: passed.filter(({ finishedAt }) => finishedAt.startsWith(hour)).length,
      other: lines.filter(({ finishedAt, verdict }) => finishedAt.startsWith(hour) && verdict !== 'PASS').length,
    })),
    unknown: lives.flatMap((life) => {
      const last = life.at(-1);
      if (last?.verdict !== 'UNKNOWN') return [];
      const { recordId, finishedAt, slot, failure } = last;
      return [{ unit: unitOf(last), recordId, finishedAt, slot: slot.number, code: failure?.code, step: failure?.step }];
    }),
  };
}

function slotExpected(slot: number, all: readonly Line[]) {
  const lines = all.filter((line) => line.slot.number === slot);
  const attempts = lines.filter(({ verdict }) => verdict !== 'ABORTED').length;
  const passed = lines.filter(({ verdict }) => verdict === 'PASS').length;
  const margins = lines.flatMap(({ entry }) => entry.marginMs ?? []);
  return {
    slot,
    station: 'test',
    attempts,
    passed,
    yield: share(passed, attempts),
    aborted: lines.length - attempts,
    insertions: Math.max(...lines.map((line) => line.slot.insertions)),
    medianMs: spread(lines.map(({ durationMs }) => durationMs)).median,
    worstMarginMs: margins.length === 0 ? null : Math.min(...margins),
  };
}

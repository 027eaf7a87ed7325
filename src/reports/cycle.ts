// Where the time of a cycle goes: the phases of one record, from its steps. Knows step names, no protocol.
import type { RecordBody } from '../domain/record.ts';

export const phases = ['load', 'enter', 'connect', 'program', 'restart', 'verify'] as const;
export type CyclePhase = (typeof phases)[number];

const rules: readonly (readonly [pattern: RegExp, phase: CyclePhase])[] = [
  [/^(identifying|entering)/, 'enter'],
  [/^(verifying|read-revision|compare-identity)/, 'verify'],
  [/^(reset|restart|power-on)/, 'restart'],
  [/^(write|erase|program|verify|compare|backup|merge|nv|start-nor)/, 'program'],
];

const phaseOf = (step: string): CyclePhase => rules.find(([pattern]) => pattern.test(step))?.[1] ?? 'connect';

/** A longer pause before a board is a break, not the loading of a board. */
const longestLoadMs = 10 * 60_000;

/**
 * Milliseconds per phase. `load` is the time from the record before in the same slot, null for the first and after a break; `enter`
 * includes identification and the hand at the strap. Records of before the slot's own steps were kept: what lies before the first step
 * is `enter`; what follows the last one is restart and read-back, counted as `restart` where no step tells them apart.
 */
export function phaseTimes(record: RecordBody, previousFinishedMs: number | null): Readonly<Record<CyclePhase, number | null>> {
  const [started, finished] = [Date.parse(record.startedAt), Date.parse(record.finishedAt)];
  const times: Record<CyclePhase, number> = { load: 0, enter: 0, connect: 0, program: 0, restart: 0, verify: 0 };
  for (const { name, durationMs } of record.steps) times[phaseOf(name)] += durationMs;
  const first = record.steps[0];
  const last = record.steps.at(-1);
  if (first !== undefined) times.enter += Math.max(0, Date.parse(first.startedAt) - started);
  if (last !== undefined) {
    const rest = Math.max(0, finished - Date.parse(last.startedAt) - last.durationMs);
    times[times.verify > 0 ? 'verify' : 'restart'] += rest;
  }
  const load = previousFinishedMs === null ? null : started - previousFinishedMs;
  return { ...times, load: load === null || load < 0 || load > longestLoadMs ? null : load };
}

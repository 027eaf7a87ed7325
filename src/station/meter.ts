// Counts the bytes of one job and how fast they move. Knows the plan's steps, no device.
import type { Plan } from '../domain/plan.ts';

/** The rate is taken over this time: long enough to be steady, short enough to show a stall. */
const rateSpanMs = 3_000;

export interface Meter {
  /** `bytes` of the step so far. Erases cover bytes and move none. */
  moved(step: string, bytes: number, nowMs: number): void;
  bytesDone(): number;
  bytesPerSecond(nowMs: number): number;
}

export function createMeter(plan: Plan): Meter {
  const counted = new Set(plan.steps.filter(({ kind }) => kind === 'load' || kind === 'write').map(({ name }) => name));
  const perStep = new Map<string, number>();
  let done = 0;
  let samples: { readonly atMs: number; readonly done: number }[] = [];

  return {
    moved(step, bytes, nowMs) {
      if (!counted.has(step)) return;
      done += bytes - (perStep.get(step) ?? 0);
      perStep.set(step, bytes);
      samples = [...samples.filter(({ atMs }) => nowMs - atMs <= rateSpanMs), { atMs: nowMs, done }];
    },
    bytesDone: () => done,
    bytesPerSecond(nowMs) {
      const recent = samples.filter(({ atMs }) => nowMs - atMs <= rateSpanMs);
      const [first] = recent;
      if (first === undefined || nowMs <= first.atMs) return 0;
      return Math.round(((done - first.done) * 1000) / (nowMs - first.atMs));
    },
  };
}

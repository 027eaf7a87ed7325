// Keeps the transcripts within their budget while a station runs: at the start and every hour. A folder that cannot be read costs no unit.
import type { Clock, Timer } from '../bench/clock.ts';
import { type DiskBudget, keepWithin } from '../sinks/retention.ts';

const everyMs = 3_600_000;

export function keepTidy(folder: string, budget: DiskBudget, clock: Clock): { stop(): void } {
  let timer: Timer | null = null;
  const tidy = (): void => {
    void keepWithin(folder, budget, clock.wallMs()).catch(() => undefined);
    timer = clock.after(everyMs, tidy);
  };
  tidy();
  return { stop: () => timer?.cancel() };
}

// When production stops by itself: boards that fail one after the other, a first-pass yield that is too low. Folded from records; a stop
// stands until it is released. Knows no clock.
import type { StopSettings } from '../../config/oversight-fields.ts';
import type { Stop } from '../../domain/finding.ts';
import type { RecordBody } from '../../domain/record.ts';
import type { HistoryLine } from '../../trace/line.ts';
import { isAttempt, isFailedAttempt } from './counted.ts';

export interface StopWatch {
  readonly failuresInRow: number;
  /** Whether each of the last first attempts passed, the oldest first. */
  readonly firstAttempts: readonly boolean[];
  readonly stop: Stop | null;
}

export const noStop: StopWatch = { failuresInRow: 0, firstAttempts: [], stop: null };

export function followStops(watch: StopWatch, line: HistoryLine, settings: StopSettings): StopWatch {
  if (line.type === 'override') return line.rule === 'production-stopped' ? noStop : watch;
  if (line.type !== 'record' || !isAttempt(line)) return watch;
  const failuresInRow = line.verdict === 'PASS' ? 0 : watch.failuresInRow + 1;
  const firstAttempts =
    line.attempt === 1 ? [...watch.firstAttempts, line.verdict === 'PASS'].slice(-settings.yieldOver) : watch.firstAttempts;
  const counted = { failuresInRow, firstAttempts };
  return { ...counted, stop: watch.stop ?? inRow(counted, line, settings) ?? lowYield(counted, line, settings) };
}

type Counted = Omit<StopWatch, 'stop'>;

function inRow({ failuresInRow }: Counted, record: RecordBody, settings: StopSettings): Stop | null {
  if (settings.failuresInRow === 0 || failuresInRow < settings.failuresInRow || !isFailedAttempt(record)) return null;
  return { rule: 'failuresInRow', failures: failuresInRow, lastCode: record.failure.code, at: record.finishedAt };
}

function lowYield({ firstAttempts }: Counted, record: RecordBody, settings: StopSettings): Stop | null {
  const attempts = firstAttempts.length;
  const passed = firstAttempts.filter((isPass) => isPass).length;
  const { yieldBelowPercent: belowPercent, yieldOver } = settings;
  if (attempts < yieldOver || passed * 100 >= attempts * belowPercent) return null;
  return { rule: 'firstPassYield', passed, attempts, belowPercent, at: record.finishedAt };
}

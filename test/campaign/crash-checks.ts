// What must hold after a crash and a restart, whatever died and when: judged from what the station had told before and what the
// journal says after. Knows no process and no disk.
import type { JournalLine, WrittenRecord } from '../../src/trace/line.ts';

/** What the outside had seen when the station died. */
export interface Witness {
  /** Jobs whose device had been touched: it had answered, or a window or a step had begun. */
  readonly jobs: ReadonlySet<string>;
  /** Jobs with a write or erase step begun: flash may have been written. */
  readonly firstWriteBegun: ReadonlySet<string>;
  /** Verdicts by record id that the station had shown. */
  readonly verdictsShown: ReadonlyMap<string, string>;
}

export const touchesDevice = (event: string): boolean => /^(board\.identified|window\.|step\.)/.test(event);
export const mayWrite = (step: string): boolean => /^(write|erase|start-nor|program)/.test(step);

/** Sentences about what is wrong; none is good. `durable` are the lines that the crash must not have taken. */
export function faultsAfterRestart(seen: Witness, durable: readonly JournalLine[], after: readonly JournalLine[]): string[] {
  const faults: string[] = [];
  const at = new Map(after.map((line) => [line.seq, line.hash]));
  for (const { seq, hash, type } of durable) {
    if (at.get(seq) !== hash) faults.push(`durable line ${seq} (${type}) is gone or another one`);
  }
  const records = after.filter((line): line is WrittenRecord => line.type === 'record');
  const byJob = Map.groupBy(records, ({ jobId }) => jobId);
  const intents = new Set(after.flatMap((line) => (line.type === 'job.intent' ? [line.job.jobId] : [])));
  for (const [jobId, closing] of byJob) if (closing.length > 1) faults.push(`job ${jobId} has ${closing.length} records`);
  for (const jobId of seen.jobs) if (!byJob.has(jobId)) faults.push(`job ${jobId} had touched its device and has no record`);
  for (const jobId of seen.firstWriteBegun) {
    if (!intents.has(jobId)) faults.push(`job ${jobId} had begun to write without a durable intent`);
    const verdict = byJob.get(jobId)?.[0]?.verdict;
    if (verdict === undefined || verdict === 'ABORTED')
      faults.push(`job ${jobId} had begun to write and is ${verdict ?? 'lost'}`);
  }
  const byId = new Map(records.map((record) => [record.recordId, record.verdict]));
  for (const [recordId, verdict] of seen.verdictsShown) {
    if (byId.get(recordId) !== verdict)
      faults.push(`record ${recordId} was shown as ${verdict}, is ${byId.get(recordId) ?? 'lost'}`);
  }
  for (const record of records) {
    const isRecovered = record.failure?.code === 'process-killed';
    const expected = intents.has(record.jobId) ? 'UNKNOWN' : 'ABORTED';
    if (isRecovered && record.verdict !== expected) faults.push(`job ${record.jobId} was recovered as ${record.verdict}`);
  }
  for (const line of after) {
    const isOpen = line.type === 'job.opened' && !byJob.has(line.job.jobId);
    if (isOpen) faults.push(`job ${line.job.jobId} is still open after the restart`);
  }
  return faults;
}

// Every job that was opened has one final record, and nothing else has one; the intent stands before what was written.
import type { Checker } from '../campaign-trace.ts';

export const oneRecord: Checker = {
  name: 'one final record per job',
  find({ journal, events }) {
    const opened = new Map<string, number>();
    const closed = new Map<string, number>();
    const intended = new Set<string>();
    const found: string[] = [];
    for (const line of journal) {
      if (line.type === 'job.opened') count(opened, line.job.jobId);
      if (line.type === 'job.intent') intended.add(line.job.jobId);
      if (line.type !== 'record') continue;
      // The unit found after a swap has a record of its own beside the job's.
      const jobId = line.jobId.replace(/-found$/, '');
      if (!opened.has(jobId)) found.push(`record ${line.recordId} of ${line.jobId} without a job`);
      if (line.written !== 'none' && !intended.has(jobId)) found.push(`${line.jobId}: written ${line.written} without an intent`);
      count(closed, line.jobId);
    }
    for (const { event, slot } of events) {
      if (event.type === 'job.opened' && !opened.has(event.jobId))
        found.push(`${event.jobId} in slot ${slot} is not in the journal`);
    }
    for (const [jobId, times] of opened) if (times !== 1) found.push(`${jobId} was opened ${times} times`);
    for (const jobId of opened.keys()) if (closed.get(jobId) !== 1) found.push(`${jobId} has ${closed.get(jobId) ?? 0} records`);
    for (const [jobId, times] of closed) if (times !== 1 && !opened.has(jobId)) found.push(`${jobId} has ${times} records`);
    return found;
  },
};

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

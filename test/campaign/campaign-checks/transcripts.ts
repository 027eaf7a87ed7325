// Every record of a job that did not pass names its transcript, and the file is what the record says; only where the disk refused it there
// is none, and the slot said so.
import type { RecordBody } from '../../../src/domain/record.ts';
import type { CampaignTrace, Checker } from '../campaign-trace.ts';

export const transcriptsKept: Checker = {
  name: 'what did not pass has its transcript',
  find: (trace) => {
    const excused = slotsWithoutTranscript(trace);
    return trace.journal.flatMap((line) => {
      if (line.type !== 'record') return [];
      const wrong = wrongWith(line, trace, excused);
      return wrong === null ? [] : [`${line.jobId} (${line.verdict} ${line.failure?.code ?? ''}): ${wrong}`];
    });
  },
};

function wrongWith(record: RecordBody, { transcripts }: CampaignTrace, excused: ReadonlySet<string>): string | null {
  const { transcript } = record;
  if (transcript !== null) {
    const digest = transcripts.get(transcript.file);
    if (digest === undefined) return `there is no ${transcript.file}`;
    return digest === transcript.sha256 ? null : `${transcript.file} has another digest`;
  }
  const needsOne = record.verdict !== 'PASS' && record.kind !== 'skip';
  return needsOne && !excused.has(record.jobId.replace(/-found$/, '')) ? 'no transcript, and nobody said why' : null;
}

/** Jobs of which the slot told that none could be kept. */
function slotsWithoutTranscript({ events }: CampaignTrace): ReadonlySet<string> {
  const open = new Map<number, string>();
  const told = new Set<string>();
  for (const { slot, event } of events) {
    if (slot === null) continue;
    if (event.type === 'job.opened') open.set(slot, event.jobId);
    if (event.type === 'note.added' && event.text.startsWith('no transcript was kept')) told.add(open.get(slot) ?? '');
  }
  return told;
}

// A board of which all records say `written: none` holds what it held; every board keeps its IMEI and calibration.
import type { CampaignTrace, Checker, Visit } from '../campaign-trace.ts';

interface JobSpan {
  readonly slot: number;
  readonly from: number;
  to: number;
  written: boolean;
}

export const refusedUnchanged: Checker = {
  name: 'a refused board is unchanged',
  find(trace) {
    const spans = Map.groupBy(spansOf(trace), ({ slot }) => slot);
    return trace.visits.flatMap((visit) => {
      const { slot, insertedAtMs, removedAtMs, before, after } = visit;
      if (after === null || removedAtMs === null || after.all === before.all) return [];
      const jobs = (spans.get(slot) ?? []).filter(({ from, to }) => from <= removedAtMs && to >= insertedAtMs);
      return jobs.some(({ written }) => written) ? [] : [`${nameOf(visit)}: its flash changed, though no job says so`];
    });
  },
};

export const ownDataKept: Checker = {
  name: 'IMEI and calibration as they came',
  find: ({ visits }) =>
    visits.flatMap((visit) =>
      visit.after === null || visit.after.ownData === visit.before.ownData
        ? []
        : [`${nameOf(visit)}: its IMEI or calibration changed`],
    ),
};

const nameOf = ({ slot, script, identity, insertedAtMs }: Visit): string =>
  `board ${script.number} (${identity.model}) in slot ${slot} from ${insertedAtMs} ms`;

function spansOf({ events, journal }: CampaignTrace): readonly JobSpan[] {
  const written = new Set(
    journal.flatMap((line) => (line.type === 'record' && line.written !== 'none' ? [line.jobId.replace(/-found$/, '')] : [])),
  );
  const open = new Map<number, JobSpan>();
  const spans: JobSpan[] = [];
  for (const { slot, atMs, event } of events) {
    if (slot === null) continue;
    if (event.type === 'job.opened') {
      const span = { slot, from: atMs, to: Number.POSITIVE_INFINITY, written: written.has(event.jobId) };
      open.set(slot, span);
      spans.push(span);
    }
    const last = open.get(slot);
    if (event.type === 'record.written' && last) last.to = atMs;
  }
  return spans;
}

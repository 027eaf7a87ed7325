// What the rules of a unit's past promise, seen from the journal alone: attempts are counted right, no unit that passed or is for
// rework is written again but by an answer that its record names, and the station tries again as often as it may.
import type { RecordBody } from '../../../src/domain/record.ts';
import { campaignHistory } from '../campaign-station.ts';
import type { CampaignTrace, Checker } from '../campaign-trace.ts';

const passedOrRework = ['passed-before', 'passed-in-order'] as const;

export const attemptsCounted: Checker = {
  name: 'attempts are numbered right',
  find: ({ journal }) =>
    writtenJobs(journal).flatMap(({ record, known, atOpening, atIntent, atRecord }) => {
      // One that told only in the end who it is, or was found there, is counted then.
      const isKnown = !isFound(record) && known.length > 0;
      const [by, last] = isKnown ? [known, atIntent] : [keysOf(record), atRecord];
      const countIn = (records: readonly RecordBody[]): number => pastOf(by, records).filter(isAttempt).length + 1;
      const [least, most] = [countIn(atOpening), countIn(last)];
      if (least <= record.attempt && record.attempt <= most) return [];
      return [`${record.jobId}: attempt ${record.attempt}, expected ${least} to ${most}`];
    }),
};

export const rulesKept: Checker = {
  name: 'no unit is written against the rules',
  find: ({ journal }) =>
    writtenJobs(journal).flatMap(({ record, known, atOpening }) => {
      // Of the unit found after a swap nobody was asked.
      const against = isFound(record) ? null : ruleAgainst(record, pastOf(known, atOpening));
      return against === null ? [] : [`${record.jobId} in slot ${record.slot.number}: ${against}`];
    }),
};

export const retriesBounded: Checker = {
  name: 'automatic retries are bounded',
  find: ({ events }) => {
    const found: string[] = [];
    const tries = new Map<number, number>();
    for (const { slot, atMs, event } of events) {
      if (slot === null || event.type !== 'state.changed') continue;
      if (event.state === 'empty') tries.set(slot, 0);
      if (event.state !== 'retrying') continue;
      tries.set(slot, (tries.get(slot) ?? 0) + 1);
      if ((tries.get(slot) ?? 0) > campaignHistory.automaticRetries)
        found.push(`slot ${slot} tries again too often at ${atMs} ms`);
    }
    return found;
  },
};

/** A record of a job that wrote, and what was recorded before three moments: the rules were asked between the first two of them. */
interface WrittenJob {
  readonly record: RecordBody;
  /** What the unit was known by at the intent: an 8850 tells its NV's IMEI only after its first write, many boards only at the read-back. */
  readonly known: readonly string[];
  readonly atOpening: readonly RecordBody[];
  readonly atIntent: readonly RecordBody[];
  readonly atRecord: readonly RecordBody[];
}

function writtenJobs(journal: CampaignTrace['journal']): readonly WrittenJob[] {
  const jobs: WrittenJob[] = [];
  const earlier: RecordBody[] = [];
  const opened = new Map<string, number>();
  const intended = new Map<string, number>();
  const known = new Map<string, readonly string[]>();
  for (const line of journal) {
    if (line.type === 'job.opened') opened.set(line.job.jobId, earlier.length);
    if (line.type === 'job.intent') {
      intended.set(line.job.jobId, earlier.length);
      known.set(line.job.jobId, keysOf(line.job));
    }
    if (line.type !== 'record') continue;
    const record = line as RecordBody;
    const jobId = record.jobId.replace(/-found$/, '');
    const upTo = (moment: ReadonlyMap<string, number>): readonly RecordBody[] => earlier.slice(0, moment.get(jobId) ?? 0);
    if (record.written !== 'none') {
      const before = { known: known.get(jobId) ?? [], atOpening: upTo(opened), atIntent: upTo(intended) };
      jobs.push({ record, ...before, atRecord: [...earlier] });
    }
    earlier.push(record);
  }
  return jobs;
}

const isAttempt = ({ kind, verdict }: RecordBody): boolean => kind === 'flash' && verdict !== 'ABORTED';

/** The two records of a swap tell of one job. */
const isFound = ({ jobId }: RecordBody): boolean => jobId.endsWith('-found');

const keysOf = ({ unit }: Pick<RecordBody, 'unit'>): readonly string[] =>
  [unit.imeiBefore, unit.imeiAfter, unit.sn, unit.labelSn].filter((key): key is string => key !== null && key !== '');

function pastOf(known: readonly string[], earlier: readonly RecordBody[]): readonly RecordBody[] {
  return earlier.filter((other) => keysOf(other).some((key) => known.includes(key)));
}

/** Why this unit was not to be written, or null. */
function ruleAgainst(record: RecordBody, past: readonly RecordBody[]): string | null {
  const attempts = past.filter(isAttempt);
  const answered = String(record.evidence['rule.answered'] ?? '');
  if (attempts.at(-1)?.verdict === 'PASS' && !passedOrRework.some((code) => answered.startsWith(code)))
    return 'it had passed, and nobody allowed it again';
  const since = attempts.slice(attempts.findLastIndex(({ verdict }) => verdict === 'PASS') + 1);
  const unknowns = since.filter(({ verdict }) => verdict === 'UNKNOWN').length;
  const written = since.filter((other) => other.written !== 'none').length;
  if (written >= campaignHistory.maxAttempts || unknowns >= campaignHistory.maxUnknown)
    return `it is for rework: ${written} attempts that wrote, ${unknowns} UNKNOWN`;
  return null;
}

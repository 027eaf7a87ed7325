// What the rules of a unit's past promise, seen from the journal alone: attempts are counted right, no unit that passed or is for
// rework is written again but by an answer that its record names, and the station tries again as often as it may.
import type { RecordBody } from '../../../src/domain/record.ts';
import { campaignHistory } from '../campaign-station.ts';
import type { CampaignTrace, Checker } from '../campaign-trace.ts';

const passedOrRework = ['passed-before', 'passed-in-order'] as const;

export const attemptsCounted: Checker = {
  name: 'attempts are numbered right',
  find: ({ journal }) => {
    const found: string[] = [];
    const earlier: RecordBody[] = [];
    for (const record of recordsOf(journal)) {
      const expected = pastOf(record, earlier).filter(isAttempt).length + 1;
      // Before the rules were asked nothing counts attempts, and nothing was written.
      if (record.written !== 'none' && isFirstOfJob(record, earlier) && record.attempt !== expected)
        found.push(`${record.jobId}: attempt ${record.attempt}, expected ${expected}`);
      earlier.push(record);
    }
    return found;
  },
};

export const rulesKept: Checker = {
  name: 'no unit is written against the rules',
  find: ({ journal }) => {
    const found: string[] = [];
    const earlier: RecordBody[] = [];
    for (const record of recordsOf(journal)) {
      const against =
        record.written !== 'none' && isFirstOfJob(record, earlier) ? ruleAgainst(record, pastOf(record, earlier)) : null;
      if (against !== null) found.push(`${record.jobId} in slot ${record.slot.number}: ${against}`);
      earlier.push(record);
    }
    return found;
  },
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

const recordsOf = (journal: CampaignTrace['journal']): readonly RecordBody[] =>
  journal.flatMap((line) => (line.type === 'record' ? [line as RecordBody] : []));

const isAttempt = ({ kind, verdict }: RecordBody): boolean => kind === 'flash' && verdict !== 'ABORTED';

/** The two records of a swap tell of one job, and only of the unit that was identified were the rules asked. */
const isFirstOfJob = ({ jobId }: RecordBody, earlier: readonly RecordBody[]): boolean =>
  !jobId.endsWith('-found') && !earlier.some((other) => other.jobId === `${jobId}-found`);

const keysOf = ({ unit }: RecordBody): readonly string[] =>
  [unit.imeiBefore, unit.imeiAfter, unit.sn, unit.labelSn].filter((key): key is string => key !== null && key !== '');

/** What the unit was known by before its first write. */
const knownBy = ({ unit }: RecordBody): readonly string[] =>
  [unit.imeiBefore, unit.sn, unit.labelSn].filter((key) => key !== null);

function pastOf(record: RecordBody, earlier: readonly RecordBody[]): readonly RecordBody[] {
  const known = knownBy(record);
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

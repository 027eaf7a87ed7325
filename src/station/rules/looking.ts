// A read-only look at a unit: what it tells, held against the profile and against its last record. Knows no machine and writes nothing.
// A unit without a record is judged by revision and identity alone, and its own record says so: QA also gets boards of other stations.
import { describeFailure, type Fact, type Failure, failureOf } from '../../domain/failure.ts';
import type { RecordBody } from '../../domain/record.ts';
import { type Clearance, type ClearanceQuestion, firstAttempt, type JobMarks } from '../../slot/clearance.ts';
import { type Clearing, type ClearingOptions, recordsOf } from './clearing.ts';
import { keysOf, pastOf } from './unit-past.ts';
import { inTwoSlots } from './unit-rules.ts';

const step = 'verifying';

/** Answers the stage `readOnly`. Always resolves: without the history nothing is said of the unit. */
export function createLooking(options: Pick<ClearingOptions, 'clock' | 'history' | 'othersOf'>): Clearing {
  return async (question) => {
    const keys = keysOf(question.unit);
    const others = options.othersOf(question.slot);
    try {
      const records = await recordsOf(options, keys);
      const double = inTwoSlots(keys, others);
      return double === null ? seen(question, records) : { kind: 'refused', reason: double, marks: marksOf(records) };
    } catch (thrown) {
      const detail = describeFailure(failureOf(thrown, step));
      return { kind: 'refused', reason: { code: 'history-unavailable', step, detail }, marks: marksOf([]) };
    }
  };
}

/** `records` of the unit, oldest first. Pure. */
export function seen(question: ClearanceQuestion, records: readonly RecordBody[]): Clearance {
  const last = lastFlashed(records);
  const found = againstProfile(question) ?? (last === null ? null : againstRecord(question, last));
  return { kind: 'seen', found, marks: marksOf(records) };
}

/** Golden units are flashed too. */
const lastFlashed = (records: readonly RecordBody[]): RecordBody | null =>
  records.findLast(({ kind, verdict }) => (kind === 'flash' || kind === 'golden') && verdict !== 'ABORTED') ?? null;

function marksOf(records: readonly RecordBody[]): JobMarks {
  return { ...firstAttempt, kind: 'verify', attempt: pastOf(records).attempts, evidence: evidenceOf(lastFlashed(records)) };
}

function evidenceOf(last: RecordBody | null): Readonly<Record<string, Fact>> {
  if (last === null) return { 'record.found': false };
  const { recordId, verdict, finishedAt, unit } = last;
  return {
    'record.found': true,
    'record.id': recordId,
    'record.verdict': verdict,
    'record.finishedAt': finishedAt,
    'record.revision': unit.revisionAfter ?? 'not read back',
  };
}

function againstProfile({ profile, currentRevision }: ClearanceQuestion): Failure | null {
  const { value, query } = profile.expectedRevision;
  if (currentRevision === null) return { code: 'revision-unreadable', step, expected: value, detail: `asked with ${query}` };
  return currentRevision === value ? null : { code: 'revision-mismatch', step, expected: value, actual: currentRevision };
}

/** The right revision alone proves nothing of a unit whose flashing was never proven, or was not this station's. */
function againstRecord(question: ClearanceQuestion, last: RecordBody): Failure | null {
  const { verdict, recordId, failure } = last;
  const differing = differences(question, last).find(({ recorded, told }) => recorded !== null && recorded !== told);
  if (differing !== undefined) {
    const { what, recorded, told } = differing;
    return {
      code: 'record-differs',
      step,
      expected: recorded ?? '',
      actual: told ?? 'none',
      detail: `${what} of record ${recordId}`,
    };
  }
  if (verdict === 'PASS') return null;
  const actual = failure === null ? verdict : `${verdict}, ${failure.code}`;
  return { code: 'record-not-passed', step, expected: 'PASS', actual, detail: `record ${recordId}` };
}

interface Difference {
  readonly what: string;
  readonly recorded: string | null;
  readonly told: string | null;
}

/** A revision is comparable only where the same profile, and so the same query, has read it back. */
function differences({ unit, profile, currentRevision }: ClearanceQuestion, last: RecordBody): readonly Difference[] {
  const { imeiAfter, imeiBefore, sn, model, revisionAfter } = last.unit;
  const passedHere = last.verdict === 'PASS' && last.profile?.id === profile.id;
  return [
    { what: 'IMEI', recorded: imeiAfter ?? imeiBefore, told: unit.imei },
    { what: 'SN', recorded: unit.sn === null ? null : sn, told: unit.sn },
    { what: 'model', recorded: model, told: unit.model },
    { what: 'revision', recorded: passedHere ? revisionAfter : null, told: currentRevision },
  ];
}

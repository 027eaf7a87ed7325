// Closes a job: its record is durable when this resolves, and it always resolves with one, whatever went wrong on the way.
// Knows no transport.
import { type Failure, failureOf } from '../domain/failure.ts';
import type { RecordBody } from '../domain/record.ts';
import type { Identification } from '../domain/unit.ts';
import type { Verdict } from '../domain/verdict.ts';
import { firstAttempt, type JobMarks, type UnitKeys } from './clearance.ts';
import { type Decision, judgeAfterIntent } from './decisions.ts';
import { blamed, type JobLog, type JobSurroundings } from './job-log.ts';
import type { FlashJobKit, SlotServices } from './slot-services.ts';
import type { SlotContext } from './slot-types.ts';

/** Writes the record of the context's decision; after a swap two of them. Returns the verdict the slot shows. */
export async function closeJob(context: SlotContext, log: JobLog, services: SlotServices): Promise<Verdict> {
  const decision = context.decision ?? undecided();
  const ofFound = context.swappedWith && (await services.recount(marksOfFound(context), keysOf(context.swappedWith)));
  const rework = reworkFor(ofFound ?? context.marks, decision.verdict);
  if (ofFound === null && rework !== null) log.attach(rework);
  const closed = log.close(context, decision, { ...surroundings(context, services), recordId: services.newRecordId() });
  // Before the record line, which holds its digest.
  const body = { ...closed, transcript: (await services.transcript?.close(closed)) ?? null };
  if (ofFound === null) {
    await write(body, services);
    return body.verdict;
  }
  const { found, identified } = swapRecords(body, context, { marks: ofFound, rework, recordId: services.newRecordId() });
  // The unit found first: should the power fail between the lines, the job is still open and the unit found is not lost.
  await Promise.all([services.journal.record(found), services.journal.record(identified)]);
  tell(identified, services);
  // Last, because it is the one that lies in the slot.
  tell(found, services);
  return found.verdict;
}

async function write(body: RecordBody, services: SlotServices): Promise<void> {
  await services.journal.record(body);
  tell(body, services);
}

function tell({ recordId, kind, verdict, failure, laterFailures }: RecordBody, services: SlotServices): void {
  const isForRework = [failure, ...laterFailures].some((each) => each?.code === 'rework-needed');
  services.emit({ type: 'record.written', recordId, kind, verdict, failure, forRework: isForRework });
}

function reworkFor(marks: JobMarks | null, verdict: Verdict): Failure | null {
  if (marks === null || !marks.reworkAfter.includes(verdict)) return null;
  return { code: 'rework-needed', step: 'recording', actual: `attempt ${marks.attempt}` };
}

/** Nobody was asked for it. That another unit was a golden one makes this one none. */
const marksOfFound = ({ settings }: SlotContext): JobMarks => ({ ...firstAttempt, kind: settings.purpose?.kind ?? 'flash' });

const keysOf = ({ imei, sn }: Identification): UnitKeys => ({ imei: imei ?? null, sn: sn ?? null, labelSn: null });

interface FoundFacts {
  readonly marks: JobMarks;
  readonly rework: Failure | null;
  readonly recordId: string;
}

/** The unit identified before was taken out: ABORTED. The one found after is UNKNOWN (DESIGN.md, Verdicts). */
function swapRecords(
  body: RecordBody,
  { identification, swappedWith, marks: marksOfIdentified }: SlotContext,
  { marks, rework, recordId }: FoundFacts,
): { readonly found: RecordBody; readonly identified: RecordBody } {
  const found: RecordBody = {
    ...body,
    recordId,
    jobId: `${body.jobId}-found`,
    kind: marks.kind,
    attempt: marks.attempt,
    retestReason: marks.retestReason,
    laterFailures: rework === null ? body.laterFailures : [...body.laterFailures, blamed(rework)],
    evidence: { ...without(body.evidence, marksOfIdentified?.evidence ?? {}), ...marks.evidence },
    unit: {
      ...body.unit,
      labelSn: null,
      orderingCode: null,
      sn: swappedWith?.sn ?? null,
      imeiBefore: null,
      model: swappedWith?.model ?? null,
      revisionBefore: null,
    },
    identity: { ...body.identity, source: 'none' },
  };
  const identified: RecordBody = {
    ...body,
    verdict: 'ABORTED',
    written: 'none',
    unit: {
      ...body.unit,
      sn: identification?.sn ?? null,
      imeiAfter: null,
      model: identification?.model ?? null,
      revisionAfter: null,
    },
  };
  return { found, identified };
}

/** What the rules said of the unit that is not there any more is no evidence of the other one. */
function without(evidence: RecordBody['evidence'], left: RecordBody['evidence']): RecordBody['evidence'] {
  return Object.fromEntries(Object.entries(evidence).filter(([name]) => !Object.hasOwn(left, name)));
}

export function surroundings(context: SlotContext, services: SlotServices): JobSurroundings {
  const kit = kitOf(context, services);
  return {
    station: services.station,
    work: services.work(),
    loaded: kit?.loaded ?? null,
    firmware: kit?.firmware ?? null,
    localTime: services.localTime,
  };
}

/** A missing kit is a defect that connecting reports: here it must not cost the record. */
function kitOf({ profile }: SlotContext, { kitFor }: SlotServices): FlashJobKit | null {
  try {
    return profile === null ? null : kitFor(profile.id);
  } catch {
    return null;
  }
}

/** A machine that reached its end without a decision is a defect of ours, and the unit is not proven. */
function undecided(): Decision {
  return judgeAfterIntent(failureOf(new Error('the job ended without a decision'), 'recording'), 'maybe');
}

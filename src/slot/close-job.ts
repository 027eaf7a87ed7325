// Closes a job: its record is durable when this resolves, and it always resolves with one, whatever went wrong on the way.
// Knows no transport.
import { type Failure, failureOf } from '../domain/failure.ts';
import type { RecordBody } from '../domain/record.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { JobMarks } from './clearance.ts';
import { type Decision, judgeAfterIntent } from './decisions.ts';
import type { JobLog, JobSurroundings } from './job-log.ts';
import type { FlashJobKit, SlotServices } from './slot-services.ts';
import type { SlotContext } from './slot-types.ts';

/** Writes the record of the context's decision; after a swap two of them. Returns the verdict the slot shows. */
export async function closeJob(context: SlotContext, log: JobLog, services: SlotServices): Promise<Verdict> {
  const decision = context.decision ?? undecided();
  if (context.marks?.reworkAfter.includes(decision.verdict)) log.attach(forRework(context.marks));
  const closed = log.close(context, decision, { ...surroundings(context, services), recordId: services.newRecordId() });
  // Before the record line, which holds its digest.
  const body = { ...closed, transcript: (await services.transcript?.close(closed)) ?? null };
  if (context.swappedWith === null) {
    await write(body, services);
    return body.verdict;
  }
  const { found, identified } = swapRecords(body, context, services.newRecordId());
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

const forRework = ({ attempt }: JobMarks): Failure => ({
  code: 'rework-needed',
  step: 'recording',
  actual: `attempt ${attempt}`,
});

/** The unit identified before was taken out: ABORTED. The one found after is UNKNOWN (DESIGN.md, Verdicts). */
function swapRecords(
  body: RecordBody,
  { identification, swappedWith }: SlotContext,
  foundRecordId: string,
): { readonly found: RecordBody; readonly identified: RecordBody } {
  const found: RecordBody = {
    ...body,
    recordId: foundRecordId,
    jobId: `${body.jobId}-found`,
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

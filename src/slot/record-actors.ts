// What of a job is made durable: its intent before the first write, its record at the end, the release of a lock. Knows no board and no
// session.
import { type Failure, fault } from '../domain/failure.ts';
import type { Verdict } from '../domain/verdict.ts';
import { closeJob, surroundings } from './close-job.ts';
import { profileOf } from './profile-at-work.ts';
import type { SlotServices } from './slot-services.ts';
import type { JobInput, RecordOutput, SlotContext } from './slot-types.ts';
import type { Work, WorkInHand } from './work-in-hand.ts';

export interface RecordActors {
  intent(input: JobInput, signal: AbortSignal): Promise<void>;
  record(input: JobInput, signal: AbortSignal): Promise<RecordOutput>;
  release(input: JobInput, signal: AbortSignal): Promise<void>;
}

export interface JobClosing {
  readonly actors: RecordActors;
  /** Writes the job's record once, whoever asks for it. */
  close(job: Work, context: SlotContext): Promise<Verdict>;
}

export function createJobClosing(services: SlotServices, { workFor, giveBack }: WorkInHand): JobClosing {
  const { journal } = services;

  const close = (job: Work, context: SlotContext): Promise<Verdict> => {
    job.closing ??= closeJob(context, job.log, services);
    return job.closing;
  };

  /** A board that was found in download mode may have told by now which unit it is: then its attempt can be counted. */
  const counted = async (job: Work, context: SlotContext): Promise<SlotContext> => {
    const { marks, decision, swappedWith } = context;
    if (marks === null || marks.kind !== 'flash' || marks.isIdentified || decision?.verdict === 'ABORTED') return context;
    // Two units, and the one found is counted for itself.
    if (swappedWith !== null) return context;
    const { imeiBefore, imeiAfter, sn, labelSn } = job.log.facts(context, surroundings(context, services)).unit;
    return { ...context, marks: await services.recount(marks, { imei: imeiAfter ?? imeiBefore, sn, labelSn }) };
  };

  const actors: RecordActors = {
    async intent({ context, ...input }) {
      const { log } = await workFor({ context, ...input });
      const { plan } = services.kitFor(profileOf(context).id);
      await journal.intent(log.facts(context, surroundings(context, services)), plan.firstWrite);
    },

    async record(input) {
      const job = await workFor(input);
      job.stop.abort(fault('operator-cancelled', 'recording', { detail: 'the job is over' }));
      const released = await giveBack(job);
      const context = await counted(job, input.context);
      if (released) return { verdict: await close(job, context), released };
      const stuck: Failure = { code: 'close-timed-out', step: 'recording' };
      job.log.attach(stuck);
      const verdict = await close(job, context);
      services.emit({ type: 'defect.found', failure: stuck });
      return { verdict, released };
    },

    release: () => services.releaseLock(),
  };

  return { actors, close };
}

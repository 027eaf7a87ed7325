// The job that a slot works at: its log, its session, its permit; begun durably, given back when its transport has really closed.
// Knows no protocol and no verdict.
import type { Transport } from '../bench/transport.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { FlashSession } from '../flashers/flasher.ts';
import { surroundings } from './close-job.ts';
import { type JobLog, startJobLog } from './job-log.ts';
import type { Lease } from './lease.ts';
import type { Permit, SlotServices } from './slot-services.ts';
import type { JobInput } from './slot-types.ts';

export interface Work {
  readonly jobId: string;
  readonly log: JobLog;
  /** Settles when its `job.opened` is durable. */
  readonly opened: Promise<unknown>;
  /** Stops the session of this job for good; a board that comes back before its ROM was heard gets a session of its own. */
  stop: AbortController;
  transport: Transport | null;
  session: FlashSession | null;
  permit: Permit | null;
  /** Once begun, the one closing of this job, whoever asks for it. */
  closing: Promise<Verdict> | null;
  progressed: (step: string) => void;
}

export interface WorkInHand {
  /** The job's own things; a new job begins with its durable `job.opened`, before the first byte to a device. */
  workFor(input: JobInput): Promise<Work>;
  /** Of the last job that was begun. */
  current(): Work | null;
  /** Closes the transport and gives the permit back; a transport that closes late keeps the permit until then. */
  giveBack(job: Work | null): Promise<boolean>;
}

export function createWorkInHand(services: SlotServices, lease: Lease): WorkInHand {
  const { clock, journal } = services;
  let work: Work | null = null;

  const workFor = async (input: JobInput): Promise<Work> => {
    if (work?.jobId === input.jobId) return work;
    services.transcript?.begin(input.context);
    const log = startJobLog(input.jobId, clock);
    services.emit({ type: 'job.opened', jobId: input.jobId, insertion: input.context.insertion });
    const begun: Work = {
      jobId: input.jobId,
      log,
      opened: journal.opened(log.facts(input.context, surroundings(input.context, services))),
      stop: new AbortController(),
      transport: null,
      session: null,
      permit: null,
      closing: null,
      progressed: () => undefined,
    };
    work = begun;
    await begun.opened;
    return begun;
  };

  const giveBack = async (job: Work | null): Promise<boolean> => {
    const released = await lease.release();
    if (released) job?.permit?.release();
    else void lease.freed().then(() => job?.permit?.release());
    return released;
  };

  return { workFor, current: () => work, giveBack };
}

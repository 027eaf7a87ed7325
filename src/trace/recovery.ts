// What a journal's lines leave open: jobs without a record, slots that stay locked; and the records that close such jobs after
// the process died. Pure. Knows no file; any file and the ones after it are enough, since each file carries open work over.
import { failureCodes } from '../domain/failure.ts';
import type { RecordBody, StationIdentity } from '../domain/record.ts';
import type { JobFacts, JournalLine, LineBody, LockedSlot } from './line.ts';

export interface OpenJob {
  readonly job: JobFacts;
  /** The step that the durable intent announced; null while no intent was written. */
  readonly firstWrite: string | null;
}

/** Grows line by line with `follow`. */
export interface OpenWork {
  readonly jobs: Map<string, OpenJob>;
  /** By record id. */
  readonly locks: Map<string, LockedSlot>;
}

export const noOpenWork = (): OpenWork => ({ jobs: new Map(), locks: new Map() });

export function follow(work: OpenWork, line: LineBody): void {
  switch (line.type) {
    case 'job.opened':
      work.jobs.set(line.job.jobId, { job: line.job, firstWrite: null });
      break;
    case 'job.intent':
    case 'job.carried':
      work.jobs.set(line.job.jobId, { job: line.job, firstWrite: line.firstWrite });
      break;
    case 'record':
      work.jobs.delete(line.jobId);
      if (locksItsSlot(line)) work.locks.set(line.recordId, lockOf(line));
      break;
    case 'slot.locked':
      work.locks.set(line.recordId, line);
      break;
    case 'slot.released':
      work.locks.delete(line.recordId);
      break;
    case 'file.opened':
    case 'override':
    case 'session.changed':
      break;
  }
}

export function openWork(lines: Iterable<JournalLine>): OpenWork {
  const work = noOpenWork();
  for (const line of lines) follow(work, line);
  return work;
}

/** Slots with an UNKNOWN from recovery that nobody has released yet, oldest first, over any number of restarts. */
export function lockedSlots(lines: Iterable<JournalLine>): readonly LockedSlot[] {
  return [...openWork(lines).locks.values()];
}

/** What a new file must repeat so that it stands without the older ones. */
export function carriedLines(work: OpenWork): readonly LineBody[] {
  const jobs = [...work.jobs.values()].map(({ job, firstWrite }): LineBody => ({ type: 'job.carried', job, firstWrite }));
  const locks = [...work.locks.values()].map(
    ({ slot, usbPath, recordId, unit, step }): LineBody => ({
      type: 'slot.locked',
      slot,
      usbPath,
      recordId,
      unit,
      ...(step === undefined ? {} : { step }),
    }),
  );
  return [...jobs, ...locks];
}

export interface RecoveryStation {
  /** Who writes the records: the station as it runs now. */
  readonly identity: StationIdentity;
  readonly newId: () => string;
  /** UTC with local offset. */
  readonly at: string;
}

/**
 * One record per open job. Only opened: ABORTED, nothing written. With an intent: UNKNOWN, flash may have been written, and the
 * slot is locked. Both `process-killed`. `durationMs` is 0: no monotonic clock spans two processes.
 */
export function recover(work: OpenWork, station: RecoveryStation): readonly RecordBody[] {
  return [...work.jobs.values()].map((open) => recoveryRecord(open, station));
}

function recoveryRecord({ job, firstWrite }: OpenJob, station: RecoveryStation): RecordBody {
  const mayBeWritten = firstWrite !== null;
  return {
    schema: 1,
    recordId: station.newId(),
    station: station.identity,
    ...job,
    steps: [],
    written: mayBeWritten ? 'maybe' : 'none',
    verdict: mayBeWritten ? 'UNKNOWN' : 'ABORTED',
    failure: {
      code: 'process-killed',
      step: firstWrite ?? 'before-first-write',
      blame: failureCodes['process-killed'].blame,
    },
    laterFailures: [],
    evidence: { recovered: true },
    restart: null,
    powerCycles: 0,
    finishedAt: station.at,
    durationMs: 0,
    transcript: null,
  };
}

function locksItsSlot(record: RecordBody): boolean {
  return record.verdict === 'UNKNOWN' && record.failure?.code === 'process-killed';
}

function lockOf(record: RecordBody): LockedSlot {
  const { imeiBefore, sn, labelSn } = record.unit;
  return {
    slot: record.slot.number,
    usbPath: record.slot.usbPath,
    recordId: record.recordId,
    unit: imeiBefore ?? sn ?? labelSn,
    ...(record.failure === null ? {} : { step: record.failure.step }),
  };
}

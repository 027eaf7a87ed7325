// The journal: the durable, chained account of every job. A promise it gives resolves only when its line is on stable storage.
// Knows neither slots nor views; one process owns it at a time.
import { join } from 'node:path';
import type { Clock } from '../bench/clock.ts';
import type { Disk, DiskLock } from '../bench/disk.ts';
import { type Failure, Fault, fault } from '../domain/failure.ts';
import type { RecordBody, StationIdentity } from '../domain/record.ts';
import { hasCode } from './errno.ts';
import { failureOfDisk, type JournalEvent, JournalWriter } from './journal-writer.ts';
import type {
  JobFacts,
  LockedSlot,
  Override,
  SessionChange,
  SlotRelease,
  WrittenOverride,
  WrittenRecord,
  WrittenSession,
} from './line.ts';
import type { ChainHead } from './load.ts';
import { localTime, type UtcOffset } from './local-time.ts';
import { recover } from './recovery.ts';

export type { JournalEvent } from './journal-writer.ts';

export interface JournalOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** e.g. `logs/journal`; made if absent. */
  readonly folder: string;
  readonly station: StationIdentity;
  /** ULIDs for the records that recovery writes. */
  readonly newId: () => string;
  readonly utcOffset: UtcOffset;
  readonly onEvent?: (event: JournalEvent) => void;
}

/** `faulted`: the disk refuses; no new job may start. What was handed over waits and is written when it works again. */
export type JournalHealth = { readonly state: 'recording' } | { readonly state: 'faulted'; readonly failure: Failure };

/**
 * While the disk is faulted no promise of these settles: the job stays "in recording". They reject `record-not-writable` only
 * when the journal is closed before the disk works again.
 */
export interface Journal {
  /** Before the first byte to a device. */
  opened(job: JobFacts): Promise<void>;
  /** Before `firstWrite`, the plan step that may change flash. `job` holds all that is known by then. */
  intent(job: JobFacts, firstWrite: string): Promise<void>;
  /** Closes the job. */
  record(body: RecordBody): Promise<WrittenRecord>;
  /** An operator (or the batch policy) releases a slot that recovery locked. */
  released(release: SlotRelease): Promise<void>;
  /** Somebody lifts what a rule decided: durable before it takes effect. */
  overridden(override: Override): Promise<WrittenOverride>;
  /** A badge, an order, a lot or a job was scanned: durable before it takes effect. */
  sessionChanged(change: SessionChange): Promise<WrittenSession>;
  /** Slots that recovery locked, in this start or an earlier one, and nobody has released. */
  lockedSlots(): readonly LockedSlot[];
  /** The records that this start wrote for jobs which a dead process had left open. */
  readonly recovered: readonly WrittenRecord[];
  head(): ChainHead & { readonly file: string | null };
  health(): JournalHealth;
  /** Idempotent. Lets the journal's lock go. */
  close(): Promise<void>;
}

/**
 * Takes the journal for this process, cuts off a torn tail, and closes the jobs that a dead process left open with real records.
 * Rejects `journal-in-use` while another process has it, `journal-damaged` when a durable line is not as it was written,
 * `record-not-writable` when the disk refuses.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const lock = await takeLock(options);
  try {
    return await openLocked(options, lock);
  } catch (error) {
    await lock.release().catch(() => undefined);
    throw error instanceof Fault ? error : new Fault(failureOfDisk(error), { cause: error });
  }
}

async function takeLock({ disk, folder }: JournalOptions): Promise<DiskLock> {
  try {
    await disk.makeFolder(folder);
    return await disk.lock(join(folder, 'journal.lock'));
  } catch (error) {
    if (hasCode(error, 'EBUSY'))
      throw fault('journal-in-use', 'open-journal', { detail: failureOfDisk(error).detail ?? '' }, error);
    throw new Fault(failureOfDisk(error), { cause: error });
  }
}

async function openLocked(options: JournalOptions, lock: DiskLock): Promise<Journal> {
  const { disk, clock, folder, station, newId, utcOffset } = options;
  const writer = new JournalWriter({ disk, clock, folder, stationId: station.id, utcOffset, tell: quietly(options.onEvent) });
  await writer.start();
  const recovery = recover(writer.work, { identity: station, newId, at: localTime(clock.wallMs(), utcOffset) });
  const recovered = await Promise.all(recovery.map((body) => writer.append({ type: 'record', ...body })));
  writer.keepTrying();
  let closed: Promise<void> | null = null;

  return {
    async opened(job) {
      await writer.append({ type: 'job.opened', job });
    },
    async intent(job, firstWrite) {
      await writer.append({ type: 'job.intent', job, firstWrite });
    },
    record: (body) => writer.append({ type: 'record', ...body }),
    async released(release) {
      await writer.append({ type: 'slot.released', ...release });
    },
    overridden: (override) => writer.append({ type: 'override', ...override }),
    sessionChanged: (change) => writer.append({ type: 'session.changed', ...change }),
    lockedSlots: () => [...writer.work.locks.values()],
    recovered,
    head: () => ({ ...writer.head, file: writer.file }),
    health: () => (writer.failure === null ? { state: 'recording' } : { state: 'faulted', failure: writer.failure }),
    close() {
      closed ??= writer.end().then(() => lock.release());
      return closed;
    },
  };
}

/** A listener's defect must not cost a record. */
function quietly(listener: (event: JournalEvent) => void = () => undefined): (event: JournalEvent) => void {
  return (event) => {
    try {
      listener(event);
    } catch {
      // The listener's own affair.
    }
  };
}

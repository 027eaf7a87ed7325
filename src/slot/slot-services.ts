// What a slot needs from its surroundings, as one value: given by the station, replaced in tests. Knows no implementation.
import type { Clock } from '../bench/clock.ts';
import type { Device, DeviceSource } from '../bench/device-source.ts';
import type { Pacer } from '../bench/pacer.ts';
import type { PowerSwitch } from '../bench/power-switch.ts';
import type { Plan } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import type { RecordBody, StationIdentity } from '../domain/record.ts';
import type { SlotEvent } from '../domain/slot.ts';
import type { FirmwarePackage } from '../firmware/package.ts';
import type { Flasher } from '../flashers/flasher.ts';
import type { Journal } from '../trace/journal.ts';
import type { Clearance, ClearanceQuestion, JobMarks, UnitKeys } from './clearance.ts';
import type { WorkSession } from './job-log.ts';
import type { SlotContext } from './slot-types.ts';

/** A profile with the package it pins, read and planned once for all slots. */
export interface FlashJobKit {
  readonly loaded: LoadedProfile;
  readonly firmware: FirmwarePackage;
  readonly plan: Plan;
}

export interface Permit {
  release(): void;
}

/** Of the slot's job that is open. */
export interface JobTranscript {
  begin(context: SlotContext): void;
  /** Kept unless the job passed; null when it was not, or could not be. Never rejects, never takes long. */
  close(body: RecordBody): Promise<RecordBody['transcript']>;
}

/** The part of the journal a slot writes. */
export type SlotJournal = Pick<Journal, 'opened' | 'intent' | 'record'>;

export interface SlotServices {
  readonly clock: Clock;
  readonly source: DeviceSource;
  readonly pacer: Pacer;
  readonly powerSwitch: PowerSwitch;
  readonly journal: SlotJournal;
  /** Takes away, durably, the lock that recovery laid on this slot. */
  readonly releaseLock: () => Promise<void>;
  readonly flasherFor: (platform: Platform) => Flasher;
  readonly kitFor: (profileId: string) => FlashJobKit;
  /** Waits until so long has passed since another board was asked over AT to enter its download mode. */
  readonly takeEntryTurn: (signal: AbortSignal) => Promise<void>;
  /** What the station's rules say of a unit before anything is written to it. Always resolves. */
  readonly clear: (question: ClearanceQuestion) => Promise<Clearance>;
  /** The marks of a job whose board told only after its clearance who it is. Always resolves. */
  readonly recount: (marks: JobMarks, unit: UnitKeys) => Promise<JobMarks>;
  /** Waits for the narrowest limit first. An abort gives the place in the queue back. */
  readonly acquirePermit: (signal: AbortSignal) => Promise<Permit>;
  readonly keepEvidence: (jobId: string, name: string, bytes: Uint8Array) => Promise<void>;
  /** Keeps a job's transcript; resolves with the name that its record gives it. Absent: no transcript is made. */
  readonly keepTranscript?: (name: string, bytes: Uint8Array) => Promise<string>;
  /** Set by the slot itself where transcripts are kept. */
  readonly transcript?: JobTranscript;
  readonly work: () => WorkSession;
  readonly station: StationIdentity;
  readonly newRecordId: () => string;
  readonly localTime: (wallMs: number) => string;
  readonly emit: (event: SlotEvent) => void;
  /** The device at the slot's path now; the machine keeps only a reference to it. */
  readonly deviceNow: () => Device | null;
  readonly baudRate: number;
}

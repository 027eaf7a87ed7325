// The slot machine's vocabulary: its settings, context, events, and what each of its actors is given and yields. Knows only domain.
import type { Failure } from '../domain/failure.ts';
import type { DeviceMode } from '../domain/platform.ts';
import type { EntryMethod, Profile, UsbId } from '../domain/profile.ts';
import type { OperatorCommand } from '../domain/slot.ts';
import type { Identification } from '../domain/unit.ts';
import type { UnidentifiedPolicy, Verdict } from '../domain/verdict.ts';
import type { Clearance, JobMarks } from './clearance.ts';
import type { Decision, Label, ProfileMap, Purpose } from './decisions.ts';
import type { RetryOf } from './retries.ts';

export interface SlotSettings {
  readonly number: number;
  readonly usbPath: string;
  /** The mode a board at a fixed serial path starts in; null for a slot at a USB path. */
  readonly fixedStart: DeviceMode | null;
  readonly unidentified: UnidentifiedPolicy;
  readonly removalMs: number;
  readonly powerSwitch: 'command' | 'prompt';
  readonly profiles: ProfileMap;
  /** Default: flash. */
  readonly purpose?: Purpose;
  /** How often the slot tries again by itself in one insertion, after a retryable code. Default: never. */
  readonly automaticRetries?: number;
  /** Makes job ids unique across runs of the station. */
  readonly runId: string;
}

/** A device as the machine sees it. `mode: null` is none of the slot's profiles. */
export interface DeviceRef {
  readonly id: string;
  readonly mode: DeviceMode | null;
  /** Absent at a fixed serial path, where there are none to read. */
  readonly ids?: UsbId;
  /** Since its enumeration, when the event was sent; null when it cannot be known. */
  readonly ageMs: number | null;
}

export interface SlotContext {
  readonly settings: SlotSettings;
  readonly intakeOpen: boolean;
  /** By the station's rules: no new insertion is taken. */
  readonly quarantined: boolean;
  readonly device: DeviceRef | null;
  readonly insertion: number;
  readonly jobsOpened: number;
  /** The unit of the slot's last PASS. On a fixed serial path a mute module looks like a removed one: it is known again by this. */
  readonly passedImei: string | null;
  /** Jobs that this slot has begun by itself in this insertion, after the first one. */
  readonly retries: number;
  /** Set while such a job runs. */
  readonly retryOf: RetryOf | null;
  readonly jobId: string | null;
  readonly identification: Identification | null;
  readonly label: Label;
  readonly profile: Profile | null;
  readonly imeiFromSession: string | null;
  readonly entryMethod: EntryMethod | 'found' | 'fixed' | null;
  /** Only our own reset or power switch made the device vanish so far. */
  readonly continuous: boolean;
  /** The device that was programmed: any other one at the path has enumerated since. */
  readonly programmedDeviceId: string | null;
  /** The device that the verdict is of: what enumerates after it may be another board. */
  readonly judgedDeviceId: string | null;
  readonly powerCycles: number;
  readonly bootLoops: number;
  /** How often what an operator did about the strap led back to the same prompt. */
  readonly strapTries: number;
  /** How often it left download mode before its ROM was heard. */
  readonly romLoops: number;
  /** The job came as far as its ROM: from there our own exit, or the ROM itself, may restart the board. */
  readonly reachedRom: boolean;
  /** A verdict stands, and the board may be on its way back from a restart that nobody's hand made. */
  readonly mayReturn: boolean;
  /** What the rules said of the unit; null until they were asked, or while their question is open. */
  readonly marks: JobMarks | null;
  /** The rules' question that only an operator can answer. */
  readonly asked: Extract<Clearance, { kind: 'ask' }> | null;
  readonly decision: Decision | null;
  /** Found after a swap: closes the second record. */
  readonly swappedWith: Identification | null;
}

export type MachineEvent =
  | { readonly type: 'device.attached'; readonly device: DeviceRef }
  | { readonly type: 'device.detached'; readonly deviceId: string }
  | { readonly type: 'handshake.completed'; readonly jobId: string }
  | { readonly type: 'intake.opened' }
  | { readonly type: 'intake.closed' }
  | { readonly type: 'quarantine.imposed' }
  | { readonly type: 'quarantine.lifted' }
  | OperatorCommand;

/** Every actor is given the job it works for; what it finds for another job is dropped. */
export interface JobInput {
  readonly jobId: string;
  readonly context: SlotContext;
}

/** The IMEI from before, as far as the download protocol could read it by now. */
export interface SessionOutput {
  readonly imei: string | null;
}

export type EnterOutput = 'accepted' | 'vanished' | Failure;

export interface VerifyOutput {
  /** Null: mute for the whole boot time. */
  readonly after: Identification | null;
  readonly revision: string | null;
}

export interface RecordOutput {
  readonly verdict: Verdict;
  /** False: the serial path could not be released; the slot must not be used again until restart. */
  readonly released: boolean;
}

// The read model: everything a view may draw, as one serialisable value, folded from the slots' facts. Knows no view, no clock
// of its own (times come with each fact) and no actor.
import type { Failure, FailureCode } from '../domain/failure.ts';
import type { FindingEvent, ReleaseTarget } from '../domain/finding.ts';
import type { SessionScan } from '../domain/scan.ts';
import type { SessionEvent, SessionView } from '../domain/session.ts';
import type { OperatorCommand, SlotEvent, SlotPrompt, SlotState } from '../domain/slot.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { OversightView } from './rules/oversight.ts';
import type { TaktView } from './takt.ts';

export interface SlotView {
  readonly number: number;
  readonly usbPath: string;
  readonly state: SlotState;
  readonly prompt: SlotPrompt | null;
  /** When the slot gives the prompt up; null while it waits for as long as it takes. */
  readonly promptEndsAtMs: number | null;
  readonly jobId: string | null;
  readonly insertion: number;
  readonly model: string | null;
  readonly imei: string | null;
  readonly sn: string | null;
  readonly revision: string | null;
  readonly profileId: string | null;
  /** Clock times (monotonic milliseconds). */
  readonly jobStartedAtMs: number | null;
  readonly jobFinishedAtMs: number | null;
  /** Open while `marginMs` is null: the countdown ends at `endsAtMs`. */
  readonly window: { readonly endsAtMs: number; readonly windowMs: number; readonly marginMs: number | null } | null;
  readonly step: string | null;
  /** Over all loads and writes of the plan. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Over the last seconds; 0 while nothing moves. */
  readonly bytesPerSecond: number;
  /** From the durable intent until the last write is acknowledged or given up: DO NOT UNPLUG. */
  readonly beingWritten: boolean;
  readonly verdict: Verdict | null;
  readonly failure: Failure | null;
  /** The unit of the verdict is not to be tried again. */
  readonly forRework: boolean;
  readonly recordId: string | null;
  /** Of this board in this run, wherever it was put, where trying on may help. */
  readonly failuresInARow: number;
}

export interface EventLine {
  readonly wallMs: number;
  /** Null for the station's own. */
  readonly slot: number | null;
  readonly event: SlotEvent | StationEvent;
}

export type StationEvent =
  | { readonly type: 'station.started'; readonly slots: number }
  | { readonly type: 'station.ended'; readonly exitCode: number }
  | { readonly type: 'drain.started'; readonly writing: readonly number[] }
  /** Somebody asked again to stop while slots are being written: refused, with the slots named. */
  | { readonly type: 'stop.refused'; readonly writing: readonly number[] }
  | { readonly type: 'device.skipped'; readonly usbPath: string; readonly ids: string }
  | { readonly type: 'device.unusable'; readonly usbPath: string; readonly reason: string; readonly cure: string }
  | {
      readonly type: 'job.recovered';
      readonly jobId: string;
      readonly verdict: Verdict;
      /** The board to check first: where it lies, what it is known by (IMEI, SN or label), the step that was to follow. */
      readonly board?: { readonly slot: number; readonly unit: string | null; readonly step: string };
    }
  | { readonly type: 'fault.found'; readonly failure: Failure }
  /** The last fault that stood is over. */
  | { readonly type: 'fault.cleared' }
  | SessionEvent
  /** A command of the station file's hooks; no slot waits for it. */
  | { readonly type: 'hook.failed'; readonly command: string; readonly reason: string }
  | FindingEvent
  /** An outbox went away, became late, or delivers again. */
  | { readonly type: 'outbox.changed'; readonly outbox: OutboxView }
  /** Bytes after the journal's last good line were cut off; they are kept in `copiedTo`. */
  | { readonly type: 'tail.cutOff'; readonly file: string; readonly copiedTo: string; readonly bytes: number };

/** How one destination of the records stands. */
export interface OutboxView {
  readonly name: string;
  /** How long the oldest record has waited; 0 when none does. */
  readonly ageMs: number;
  /** What is in the way, in the server's or the computer's own words; null while nothing is. */
  readonly trouble: string | null;
  /** What the station file asks for by now. `block`: no new job starts. */
  readonly demand: 'none' | 'warn' | 'block';
}

export interface StationView {
  readonly station: { readonly id: string; readonly line: string; readonly bench: 'hardware' | 'simulator' };
  readonly session: SessionView;
  /** `reflash`: boards are looked at, and those with another revision flashed. */
  readonly purpose: 'flash' | 'verify' | 'reflash' | 'nvRestore';
  readonly phase: 'running' | 'draining' | 'faulted' | 'ended';
  readonly nowMs: number;
  readonly startedAtMs: number;
  /** Records of this run by verdict, without those of golden units; ABORTED is not an attempt and not in the yield. */
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Records of this run and this local day by failure code. */
  readonly failuresToday: Readonly<Partial<Record<FailureCode, number>>>;
  readonly takt: TaktView;
  readonly fault: Failure | null;
  /** What the station concluded from many jobs. */
  readonly oversight: OversightView;
  /** In the order of the station file. */
  readonly outboxes: readonly OutboxView[];
  readonly slots: readonly SlotView[];
  /** The last ones, oldest first, bounded. */
  readonly events: readonly EventLine[];
}

/** Share of PASS among attempts, 0 to 1; null before the first attempt. */
export function yieldOf(counts: StationView['counts']): number | null {
  const attempts = counts.PASS + counts.FAIL + counts.UNKNOWN;
  return attempts === 0 ? null : counts.PASS / attempts;
}

export type StationCommand = { readonly type: 'operator.scan'; readonly scan: SessionScan };

/** What a view may ask of the station. Commands to a slot are `OperatorCommand`s. */
export interface StationCommands {
  /** Answered by a `scan.taken` or `scan.refused` event. */
  toStation(command: StationCommand): void;
  toSlot(slot: number, command: OperatorCommand): void;
  /** Lifts what a rule decided; told by `release.granted` or `release.refused`. `code` is a supervisor's, null where none was given. */
  release(target: ReleaseTarget, code: string | null): void;
  /** Ends when nothing is being written; while something is, refused with a `stop.refused` event, and the drain begins. */
  requestStop(): void;
}

/** What a view is given: the read model as it is now, each fact as it comes, and the commands. */
export interface StationConsole {
  view(): StationView;
  /** One row of `view().slots`, for who needs no more: a view of 64 slots costs 64 times as much. */
  slotView(number: number): SlotView | undefined;
  /** Calls `listener` for each event; returns how to stop that. */
  subscribe(listener: (line: EventLine) => void): () => void;
  readonly commands: StationCommands;
}

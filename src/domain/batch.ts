// A batch that ran without anybody at the rack: how it stands, how it ended, and what it leaves for a person. Knows no words and no clock.
import type { Failure, FailureCode } from './failure.ts';
import type { GoldenState, Stop } from './finding.ts';
import type { PromptKind } from './slot.ts';
import type { Verdict } from './verdict.ts';

/** Why it ended. `asked`: by a signal. `fault`: the bench was lost. */
export type BatchEnd = 'quantity' | 'endTime' | 'stopped' | 'idle' | 'asked' | 'fault';

/** One thing that a person must do. */
export type Chore =
  /** The last record of a unit is not a PASS. `prompt`: its job needed a hand, and was ended for that. */
  | {
      readonly kind: 'board';
      readonly slot: number;
      /** IMEI, SN or label; null where it told none. */
      readonly unit: string | null;
      readonly model: string | null;
      readonly verdict: Verdict;
      readonly code: FailureCode | null;
      readonly forRework: boolean;
      readonly prompt: PromptKind | null;
      readonly recordId: string;
    }
  /** Boards of one hub left in mid-job at once, or failed with one code: nobody's hand was there. */
  | { readonly kind: 'hub'; readonly usbPath: string; readonly slots: readonly number[]; readonly code: FailureCode }
  | { readonly kind: 'package'; readonly name: string; readonly slots: readonly number[]; readonly code: FailureCode }
  /** One code in slots that have nothing in common but the station. */
  | { readonly kind: 'station'; readonly slots: readonly number[]; readonly code: FailureCode }
  /** Nothing runs there until somebody has looked. */
  | {
      readonly kind: 'slot';
      readonly slot: number;
      readonly state: 'locked' | 'quarantined' | 'outOfService';
      readonly unit: string | null;
    }
  | {
      readonly kind: 'unusable';
      readonly slot: number | null;
      readonly usbPath: string;
      readonly reason: string;
      readonly cure: string;
    }
  /** Its power switch does not work. */
  | { readonly kind: 'power'; readonly slot: number; readonly failure: Failure }
  | { readonly kind: 'stop'; readonly stop: Stop }
  | { readonly kind: 'golden'; readonly state: Exclude<GoldenState, 'off' | 'passed'> }
  | { readonly kind: 'outbox'; readonly name: string; readonly trouble: string | null }
  | { readonly kind: 'fault'; readonly failure: Failure }
  /** Fewer boards passed than were asked for. */
  | { readonly kind: 'short'; readonly missing: number };

/** The report by exception: a board that passed is only counted. */
export interface BatchReport {
  readonly batch: string;
  readonly station: string;
  readonly workOrder: string | null;
  readonly startedWallMs: number;
  readonly endedWallMs: number;
  readonly end: BatchEnd;
  readonly quantity: number | null;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Turned away because the quantity was reached: nothing is wrong with them. */
  readonly notNeeded: number;
  /** Slots whose lock of recovery the job file's policy released. */
  readonly released: readonly number[];
  readonly chores: readonly Chore[];
  readonly exitCode: number;
}

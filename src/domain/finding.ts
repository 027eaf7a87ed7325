// What a station concludes from many jobs, and how it tells: a slot, a board, a hub or a package to blame, production stopped, the golden
// unit, the margins. Knows the words of it, no rule.
import type { FailureCode } from './failure.ts';

/** Boards failed in it one after the other, none passing in between. */
export interface SlotQuarantine {
  readonly slot: number;
  readonly usbPath: string;
  /** How many different boards. */
  readonly boards: number;
  /** Of the last one. */
  readonly code: FailureCode;
}

/** It failed in several slots and passed in none since. */
export interface RejectedBoard {
  /** IMEI, else SN, else label. */
  readonly unit: string;
  readonly slots: readonly number[];
  readonly code: FailureCode;
}

/** Where one failure code in many slots points. */
export type Suspect =
  | { readonly kind: 'hub'; readonly usbPath: string }
  | { readonly kind: 'package'; readonly name: string; readonly sha256: string }
  | { readonly kind: 'station' };

export interface Pattern {
  readonly code: FailureCode;
  readonly slots: readonly number[];
  readonly suspect: Suspect;
}

/** Why production stopped by itself. */
export type Stop =
  | { readonly rule: 'failuresInRow'; readonly failures: number; readonly lastCode: FailureCode; readonly at: string }
  | {
      readonly rule: 'firstPassYield';
      readonly passed: number;
      readonly attempts: number;
      readonly belowPercent: number;
      readonly at: string;
    };

/** `off`: the station file asks for none. Anything but `off` and `passed` locks production. */
export type GoldenState = 'off' | 'needed' | 'failed' | 'passed';

export interface MarginGroup {
  readonly by: 'model' | 'slot' | 'hub';
  /** The model, the slot's number, or the hub's USB path. */
  readonly name: string;
}

export interface Margins extends MarginGroup {
  readonly entries: number;
  /** Null after an entry that missed its window. */
  readonly lastMs: number | null;
  /** 95 % of the entries had at least this left of their window; the other 5 % less. A missed window counts as nothing left. */
  readonly p95Ms: number;
  readonly windowMs: number;
  /** Warned of, and not recovered. */
  readonly isLow: boolean;
}

/** What may be released, beside a slot that recovery locked. */
export type ReleaseTarget =
  | { readonly kind: 'stop' }
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'board'; readonly unit: string }
  /** The greater quantity that was scanned for a work order. */
  | { readonly kind: 'order' };

export type ReleaseRefusal =
  | { readonly reason: 'codeNeeded' }
  | { readonly reason: 'codeWrong'; readonly waitMs: number; readonly wrongCodes: number }
  | { readonly reason: 'tooSoon'; readonly waitMs: number }
  | { readonly reason: 'nothingToRelease' }
  | { readonly reason: 'notRecorded' };

export type FindingEvent =
  | ({ readonly type: 'slot.quarantined' } & SlotQuarantine)
  | ({ readonly type: 'board.rejected' } & RejectedBoard)
  | { readonly type: 'pattern.found'; readonly pattern: Pattern }
  | { readonly type: 'production.stopped'; readonly stop: Stop }
  | { readonly type: 'golden.changed'; readonly state: GoldenState }
  | { readonly type: 'margin.shrinking'; readonly margins: Margins }
  | { readonly type: 'margin.recovered'; readonly margins: Margins }
  | {
      readonly type: 'release.granted';
      readonly target: ReleaseTarget;
      readonly by: string | null;
      readonly authority: 'supervisor' | 'operator';
    }
  | { readonly type: 'release.refused'; readonly target: ReleaseTarget; readonly refusal: ReleaseRefusal };

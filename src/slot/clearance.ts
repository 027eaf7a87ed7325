// May this unit be entered, and as what: the slot's question before anything is written, and the station's answer. Knows no rule.
import type { Fact, Failure, FailureCode } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import type { RecordKind, Verdict } from '../domain/verdict.ts';

/** What a unit is known by so far: over AT, by the download protocol, from its label. */
export interface UnitClaim {
  readonly imei: string | null;
  readonly sn: string | null;
  readonly labelSn: string | null;
  readonly model: string | null;
  readonly revision: string | null;
}

/** The part of it that tells one unit from another. */
export type UnitKeys = Pick<UnitClaim, 'imei' | 'sn' | 'labelSn'>;

export interface ClearanceQuestion {
  readonly slot: number;
  /**
   * `beforeEntry`: only AT was spoken. `beforeWrite`: it was found in download mode, is connected, and its first write is next.
   * `readOnly`: it is not to be entered at all.
   */
  readonly stage: 'beforeEntry' | 'beforeWrite' | 'readOnly';
  readonly unit: UnitClaim;
  readonly profile: Profile;
  /** What the unit answers to the profile's revision query; null where nobody needs it, or it gave no answer. */
  readonly currentRevision: string | null;
  /** Set when the station itself tries again: the code that it tries again for. */
  readonly retryOf: FailureCode | null;
}

/** What the record of the job will say of it. */
export interface JobMarks {
  readonly kind: RecordKind;
  /** Whether it was known which unit it is. If not, its attempt is counted when it has told. */
  readonly isIdentified: boolean;
  /** Counts the unit's flash records that were attempts (ABORTED is none), this one included. */
  readonly attempt: number;
  readonly retestReason: string | null;
  readonly evidence: Readonly<Record<string, Fact>>;
  /** They stop nothing, and stand in the record as later failures. */
  readonly warnings: readonly Failure[];
  /** With one of these verdicts the unit is for rework: neither a person nor the station tries it again. */
  readonly reworkAfter: readonly Verdict[];
}

export type Clearance =
  | { readonly kind: 'cleared'; readonly marks: JobMarks }
  /** Only if the operator says so. `ifAllowed` are the marks then. */
  | { readonly kind: 'ask'; readonly reason: Failure; readonly marks: JobMarks; readonly ifAllowed: JobMarks }
  /** There is nothing to do: the record says why. */
  | { readonly kind: 'skip'; readonly reason: Failure; readonly marks: JobMarks }
  | { readonly kind: 'refused'; readonly reason: Failure; readonly marks: JobMarks }
  /** Only at stage `readOnly`, and it closes the job: PASS where nothing was found. */
  | { readonly kind: 'seen'; readonly found: Failure | null; readonly marks: JobMarks };

/** What a job is marked with before anybody was asked. */
export const firstAttempt: JobMarks = {
  kind: 'flash',
  isIdentified: false,
  attempt: 1,
  retestReason: null,
  evidence: {},
  warnings: [],
  reworkAfter: [],
};

// The record: the durable line that closes a job. Knows its shape; trace/ knows how it becomes durable and chained.
import type { Blame, Failure } from './failure.ts';
import type { EntryMethod } from './profile.ts';
import type { RecordKind, UnidentifiedPolicy, Verdict, Written } from './verdict.ts';

export interface StationIdentity {
  readonly id: string;
  readonly line: string;
  readonly host: string;
  readonly softwareVersion: string;
  readonly commit: string;
}

export interface RecordedStep {
  readonly name: string;
  /** UTC with local offset. */
  readonly startedAt: string;
  /** Monotonic. */
  readonly durationMs: number;
  readonly bytes: number;
  readonly result: 'done' | 'failed' | 'stopped';
  readonly code?: string;
}

export interface RecordedFailure extends Failure {
  readonly blame: Blame;
}

/** Everything of a record but what the journal adds when it writes the line (`seq`, `prevHash`, `hash`). */
export interface RecordBody {
  readonly schema: 1;
  readonly kind: RecordKind;
  /** ULID. */
  readonly recordId: string;
  readonly jobId: string;
  readonly station: StationIdentity;
  readonly slot: { readonly number: number; readonly usbPath: string; readonly insertions: number };
  readonly operator: string | null;
  readonly shift: string | null;
  readonly workOrder: string | null;
  readonly lot: string | null;
  readonly profile: { readonly id: string; readonly revision: number; readonly sha256: string } | null;
  readonly package: { readonly name: string; readonly version: string; readonly sha256: string } | null;
  readonly unit: {
    readonly labelSn: string | null;
    readonly orderingCode: string | null;
    readonly sn: string | null;
    readonly imeiBefore: string | null;
    readonly imeiAfter: string | null;
    readonly model: string | null;
    readonly revisionBefore: string | null;
    readonly revisionAfter: string | null;
  };
  readonly identity: {
    readonly source: 'at' | 'nvBackup' | 'label' | 'none';
    readonly unidentifiedPolicy: UnidentifiedPolicy;
    readonly continuousInsertion: boolean;
  };
  readonly attempt: number;
  readonly retestReason: string | null;
  readonly entry: {
    readonly method: EntryMethod | 'found' | 'fixed' | null;
    readonly windowMs: number | null;
    readonly handshakeMs: number | null;
    readonly marginMs: number | null;
  };
  readonly steps: readonly RecordedStep[];
  readonly written: Written;
  readonly verdict: Verdict;
  readonly failure: RecordedFailure | null;
  /** Later failures of the same job; the first one decided. */
  readonly laterFailures: readonly RecordedFailure[];
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
  readonly restart: 'reset' | 'powerCycle' | 'prompt' | null;
  readonly powerCycles: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly transcript: { readonly file: string; readonly sha256: string } | null;
}

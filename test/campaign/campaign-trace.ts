// What a run of a campaign leaves behind for its checkers: facts of the bench, of the disk and of the boards, none of them taken
// from the station's own account but its events and its journal. Values only.
import type { BoardIdentity } from '../../src/bench/simulator/board.ts';
import type { SlotEvent } from '../../src/domain/slot.ts';
import type { StationEvent } from '../../src/station/read-model.ts';
import type { JournalLine } from '../../src/trace/line.ts';
import type { Verification } from '../../src/trace/verify.ts';
import type { Coverage } from './campaign-coverage.ts';
import type { BoardScript, CampaignScript } from './campaign-script.ts';
import type { Storage } from './campaign-storage.ts';

export interface TimedEvent {
  readonly atMs: number;
  /** The clock that a person may set. */
  readonly wallMs: number;
  /** Null for the station's own. */
  readonly slot: number | null;
  readonly event: SlotEvent | StationEvent;
}

/** One enumeration, from its arrival to its end, with what the station did to it. */
export interface SeenDevice {
  readonly id: string;
  readonly slot: number;
  readonly vendorId: number | null;
  readonly productId: number | null;
  readonly attachedAtMs: number;
  detachedAtMs: number | null;
  /** When each write of the station's began. */
  readonly writes: number[];
}

/** A board in a slot, from the hand that put it in to its leaving. */
export interface Visit {
  readonly slot: number;
  readonly script: BoardScript;
  readonly identity: BoardIdentity;
  readonly insertedAtMs: number;
  readonly before: Storage;
  removedAtMs: number | null;
  after: Storage | null;
  /** What the board saw of the host that no correct host does, in each session up to where its wire was tampered with. */
  violations: readonly string[];
}

/** What was true at the moment in which the station told a PASS. */
export interface PassTruth {
  readonly slot: number;
  readonly recordId: string;
  readonly atMs: number;
  readonly isDurable: boolean;
  /** The one that was in the slot when the recording began; null: none was. */
  readonly board: {
    readonly imei: string;
    readonly model: string;
    readonly revision: string | null;
    readonly boots: boolean;
    readonly violations: readonly string[];
  } | null;
}

export interface CampaignTrace {
  readonly script: CampaignScript;
  readonly events: readonly TimedEvent[];
  readonly journal: readonly JournalLine[];
  readonly verification: Verification;
  /** SHA-256 of each transcript's file, by the name that its record gives. */
  readonly transcripts: ReadonlyMap<string, string>;
  readonly devices: readonly SeenDevice[];
  readonly visits: readonly Visit[];
  readonly passes: readonly PassTruth[];
  /** A second dialogue on a transport, or a second transport on a slot. */
  readonly doubleUses: readonly string[];
  /** Slots that came to no rest, and whatever kept the station from its end. */
  readonly unsettled: readonly string[];
  /** Promises that nobody caught. */
  readonly uncaught: readonly string[];
  /** A slot at rest that had a transport open still. */
  readonly leftOpen: readonly string[];
  readonly openTransports: number;
  readonly heldPermits: number;
  /** Slots in which a defect was planted by the script. */
  readonly defectiveSlots: ReadonlySet<number>;
  readonly simulatedMs: number;
  /** What struck where. */
  readonly coverage: Coverage;
  /** SHA-256 of all events, all journal bytes and what the boards hold: the same seed gives the same. */
  readonly digest: string;
}

export type Checker = {
  readonly name: string;
  /** What is wrong, one line each; empty when all is well. */
  readonly find: (trace: CampaignTrace) => readonly string[];
};

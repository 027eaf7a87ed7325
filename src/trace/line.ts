// One line of the journal: what it may say, its exact bytes, and the check of those bytes. Knows no file and no disk.
import { hash } from 'node:crypto';
import type { RecordBody } from '../domain/record.ts';

/** All that is known of a job while it is open: enough to close it with a record if the process dies. */
export type JobFacts = Pick<
  RecordBody,
  | 'jobId'
  | 'kind'
  | 'slot'
  | 'operator'
  | 'shift'
  | 'workOrder'
  | 'lot'
  | 'profile'
  | 'package'
  | 'unit'
  | 'identity'
  | 'attempt'
  | 'retestReason'
  | 'entry'
  | 'startedAt'
>;

/** A slot that an UNKNOWN of a killed process keeps locked until an operator releases it. */
export interface LockedSlot {
  readonly slot: number;
  readonly usbPath: string;
  /** The recovery's record. */
  readonly recordId: string;
  /** What to look for on the board: IMEI, serial number or label, the first that is known. */
  readonly unit: string | null;
  /** The step that was to follow when the process died. Absent in journals of before it was kept. */
  readonly step?: string;
}

export interface SlotRelease {
  readonly slot: number;
  readonly recordId: string;
  readonly operator: string | null;
}

/** A person lifted what a rule of the station had decided. */
export interface Override {
  /** Which decision gives way. */
  readonly rule: OverriddenRule;
  /** Where the decision concerns one slot. */
  readonly slot: { readonly number: number; readonly usbPath: string } | null;
  /** Where it concerns one unit: by its IMEI, SN or label. */
  readonly unit: string | null;
  readonly by: string | null;
  readonly authority: 'supervisor' | 'operator';
  /** What had been decided and from what, in one sentence. */
  readonly why: string;
  /** Where it concerns a work order: the quantity that it has from now on. */
  readonly order?: { readonly number: string; readonly quantity: number };
}

export type OverriddenRule = 'slot-quarantined' | 'board-rejected' | 'production-stopped' | 'order-quantity';

/** Who works from now on, and on what. */
export interface SessionChange {
  readonly operator: string | null;
  readonly shift: string | null;
  readonly workOrder: string | null;
  readonly lot: string | null;
  /** Name of the profile set. */
  readonly job: string | null;
  /** How many units of the work order may pass; null where nothing limits it. */
  readonly quantity: number | null;
}

/** What a line says. `file.opened` is the first line of each file; `job.carried` and `slot.locked` repeat in a new file what is still open. */
export type LineBody =
  | {
      readonly type: 'file.opened';
      readonly schema: 1;
      readonly station: string;
      readonly day: string;
      readonly previousFile: string | null;
      /** The seal: SHA-256 (lower-case hex) of all bytes of the previous file. Absent in journals of before there were seals. */
      readonly previousFileSha256?: string | null;
      /** How many lines directly after this one carry open work over. */
      readonly carriedLines: number;
    }
  | { readonly type: 'job.opened'; readonly job: JobFacts }
  /** `firstWrite` is the plan step that follows: from here on flash may have been written. */
  | { readonly type: 'job.intent'; readonly job: JobFacts; readonly firstWrite: string }
  | { readonly type: 'job.carried'; readonly job: JobFacts; readonly firstWrite: string | null }
  | ({ readonly type: 'slot.locked' } & LockedSlot)
  | ({ readonly type: 'slot.released' } & SlotRelease)
  | ({ readonly type: 'override' } & Override)
  | ({ readonly type: 'session.changed' } & SessionChange)
  | ({ readonly type: 'record' } & RecordBody);

/** Where a line stands in the chain. */
export interface ChainPosition {
  /** 1 for the very first line, one more for each line after it, across files. */
  readonly seq: number;
  /** The last line that was on stable storage when this one was written: a line up to here can never be a torn tail. */
  readonly durableSeq: number;
  /** The hash of the line before, or `firstPrevHash`. */
  readonly prevHash: string;
}

/** What the journal adds to a line. */
export interface LineStamp extends ChainPosition {
  /** When the fact was handed to the journal: local time with offset. */
  readonly at: string;
  readonly hash: string;
}

export type JournalLine = LineBody & LineStamp;
export type WrittenRecord = { readonly type: 'record' } & RecordBody & LineStamp;

export type WrittenOverride = { readonly type: 'override' } & Override & LineStamp;
/** What the rules of the station conclude from. */
export type WrittenSession = { readonly type: 'session.changed' } & SessionChange & LineStamp;
export type HistoryLine = WrittenRecord | WrittenOverride | WrittenSession;

export const firstPrevHash = '0'.repeat(64);

const hashTail = /^,"hash":"([0-9a-f]{64})"\}$/;
const hashTailLength = ',"hash":""}'.length + 64;

export interface EncodedLine {
  readonly stamp: LineStamp;
  /** Without the newline. */
  readonly text: string;
}

/**
 * The one text of a line: the body's JSON object without white space (`bodyJson`, its first field is `type`), continued by
 * `seq, durableSeq, at, prevHash, hash`, where `hash` is the SHA-256 (lower-case hex) of all UTF-8 bytes of the line before its
 * last `,"hash"`.
 */
export function encodeLine(bodyJson: string, at: string, chain: ChainPosition): EncodedLine {
  const { seq, durableSeq, prevHash } = chain;
  const stampJson = JSON.stringify({ seq, durableSeq, at, prevHash });
  const hashed = `${bodyJson.slice(0, -1)},${stampJson.slice(1, -1)}`;
  const own = sha256(hashed);
  return { stamp: { seq, durableSeq, at, prevHash, hash: own }, text: `${hashed},"hash":"${own}"}` };
}

export type LineFinding = 'bad-json' | 'changed-byte';

/**
 * Reads one line (without its newline) if its own hash holds. Says nothing about the lines around it. `withoutSteps`: a record's steps,
 * the larger half of it, are left out; whoever reads a million records and asks for none of them saves a third of the time.
 */
export function readLine(bytes: Uint8Array, part: 'whole' | 'withoutSteps' = 'whole'): JournalLine | LineFinding {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = hashTail.exec(buffer.toString('latin1', Math.max(0, buffer.length - hashTailLength)));
  const hashHolds = tail !== null && tail[1] === sha256(buffer.subarray(0, buffer.length - hashTailLength));
  const text = buffer.toString('utf8');
  const value = parse(part === 'whole' ? text : withoutSteps(text));
  if (value === undefined) return 'bad-json';
  return hashHolds && isLine(value) ? value : 'changed-byte';
}

/** The hash vouches for the rest of the shape: only the journal writes lines, and each line type has one shape. */
function isLine(value: unknown): value is JournalLine {
  if (typeof value !== 'object' || value === null) return false;
  const { type, seq, durableSeq, prevHash } = value as Partial<JournalLine>;
  return (
    typeof type === 'string' && Number.isSafeInteger(seq) && Number.isSafeInteger(durableSeq) && typeof prevHash === 'string'
  );
}

/** Bare quotes stand only around names and texts, never within: these two places are the record's own. */
function withoutSteps(text: string): string {
  const from = text.indexOf(',"steps":[');
  const to = text.indexOf('],"written":', from);
  return from < 0 || to < 0 ? text : `${text.slice(0, from)},"steps":[${text.slice(to)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In one call: several times cheaper than a hash object for so few bytes. */
const sha256 = (data: string | Uint8Array): string => hash('sha256', data);

// The transcript of one job as a value and as JSON lines: everything that reached the slot from outside, and everything the slot did, in
// order and with times. Knows no disk, no transport and no machine.
import type { Device } from '../bench/device-source.ts';
import type { CloseReason } from '../bench/transport.ts';
import { type Failure, type FailureCode, fault } from '../domain/failure.ts';
import type { DeviceMode } from '../domain/platform.ts';
import type { RecordBody } from '../domain/record.ts';
import type { OperatorCommand } from '../domain/slot.ts';
import type { Identification } from '../domain/unit.ts';
import type { UnidentifiedPolicy } from '../domain/verdict.ts';
import type { JobFacts } from '../trace/line.ts';
import type { Clearance } from './clearance.ts';
import type { Label } from './decisions.ts';

export interface PinnedFile {
  readonly id: string;
  readonly sha256: string;
}

/** The first line: what must be the same for the job to run again. */
export interface TranscriptHeader {
  readonly transcript: 1;
  readonly software: { readonly version: string; readonly commit: string };
  readonly job: JobFacts;
  readonly slot: {
    readonly number: number;
    readonly usbPath: string;
    readonly fixedStart: DeviceMode | null;
    readonly unidentified: UnidentifiedPolicy;
    readonly removalMs: number;
    readonly powerSwitch: 'command' | 'prompt';
    readonly baudRate: number;
  };
  readonly profiles: { readonly byModel: Readonly<Record<string, PinnedFile>>; readonly unidentified: PinnedFile | null };
  /** How the job found its slot. */
  readonly start: {
    readonly device: Device | null;
    readonly ageMs: number | null;
    readonly label: Label;
    readonly passedImei: string | null;
    /** The station itself tried again; `known` where it knew the board in download mode. */
    readonly retryOf: {
      readonly code: FailureCode;
      readonly known: { readonly identification: Identification; readonly profile: PinnedFile } | null;
    } | null;
  };
}

/** What a slot asks of its surroundings and waits for. */
export type Service =
  | 'open'
  | 'close'
  | 'entryTurn'
  | 'permit'
  | 'clear'
  | 'job.opened'
  | 'job.intent'
  | 'evidence'
  | 'powerCycle';

/** What an answer holds besides that it came. */
export interface ServiceAnswer {
  readonly serialPath?: string;
  readonly clearance?: Clearance;
}

/** What reaches a slot without being asked. */
export type Heard =
  | { readonly type: 'device.attached'; readonly device: Device; readonly ageMs: number | null }
  | { readonly type: 'device.detached'; readonly deviceId: string }
  | OperatorCommand;

/** One line: a fact and when it was noted, in milliseconds of the monotonic clock since the first one. */
export type TranscriptEntry = { readonly t: number } & TranscriptFact;

export type TranscriptFact =
  | SentBytes
  /** Device → host: as the station read them, always whole. */
  | { readonly is: 'received'; readonly hex: string; readonly text?: string }
  /** Received and thrown away unread. */
  | { readonly is: 'discarded'; readonly bytes: number }
  | { readonly is: 'asked'; readonly what: Service; readonly facts?: Readonly<Record<string, string | number>> }
  | ({ readonly is: 'answered'; readonly what: Service; readonly failure?: Failure } & ServiceAnswer)
  /** The transport ended by itself; `reason` comes when the operating system has told it. */
  | { readonly is: 'lost' }
  | { readonly is: 'closed'; readonly reason: CloseReason }
  | { readonly is: 'write.failed'; readonly failure: Failure }
  | { readonly is: 'heard'; readonly event: Heard }
  /** What the slot told of itself; shortened. */
  | { readonly is: 'told'; readonly event: ToldEvent }
  /** Here the ring was full: so much lay between. */
  | { readonly is: 'dropped'; readonly bytes: number; readonly entries: number };

/** Host → device. A long frame is kept as its head, its length and the CRC-32 of the whole: the package makes it again. */
export type SentBytes = {
  readonly is: 'sent';
  readonly bytes: number;
  /** From the first byte handed over to the last. */
  readonly ms: number;
  readonly crc32: string;
  /** All bytes where `head` is absent. */
  readonly hex?: string;
  readonly head?: string;
  readonly text?: string;
};

export type ToldEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The last line. */
export type TranscriptEnd = Pick<RecordBody, 'verdict' | 'written' | 'failure' | 'laterFailures'>;

export interface Transcript {
  readonly header: TranscriptHeader;
  readonly entries: readonly TranscriptEntry[];
  readonly end: TranscriptEnd;
}

export function transcriptText({ header, entries, end }: Transcript): string {
  const lines = [header, ...entries, { is: 'end', ...end }];
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/** Throws `transcript-unreadable` with the line where it is not, or no longer, a transcript. */
export function parseTranscript(text: string): Transcript {
  const lines = text.split('\n');
  const lastLine = lines.pop();
  const [header, ...entries] = lines.map(objectIn);
  if (!isHeader(header)) throw unreadable(1, 'a transcript begins with its header, and this does not');
  const end = entries.pop();
  if (lastLine !== '' || !isEnd(end))
    throw unreadable(lines.length, 'it is cut off: the last line of a transcript tells its end');
  return { header, entries: entries.map(checkedEntry), end };
}

function checkedEntry(entry: unknown, index: number): TranscriptEntry {
  if (!isEntry(entry)) throw unreadable(lineOfEntry(index), 'this is no entry of a transcript');
  return entry;
}

/** Where an entry is found in the file. */
export const lineOfEntry = (index: number): number => index + 2;

function unreadable(line: number, detail: string): Error {
  return fault('transcript-unreadable', `line ${line}`, { detail });
}

function objectIn(line: string, index: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // The same words as for a line that is no object.
  }
  throw unreadable(index + 1, 'this is no JSON object');
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function isHeader(value: unknown): value is TranscriptHeader {
  if (!isObject(value) || value['transcript'] !== 1) return false;
  const { job, slot, profiles, start, software } = value;
  if (!isObject(start) || !['device', 'ageMs', 'label', 'passedImei', 'retryOf'].every((field) => field in start)) return false;
  return [job, slot, profiles, software].every(isObject) && isObject((profiles as { byModel?: unknown }).byModel);
}

function isEnd(value: unknown): value is TranscriptEnd {
  return isObject(value) && value['is'] === 'end' && typeof value['verdict'] === 'string';
}

const isHex = (value: unknown): boolean => typeof value === 'string' && /^(?:[0-9a-f]{2})*$/.test(value);

function isEntry(value: unknown): value is TranscriptEntry {
  if (!isObject(value) || typeof value['t'] !== 'number') return false;
  const { is, hex, head, bytes, what, event, failure, reason } = value;
  switch (is) {
    case 'sent':
      return typeof bytes === 'number' && typeof value['crc32'] === 'string' && isHex(hex ?? head);
    case 'received':
      return isHex(hex);
    case 'discarded':
    case 'dropped':
      return typeof bytes === 'number';
    case 'asked':
    case 'answered':
      return typeof what === 'string';
    case 'heard':
    case 'told':
      return isObject(event) && typeof event['type'] === 'string';
    case 'write.failed':
      return isObject(failure);
    case 'closed':
      return typeof reason === 'string';
    case 'lost':
      return true;
    default:
      return false;
  }
}

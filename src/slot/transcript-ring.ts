// The bytes and events of the job that runs, packed in a bounded ring of blocks: its beginning and its end are kept, what lies between goes
// first. Written to at every frame of every slot: it copies replies and heads of frames, and keeps no caller's buffer.
import { crc32 } from 'node:zlib';
import type { TranscriptEntry, TranscriptFact } from './transcript.ts';

export interface TranscriptRing {
  sent(bytes: Uint8Array): void;
  received(bytes: Uint8Array): void;
  /** Anything that is rare: kept as JSON, at most `longestNoteBytes` of it. */
  note(entry: TranscriptFact): void;
  entries(): TranscriptEntry[];
}

export interface RingLimits {
  readonly blockBytes: number;
  /** Blocks of the job's beginning that are never dropped. */
  readonly firstBlocks: number;
  /** Blocks of its end. */
  readonly lastBlocks: number;
}

/** 1 MiB for a slot at most; a job with 4,000 frames of data needs a third of it. */
export const ringLimits: RingLimits = { blockBytes: 16_384, firstBlocks: 32, lastBlocks: 32 };

/** A frame up to this is kept whole, a longer one by its head, length and CRC-32. */
const wholeFrameBytes = 96;
const headBytes = 24;
const longestNoteBytes = 8_192;
/** kind u8, t f64, length of what follows u32 */
const entryHeadBytes = 13;
/** bytes u32, ms f32, crc32 u32 */
const sentHeadBytes = 12;

type Kind = 'sent' | 'received' | 'note';
const kinds: readonly Kind[] = ['sent', 'received', 'note'];

interface Block {
  readonly bytes: Buffer;
  used: number;
  entries: number;
}

/** The frame that is being handed over piece by piece. */
interface Frame {
  readonly atMs: number;
  lastMs: number;
  readonly buffer: ArrayBufferLike;
  end: number;
  bytes: number;
  crc: number;
}

export function createTranscriptRing(nowMs: () => number, limits: RingLimits = ringLimits): TranscriptRing {
  const startedMs = nowMs();
  const first: Block[] = [];
  const last: Block[] = [];
  const dropped = { bytes: 0, entries: 0 };
  const head = Buffer.allocUnsafeSlow(wholeFrameBytes);
  let frame: Frame | null = null;

  const blockFor = (bytes: number): Block => {
    const current = last.at(-1) ?? first.at(-1);
    if (current !== undefined && current.used + bytes <= limits.blockBytes) return current;
    const block: Block = { bytes: Buffer.allocUnsafeSlow(limits.blockBytes), used: 0, entries: 0 };
    if (first.length < limits.firstBlocks) first.push(block);
    else {
      last.push(block);
      if (last.length > limits.lastBlocks) drop(last.shift());
    }
    return block;
  };

  const drop = (block: Block | undefined): void => {
    dropped.bytes += block?.used ?? 0;
    dropped.entries += block?.entries ?? 0;
  };

  /** Room for one entry; gives the block and where its payload begins. */
  const begin = (kind: Kind, atMs: number, length: number): { readonly block: Block; readonly at: number } => {
    const block = blockFor(entryHeadBytes + length);
    block.bytes.writeUInt8(kinds.indexOf(kind), block.used);
    block.bytes.writeDoubleLE(atMs, block.used + 1);
    block.bytes.writeUInt32LE(length, block.used + 9);
    const at = block.used + entryHeadBytes;
    block.used = at + length;
    block.entries += 1;
    return { block, at };
  };

  const endFrame = (): void => {
    if (frame === null) return;
    const { atMs, lastMs, bytes, crc } = frame;
    frame = null;
    const kept = bytes <= wholeFrameBytes ? bytes : headBytes;
    const { block, at } = begin('sent', atMs, sentHeadBytes + kept);
    block.bytes.writeUInt32LE(bytes, at);
    block.bytes.writeFloatLE(lastMs - atMs, at + 4);
    block.bytes.writeUInt32LE(crc, at + 8);
    head.copy(block.bytes, at + sentHeadBytes, 0, kept);
  };

  return {
    sent(bytes) {
      const continues = frame !== null && frame.buffer === bytes.buffer && frame.end === bytes.byteOffset;
      if (!continues) endFrame();
      const now = nowMs() - startedMs;
      frame ??= { atMs: now, lastMs: now, buffer: bytes.buffer, end: 0, bytes: 0, crc: 0 };
      if (frame.bytes < wholeFrameBytes) head.set(bytes.subarray(0, wholeFrameBytes - frame.bytes), frame.bytes);
      frame.lastMs = now;
      frame.end = bytes.byteOffset + bytes.length;
      frame.bytes += bytes.length;
      frame.crc = crc32(bytes, frame.crc);
    },

    received(bytes) {
      endFrame();
      const longest = limits.blockBytes - entryHeadBytes;
      for (let from = 0; from < bytes.length; from += longest) {
        const piece = bytes.subarray(from, from + longest);
        const { block, at } = begin('received', nowMs() - startedMs, piece.length);
        block.bytes.set(piece, at);
      }
    },

    note(entry) {
      endFrame();
      const json = Buffer.from(jsonOf(entry));
      const kept = json.length <= longestNoteBytes ? json : Buffer.from(jsonOf(shortened(entry)));
      const { block, at } = begin('note', nowMs() - startedMs, kept.length);
      kept.copy(block.bytes, at);
    },

    entries() {
      endFrame();
      const gap: TranscriptEntry[] = dropped.entries === 0 ? [] : [{ t: 0, is: 'dropped', ...dropped }];
      const [before, after] = [first.flatMap(entriesIn), last.flatMap(entriesIn)];
      return [...before, ...gap.map((entry) => ({ ...entry, t: before.at(-1)?.t ?? 0 })), ...after];
    },
  };
}

/** A value that cannot be written down is a defect of whoever made it, and must not become one of the slot's. */
function jsonOf(entry: object): string {
  try {
    return JSON.stringify(entry);
  } catch (thrown) {
    return JSON.stringify({ is: 'told', event: { type: 'unreadable', detail: String(thrown) } });
  }
}

/** What a device or a program may make longer than is kept: only its kind stays. */
function shortened(entry: TranscriptFact): object {
  const event = 'event' in entry ? (entry.event as { readonly type: string }) : null;
  return { is: 'told', event: { type: event?.type ?? entry.is, detail: 'too long to be kept' } };
}

function entriesIn({ bytes, used }: Block): TranscriptEntry[] {
  const entries: TranscriptEntry[] = [];
  for (let at = 0; at < used; ) {
    const kind = kinds[bytes.readUInt8(at)];
    const t = rounded(bytes.readDoubleLE(at + 1));
    const length = bytes.readUInt32LE(at + 9);
    const payload = bytes.subarray(at + entryHeadBytes, at + entryHeadBytes + length);
    if (kind === 'sent') entries.push(sentEntry(t, payload));
    else if (kind === 'received') entries.push({ t, is: 'received', hex: payload.toString('hex'), ...shownText(payload) });
    else entries.push({ t, ...(JSON.parse(payload.toString('utf8')) as TranscriptFact) });
    at += entryHeadBytes + length;
  }
  return entries;
}

function sentEntry(t: number, payload: Buffer): TranscriptEntry {
  const bytes = payload.readUInt32LE(0);
  const kept = payload.subarray(sentHeadBytes);
  const shown = kept.length === bytes ? { hex: kept.toString('hex'), ...shownText(kept) } : { head: kept.toString('hex') };
  const crc = payload.readUInt32LE(8).toString(16).padStart(8, '0');
  return { t, is: 'sent', bytes, ms: rounded(payload.readFloatLE(4)), crc32: crc, ...shown };
}

/** AT and ASR speak text: it is shown beside the bytes. */
function shownText(bytes: Buffer): { readonly text?: string } {
  const text = bytes.toString('latin1');
  return /^[\r\n\t -~]{2,}$/.test(text) ? { text } : {};
}

const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000;

// Holds bytes that are sent against one frame of a transcript, however they are cut. Knows no transport.
import { crc32 } from 'node:zlib';
import type { SentBytes } from './transcript.ts';

export interface SentDifference {
  readonly expected: string;
  readonly actual: string;
  readonly offset?: number;
}

export interface SentCheck {
  /** Bytes of the frame still to come. */
  left(): number;
  /** At most `left` bytes; null while they are the same. */
  take(bytes: Uint8Array): SentDifference | null;
}

/** Shown before and after the first byte that differs. */
const shownBytes = 16;

export function createSentCheck(frame: SentBytes): SentCheck {
  const known = Buffer.from(frame.hex ?? frame.head ?? '', 'hex');
  let taken = 0;
  let crc = 0;
  let heard: Buffer = Buffer.alloc(0);
  return {
    left: () => frame.bytes - taken,
    take(bytes) {
      if (taken < known.length) heard = Buffer.concat([heard, bytes]);
      const offset = firstDifference(known, heard);
      if (offset !== null) return around(known, heard, offset, frame);
      taken += bytes.length;
      crc = crc32(bytes, crc);
      const check = crc.toString(16).padStart(8, '0');
      if (taken < frame.bytes || check === frame.crc32) return null;
      const head = heard.subarray(0, known.length).toString('hex');
      return {
        expected: `${frame.bytes} bytes ${frame.head ?? ''}… with CRC-32 ${frame.crc32}`,
        actual: `${taken} bytes ${head}… with CRC-32 ${check}`,
      };
    },
  };
}

function firstDifference(known: Buffer, heard: Buffer): number | null {
  const length = Math.min(known.length, heard.length);
  for (let at = 0; at < length; at += 1) if (known[at] !== heard[at]) return at;
  return null;
}

function around(known: Buffer, heard: Buffer, offset: number, frame: SentBytes): SentDifference {
  const from = Math.max(0, offset - shownBytes);
  const cut = (bytes: Buffer): string => {
    const before = bytes.subarray(from, offset).toString('hex');
    const [first, ...rest] = bytes.subarray(offset, offset + shownBytes);
    const marked = first === undefined ? '' : `[${Buffer.of(first).toString('hex')}]`;
    return `${from > 0 ? '…' : ''}${before}${marked}${Buffer.from(rest).toString('hex')}`;
  };
  return { offset, expected: `${frame.bytes} bytes ${cut(known)}`, actual: cut(heard) };
}

// Reads a journal as a stream of whole lines, from any place on, in bounded memory. Knows where lines are, not what they mean.
import { join } from 'node:path';
import type { Disk } from '../bench/disk.ts';
import { journalFiles } from './journal-file.ts';

export interface LinePlace {
  readonly file: string;
  readonly offset: number;
  /** Without the newline. */
  readonly length: number;
}

export interface RawLine extends LinePlace {
  readonly bytes: Uint8Array;
}

const usualChunkBytes = 1 << 20;
/** No line of a journal is so long: what looks longer is damage, and is given in pieces. */
const longestLineBytes = 16 << 20;

/** Journal files are named so that their order is the order of their names. */
const isOlder = (file: string, than: string): boolean => file < than;

/**
 * The complete lines after `after` (all, for null), in batches of about `chunkBytes`, in order. A last line without its newline is still
 * being written: it is left for the next time. Rejects with the disk's errno.
 */
export async function* readJournal(
  disk: Disk,
  folder: string,
  after: LinePlace | null,
  chunkBytes = usualChunkBytes,
): AsyncGenerator<readonly RawLine[]> {
  for (const { file } of await journalFiles(disk, folder)) {
    if (after !== null && isOlder(file, after.file)) continue;
    let offset = after?.file === file ? after.offset + after.length + 1 : 0;
    let size = chunkBytes;
    for (;;) {
      const chunk = await disk.readRange(join(folder, file), offset, size);
      const end = chunk.lastIndexOf(0x0a);
      if (end >= 0) yield linesOf(file, offset, chunk.subarray(0, end + 1));
      if (chunk.length < size) break;
      offset += end + 1;
      size = end >= 0 ? chunkBytes : Math.min(size * 2, longestLineBytes);
      if (end < 0 && chunk.length >= longestLineBytes) offset += chunk.length;
    }
  }
}

function linesOf(file: string, start: number, chunk: Uint8Array): readonly RawLine[] {
  const lines: RawLine[] = [];
  for (let at = 0; at < chunk.length; ) {
    const newline = chunk.indexOf(0x0a, at);
    lines.push({ file, offset: start + at, length: newline - at, bytes: chunk.subarray(at, newline) });
    at = newline + 1;
  }
  return lines;
}

const recordStart = Buffer.from('{"type":"record"');

/** Cheap: says so before the line is parsed. */
export function looksLikeRecord({ bytes }: RawLine): boolean {
  return bytes.length > recordStart.length && recordStart.compare(bytes, 0, recordStart.length) === 0;
}

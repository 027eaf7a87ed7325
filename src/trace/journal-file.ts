// The files of a journal: their names and their lines. Knows what a line's bytes are, not what the lines mean together.
import type { Disk } from '../bench/disk.ts';
import { type JournalLine, type LineFinding, readLine } from './line.ts';

/** `000017-2026-11-22-EOL3.jsonl`: the ordinal alone decides the order, whatever clock and station do. */
export function journalFileName(ordinal: number, day: string, station: string): string {
  return `${String(ordinal).padStart(6, '0')}-${day}-${station.replace(/[^A-Za-z0-9_.-]/g, '_')}.jsonl`;
}

const namePattern = /^(\d{6})-(\d{4}-\d{2}-\d{2})-.+\.jsonl$/;

export interface JournalFileName {
  readonly file: string;
  readonly ordinal: number;
  readonly day: string;
}

/** The journal's own files in a folder, oldest first; everything else there (lock, torn tails) is not the journal. */
export async function journalFiles(disk: Disk, folder: string): Promise<readonly JournalFileName[]> {
  const names = await disk.list(folder);
  return names.flatMap((file) => {
    const match = namePattern.exec(file);
    return match ? [{ file, ordinal: Number(match[1]), day: match[2] ?? '' }] : [];
  });
}

export interface FileLine {
  /** From 1. */
  readonly number: number;
  readonly offset: number;
  /** Without the newline. */
  readonly bytes: Uint8Array;
  /** Offset of what follows the newline. */
  readonly end: number;
  /** False for a last line without its newline. */
  readonly complete: boolean;
  readonly read: JournalLine | LineFinding;
}

const newline = 0x0a;

export function* fileLines(content: Uint8Array): Generator<FileLine> {
  let offset = 0;
  for (let number = 1; offset < content.length; number++) {
    const found = content.indexOf(newline, offset);
    const complete = found >= 0;
    const bytes = content.subarray(offset, complete ? found : content.length);
    const end = offset + bytes.length + (complete ? 1 : 0);
    yield { number, offset, bytes, end, complete, read: readLine(bytes) };
    offset = end;
  }
}

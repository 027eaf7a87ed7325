// Anchors: the head of a journal written down outside of it, in a notebook or a mail, so that a deleted tail or a journal written
// anew shows. Knows their text and how to take one; verification compares them.
import { join } from 'node:path';
import type { Disk } from '../bench/disk.ts';
import { journalFiles } from './journal-file.ts';
import type { LineStamp } from './line.ts';
import { loadFile } from './load.ts';

export interface Anchor {
  readonly seq: number;
  /** The line's hash, or at least its first 16 hex digits (a notebook is written by hand). */
  readonly hash: string;
}

export interface TakenAnchor extends Anchor {
  readonly station: string;
  readonly file: string;
  /** When its line was written. */
  readonly at: string;
}

const pattern = /\b(\d{1,15}):([0-9a-fA-F]{16,64})\b/g;

/** `EOL3:1234:<64 hex digits>`: station, number of the line in the chain, its hash. */
export const anchorText = ({ station, seq, hash }: TakenAnchor): string => `${station}:${seq}:${hash}`;

/** Every anchor in a text, whatever stands around them. */
export function anchorsIn(text: string): readonly Anchor[] {
  return [...text.matchAll(pattern)].map(([, seq, hash]) => ({ seq: Number(seq), hash: (hash ?? '').toLowerCase() }));
}

export const confirms = (anchor: Anchor, line: Pick<LineStamp, 'seq' | 'hash'>): boolean =>
  anchor.seq === line.seq && line.hash.startsWith(anchor.hash);

/**
 * The last complete line of the newest file, made durable first: an anchor must never name a line that a power cut can still take.
 * Null for an empty journal. May be taken while the station runs. Rejects `journal-damaged` or an errno.
 */
export async function takeAnchor(disk: Disk, folder: string): Promise<TakenAnchor | null> {
  const newest = (await journalFiles(disk, folder)).at(-1);
  if (newest === undefined) return null;
  const path = join(folder, newest.file);
  const { lines } = loadFile(newest.file, await disk.read(path));
  const [first, last] = [lines[0], lines.at(-1)];
  if (first?.type !== 'file.opened' || last === undefined) return null;
  const handle = await disk.openForAppend(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { station: first.station, file: newest.file, seq: last.seq, hash: last.hash, at: last.at };
}

// Reads the journal's newest file when a process starts or recovers from a disk fault, and tells a torn tail from damage.
// Knows no writing.
import { fault } from '../domain/failure.ts';
import { type FileLine, fileLines } from './journal-file.ts';
import { firstPrevHash, type JournalLine } from './line.ts';

/** The end of the chain as far as it is written. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const emptyChain: ChainHead = { seq: 0, hash: firstPrevHash };

export interface LoadedFile {
  readonly lines: readonly JournalLine[];
  readonly head: ChainHead;
  /** Bytes up to here are good lines; what follows is a torn tail. */
  readonly length: number;
  /** Where the lines begin that no later line proves to be on stable storage. */
  readonly unprovenFrom: number;
}

/**
 * Good lines from the start of a file. What follows the last good line is a torn tail, unless a line after it proves that the
 * bad bytes were on stable storage, or the file's own head is hit (it is made whole): then throws `journal-damaged`.
 */
export function loadFile(file: string, content: Uint8Array): LoadedFile {
  const good: FileLine[] = [];
  const lines: JournalLine[] = [];
  let torn: FileLine | null = null;
  let laterProof = 0;
  for (const entry of fileLines(content)) {
    const line = torn === null ? nextInChain(entry, lines.at(-1)) : null;
    if (line !== null) {
      good.push(entry);
      lines.push(line);
    } else {
      torn ??= entry;
      if (typeof entry.read === 'object') laterProof = Math.max(laterProof, entry.read.durableSeq);
    }
  }
  const last = lines.at(-1);
  if (last === undefined || good.length < headLength(lines) || laterProof > last.seq) throw damaged(file, torn?.number ?? 1);
  const length = torn?.offset ?? content.length;
  const unproven = good.find((_, index) => (lines[index]?.seq ?? 0) > last.durableSeq);
  return {
    lines,
    head: { seq: last.seq, hash: last.hash },
    length,
    unprovenFrom: unproven?.offset ?? length,
  };
}

function nextInChain(entry: FileLine, previous: JournalLine | undefined): JournalLine | null {
  const line = entry.read;
  if (!entry.complete || typeof line === 'string') return null;
  if (previous === undefined) return line.type === 'file.opened' ? line : null;
  return line.seq === previous.seq + 1 && line.prevHash === previous.hash ? line : null;
}

function headLength(lines: readonly JournalLine[]): number {
  const first = lines[0];
  return first?.type === 'file.opened' ? 1 + first.carriedLines : 1;
}

function damaged(file: string, line: number): Error {
  return fault('journal-damaged', 'open-journal', {
    address: `${file}:${line}`,
    detail: 'a line that was on stable storage is no longer as it was written; see flashrack log verify',
  });
}

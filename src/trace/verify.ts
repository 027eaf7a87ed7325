// Checks a whole journal, file by file, and names the first line that is not as it was written. Knows no job and no writing.
import { join } from 'node:path';
import type { Disk } from '../bench/disk.ts';
import { type FileLine, fileLines, type JournalFileName, journalFiles } from './journal-file.ts';
import type { JournalLine, LineFinding } from './line.ts';
import { type ChainHead, emptyChain } from './load.ts';

export type Finding =
  | LineFinding
  /** The last line of the newest file has no newline: a write was cut off. The next start of the station cuts it off and keeps a copy. */
  | 'torn-tail'
  | 'line-missing'
  | 'line-doubled'
  | 'line-reordered'
  | 'file-missing'
  /** The line's own hash holds but it does not continue the line before: one of the two was written anew. */
  | 'broken-chain';

export interface BadLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly finding: Finding;
  readonly detail: string;
}

export type Verification =
  | { readonly ok: true; readonly files: number; readonly lines: number; readonly records: number; readonly head: ChainHead }
  | { readonly ok: false; readonly bad: BadLine };

/**
 * Reads every file in order and stops at the first bad line. One file is in memory at a time. Lines deleted from the very end
 * leave no trace inside the journal: compare `head` with one noted down earlier. Rejects with the disk's errno.
 */
export async function verifyJournal(disk: Disk, folder: string): Promise<Verification> {
  const files = await journalFiles(disk, folder);
  let head = emptyChain;
  let records = 0;
  for (const [index, name] of files.entries()) {
    const place: Place = { isNewest: index === files.length - 1, previous: files[index - 1] };
    const content = await disk.read(join(folder, name.file));
    if (content.length === 0) return notOk(name, 1, { finding: 'line-missing', detail: 'the file is empty' });
    for (const entry of fileLines(content)) {
      const bad = badness(entry, head, place);
      if (bad !== null) {
        const isGap = bad.finding === 'line-missing' || bad.finding === 'file-missing';
        const standsLater = isGap && (await appears(disk, folder, files.slice(index), head.seq + 1));
        return notOk(name, entry.number, standsLater ? reordered(head.seq + 1) : bad);
      }
      if (typeof entry.read === 'string') continue;
      head = { seq: entry.read.seq, hash: entry.read.hash };
      if (entry.read.type === 'record') records++;
    }
  }
  return { ok: true, files: files.length, lines: head.seq, records, head };
}

interface Place {
  readonly isNewest: boolean;
  readonly previous: JournalFileName | undefined;
}

type Badness = Pick<BadLine, 'finding' | 'detail'>;

function badness(entry: FileLine, head: ChainHead, { isNewest, previous }: Place): Badness | null {
  const line = entry.read;
  if (!entry.complete && isNewest) return { finding: 'torn-tail', detail: 'the last line is not complete' };
  if (typeof line === 'string') return unreadable(line);
  if (!entry.complete) return { finding: 'changed-byte', detail: 'the newline after the last line is gone' };
  if (line.type === 'file.opened' && entry.number === 1 && line.seq > head.seq + 1) return missingBefore(line, head, previous);
  if (line.seq > head.seq + 1)
    return { finding: 'line-missing', detail: `${chainLines(head.seq + 1, line.seq - 1)} missing here` };
  if (line.seq <= head.seq) return { finding: 'line-doubled', detail: `line ${line.seq} of the chain is here again` };
  if (line.prevHash !== head.hash) {
    return { finding: 'broken-chain', detail: `line ${line.seq} of the chain does not continue the line before it` };
  }
  return null;
}

/** A gap before a file: the file it names as the one before is gone, or that one's end is. */
function missingBefore(
  line: Extract<JournalLine, { type: 'file.opened' }>,
  head: ChainHead,
  previous: JournalFileName | undefined,
): Badness {
  const gap = chainLines(head.seq + 1, line.seq - 1);
  if (line.previousFile !== (previous?.file ?? null)) {
    return { finding: 'file-missing', detail: `${line.previousFile ?? 'a file'} is missing before this one, with ${gap}` };
  }
  return { finding: 'line-missing', detail: `${gap} missing at the end of ${previous?.file ?? 'the file before'}` };
}

function unreadable(finding: LineFinding): Badness {
  if (finding === 'bad-json') return { finding, detail: 'the line is not JSON' };
  return { finding: 'changed-byte', detail: 'the line does not match its own hash' };
}

const reordered = (expected: number): Badness => ({
  finding: 'line-reordered',
  detail: `line ${expected} of the chain belongs here and stands further down`,
});

function chainLines(from: number, to: number): string {
  return from === to ? `line ${from} of the chain` : `lines ${from} to ${to} of the chain`;
}

async function appears(disk: Disk, folder: string, files: readonly JournalFileName[], seq: number): Promise<boolean> {
  for (const { file } of files) {
    for (const { read } of fileLines(await disk.read(join(folder, file)))) {
      if (typeof read === 'object' && read.seq === seq) return true;
    }
  }
  return false;
}

const notOk = ({ file }: JournalFileName, line: number, bad: Badness): Verification => ({
  ok: false,
  bad: { file, line, ...bad },
});

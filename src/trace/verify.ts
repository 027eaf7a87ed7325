// Checks a whole journal, file by file, and names the lines that are not as they were written. Knows no job and no writing.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '../bench/disk.ts';
import { type Anchor, confirms } from './anchor.ts';
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
  | 'broken-chain'
  /** Every line of the file before holds, but its bytes are not those that were sealed when this file was begun. */
  | 'seal-broken'
  /** The journal ends before the line that a published anchor names: its tail was deleted. */
  | 'tail-missing'
  /** The line that a published anchor names is another one now: the journal was written anew. */
  | 'anchor-mismatch';

export interface BadLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly finding: Finding;
  readonly detail: string;
}

export type Verification =
  | {
      readonly ok: true;
      readonly files: number;
      /** How many files the one after them vouches for, byte by byte: all but the newest. */
      readonly sealed: number;
      readonly lines: number;
      readonly records: number;
      readonly head: ChainHead;
    }
  | {
      readonly ok: false;
      /** The first in the order of the chain. */
      readonly bad: BadLine;
      /** What else was found behind it, in order: each damage once, not its consequences. */
      readonly others: readonly BadLine[];
      /** False: there were so many that the rest was not read. */
      readonly complete: boolean;
    };

/** What is known of the chain up to a line: the last line that could be read in its place, and what has been noted since. */
interface Walk {
  head: ChainHead;
  /** Unreadable lines since `head`: each may be a line of the chain. */
  unread: number;
  /** Lines that stood before their place, by their number in the chain. */
  readonly ahead: Map<number, JournalLine>;
  /** Lines of the chain that are known to stand further down. */
  readonly behind: Set<number>;
  readonly found: BadLine[];
}

const usualMost = 20;

/** Stands before the first file: no seal fits it. */
const noFile = '';

/**
 * Reads every file in order and tells what is not as it was written, up to `mostFindings`. One file is in memory at a time. Lines deleted
 * from the very end leave no trace inside the journal: they show against `anchors` noted earlier, and only there. Rejects with the
 * disk's errno.
 */
export async function verifyJournal(
  disk: Disk,
  folder: string,
  anchors: readonly Anchor[] = [],
  mostFindings = usualMost,
): Promise<Verification> {
  const files = await journalFiles(disk, folder);
  const anchored = Map.groupBy(anchors, ({ seq }) => seq);
  const walk: Walk = { head: emptyChain, unread: 0, ahead: new Map(), behind: new Set(), found: [] };
  let [records, sealed, lastLine] = [0, 0, 0];
  let previousSha256: string | null = noFile;
  const isFull = (): boolean => walk.found.length >= mostFindings;
  for (const [index, name] of files.entries()) {
    const place: Place = { isNewest: index === files.length - 1, previous: files[index - 1], previousSha256 };
    const foundBefore = walk.found.length;
    const content = await disk.read(join(folder, name.file));
    if (content.length === 0) note(walk, name, 1, { finding: 'line-missing', detail: 'the file is empty' });
    for (const entry of fileLines(content)) {
      if (isFull()) return notOk(walk, false);
      takeFromAhead(walk);
      const bad = badness(entry, walk, place) ?? contradiction(entry, anchored);
      if (bad !== null) await judge(walk, bad, name, entry, (seq) => appears(disk, folder, files.slice(index), seq));
      adopt(walk, entry);
      lastLine = entry.number;
      if (typeof entry.read === 'string') continue;
      if (entry.read.type === 'record') records++;
      if (sealOf(entry.read) !== null) sealed++;
    }
    // A seal over bytes that are known to be bad would only say so again.
    const isClean = walk.found.length === foundBefore;
    previousSha256 = isClean ? createHash('sha256').update(content).digest('hex') : null;
  }
  takeFromAhead(walk);
  const beyond = anchors.filter(({ seq }) => seq > walk.head.seq).sort((a, b) => a.seq - b.seq)[0];
  if (beyond !== undefined) note(walk, files.at(-1) ?? { file: folder }, lastLine + 1, tailMissing(walk.head, beyond));
  if (walk.found.length > 0) return notOk(walk, true);
  return { ok: true, files: files.length, sealed, lines: walk.head.seq, records, head: walk.head };
}

interface Place {
  readonly isNewest: boolean;
  readonly previous: JournalFileName | undefined;
  /** Null where the file is known to be bad. */
  readonly previousSha256: string | null;
}

type Badness = Pick<BadLine, 'finding' | 'detail'>;

function note({ found }: Walk, { file }: Pick<JournalFileName, 'file'>, line: number, bad: Badness): void {
  found.push({ file, line, ...bad });
}

/** A gap whose lines stand further down is a new order, told once for each line that is not in its place. */
async function judge(
  walk: Walk,
  bad: Badness,
  name: JournalFileName,
  { number, read }: FileLine,
  standsLater: (seq: number) => Promise<boolean>,
): Promise<void> {
  const next = walk.head.seq + 1;
  const isGap = bad.finding === 'line-missing' || bad.finding === 'file-missing';
  if (!isGap || typeof read === 'string') return note(walk, name, number, bad);
  const isKnown = walk.behind.has(next);
  if (!isKnown && !(await standsLater(next))) return note(walk, name, number, bad);
  if (!isKnown) note(walk, name, number, reordered(next));
  walk.behind.add(next);
  walk.ahead.set(read.seq, read);
}

/** Goes on from a line, whatever was found in it; a line that is not in its place, or is there again, changes nothing. */
function adopt(walk: Walk, { read }: FileLine): void {
  if (typeof read === 'string') walk.unread++;
  else if (read.seq > walk.head.seq && !walk.ahead.has(read.seq)) goOn(walk, read);
}

function goOn(walk: Walk, { seq, hash }: JournalLine): void {
  walk.head = { seq, hash };
  walk.unread = 0;
}

/** Lines that stood too early fit when those before them have come. */
function takeFromAhead(walk: Walk): void {
  for (let next = walk.ahead.get(walk.head.seq + 1); next !== undefined; next = walk.ahead.get(walk.head.seq + 1)) {
    walk.ahead.delete(next.seq);
    goOn(walk, next);
  }
}

function badness(entry: FileLine, { head, unread }: Walk, { isNewest, previous, previousSha256 }: Place): Badness | null {
  const line = entry.read;
  if (!entry.complete && isNewest) return { finding: 'torn-tail', detail: 'the last line is not complete' };
  if (typeof line === 'string') return unreadable(line);
  if (!entry.complete) return { finding: 'changed-byte', detail: 'the newline after the last line is gone' };
  const isBeyond = line.seq > head.seq + 1 + unread;
  if (line.type === 'file.opened' && entry.number === 1 && isBeyond) return missingBefore(line, head, previous);
  if (isBeyond) return { finding: 'line-missing', detail: `${chainLines(head.seq + 1, line.seq - 1)} missing here` };
  if (line.seq <= head.seq) return { finding: 'line-doubled', detail: `line ${line.seq} of the chain is here again` };
  if (line.seq === head.seq + 1 && line.prevHash !== head.hash) {
    return { finding: 'broken-chain', detail: `line ${line.seq} of the chain does not continue the line before it` };
  }
  const seal = sealOf(line);
  if (seal !== null && previousSha256 !== null && seal !== previousSha256) {
    return {
      finding: 'seal-broken',
      detail: `${previous?.file ?? 'the file before'} is not the file that was sealed as ${seal}`,
    };
  }
  return null;
}

const sealOf = (line: JournalLine): string | null => (line.type === 'file.opened' ? (line.previousFileSha256 ?? null) : null);

function contradiction({ read }: FileLine, anchored: ReadonlyMap<number, readonly Anchor[]>): Badness | null {
  if (typeof read === 'string') return null;
  const other = anchored.get(read.seq)?.find((anchor) => !confirms(anchor, read));
  if (other === undefined) return null;
  return { finding: 'anchor-mismatch', detail: `line ${read.seq} of the chain is not the one published as ${other.hash}` };
}

const tailMissing = (head: ChainHead, { seq }: Anchor): Badness => ({
  finding: 'tail-missing',
  detail: `the journal ends at line ${head.seq} of the chain; ${chainLines(head.seq + 1, seq)} that an anchor proves missing`,
});

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

function notOk({ found }: Walk, complete: boolean): Verification {
  const [bad, ...others] = found;
  if (bad === undefined) throw new Error('nothing was found');
  return { ok: false, bad, others, complete };
}

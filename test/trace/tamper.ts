// Tampers with a journal in every way a text editor can, line by line, and counts what verification does not find.
import { type MemoryDisk, memoryDisk, type ProcessDisk } from '../../src/bench/simulator/memory-disk.ts';
import type { Random } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { type TakenAnchor, takeAnchor } from '../../src/trace/anchor.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { folder, jobFacts, open, recordOf, startWallMs } from './rig.ts';

export interface TamperCounts {
  readonly tried: number;
  readonly missed: readonly string[];
}

interface Journal {
  readonly medium: MemoryDisk;
  readonly disk: ProcessDisk;
  readonly anchor: TakenAnchor;
  /** File name → its lines. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** So many lines, over four days. */
export async function journalOf(lineCount: number): Promise<Journal> {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const medium = memoryDisk(clock);
  const disk = medium.startProcess();
  const { journal } = await open(disk, clock);
  for (let line = 0; journal.head().seq < lineCount; line++) {
    const job = jobFacts(`J${Math.floor(line / 3)}`, 1 + (line % 8));
    if (line % 3 === 0) await journal.opened(job);
    else if (line % 3 === 1) await journal.intent(job, 'write-ap');
    else await journal.record(recordOf(job, `R${line}`));
    if (line % Math.ceil(lineCount / 4) === 0 && line > 0) clock.setWallMs(clock.wallMs() + 86_400_000);
  }
  const anchor = await takeAnchor(disk, folder);
  if (anchor === null) throw new Error('no anchor');
  const files = new Map<string, readonly string[]>();
  for (const name of await disk.list(folder)) {
    files.set(
      name,
      Buffer.from(medium.bytesOf(`${folder}/${name}`))
        .toString('utf8')
        .trimEnd()
        .split('\n'),
    );
  }
  return { medium, disk, anchor, files };
}

/** Each line deleted, doubled, swapped with its neighbour and with another one, and changed in `bytesPerLine` of its bytes. */
export async function tamperWithEveryLine(lineCount: number, bytesPerLine: number, random: Random): Promise<TamperCounts> {
  const journal = await journalOf(lineCount);
  const places = [...journal.files].flatMap(([file, lines]) => lines.map((_, index) => ({ file, index })));
  const missed: string[] = [];
  let tried = 0;
  const attempt = async (what: string, changed: ReadonlyMap<string, readonly string[]>): Promise<void> => {
    tried++;
    if (await isFound(journal, changed)) return;
    missed.push(what);
  };
  for (const [number, { file, index }] of places.entries()) {
    const lines = journal.files.get(file) ?? [];
    const line = lines[index] ?? '';
    const named = `line ${index + 1} of ${file}`;
    await attempt(`${named} deleted`, new Map([[file, lines.toSpliced(index, 1)]]));
    await attempt(`${named} doubled`, new Map([[file, lines.toSpliced(index + 1, 0, line)]]));
    await attempt(`${named} doubled elsewhere`, new Map([[file, lines.toSpliced(random.below(lines.length + 1), 0, line)]]));
    const others = [places[(number + 1) % places.length], places[(number + 1 + random.below(places.length - 1)) % places.length]];
    for (const other of others) {
      if (other === undefined) continue;
      await attempt(`${named} swapped with line ${other.index + 1} of ${other.file}`, swapped(journal, { file, index }, other));
    }
    for (let change = 0; change < bytesPerLine; change++) {
      const at = random.below(line.length);
      const bit = 1 << random.below(7);
      const byte = String.fromCharCode(line.charCodeAt(at) ^ bit);
      await attempt(
        `${named} changed at byte ${at}`,
        new Map([[file, lines.with(index, line.slice(0, at) + byte + line.slice(at + 1))]]),
      );
    }
  }
  return { tried, missed };
}

function swapped({ files }: Journal, a: { file: string; index: number }, b: { file: string; index: number }) {
  const changed = new Map([...files].map(([name, lines]) => [name, [...lines]]));
  const [inA, inB] = [changed.get(a.file) ?? [], changed.get(b.file) ?? []];
  [inA[a.index], inB[b.index]] = [inB[b.index] ?? '', inA[a.index] ?? ''];
  return changed;
}

async function isFound(
  { medium, disk, anchor, files }: Journal,
  changed: ReadonlyMap<string, readonly string[]>,
): Promise<boolean> {
  for (const [file, lines] of changed) medium.put(`${folder}/${file}`, Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const { ok } = await verifyJournal(disk, folder, [anchor], 1);
  for (const file of changed.keys()) {
    medium.put(`${folder}/${file}`, Buffer.from((files.get(file) ?? []).map((line) => `${line}\n`).join('')));
  }
  return !ok;
}

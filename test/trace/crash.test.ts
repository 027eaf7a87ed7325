// The process or the power goes at every operation on the medium, and unsynced bytes tear at every byte.
import { describe, expect, it } from 'vitest';
import { type MemoryDisk, memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { createRandom } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { Journal } from '../../src/trace/journal.ts';
import type { JournalLine, WrittenRecord } from '../../src/trace/line.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { folder, jobFacts, linesOf, open, recordOf, startWallMs } from './rig.ts';

/** What the station had asked for and what it had been told when it died. */
interface Seen {
  readonly asked: Set<string>;
  readonly told: Set<string>;
  readonly records: WrittenRecord[];
}

async function shift(journal: Journal, clock: SimulatedClock, seen: Seen): Promise<void> {
  const step = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    seen.asked.add(name);
    await work();
    seen.told.add(name);
  };
  const opened = (id: string, slot: number) => step(`opened ${id}`, () => journal.opened(jobFacts(id, slot)));
  const intent = (id: string, slot: number) => step(`intent ${id}`, () => journal.intent(jobFacts(id, slot), 'write-bl'));
  const record = (id: string, slot: number) =>
    step(`record ${id}`, async () => void seen.records.push(await journal.record(recordOf(jobFacts(id, slot), `R-${id}`))));

  await Promise.all([opened('a', 1), opened('b', 2), opened('c', 3)]);
  await Promise.all([intent('a', 1), intent('b', 2)]);
  await record('a', 1);
  clock.setWallMs(startWallMs + 86_400_000);
  await Promise.all([record('b', 2), opened('d', 4)]);
  await intent('d', 4);
}

interface Crash {
  readonly medium: MemoryDisk;
  readonly clock: SimulatedClock;
  readonly seen: Seen;
  readonly died: boolean;
}

async function crashAt(operation: number): Promise<Crash> {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const medium = memoryDisk(clock);
  const seen: Seen = { asked: new Set(), told: new Set(), records: [] };
  const { journal } = await open(medium.startProcess(), clock);
  const death = medium.dieAt(operation).then(() => true);
  const died = await Promise.race([death, shift(journal, clock, seen).then(() => false)]);
  return { medium, clock, seen, died };
}

async function checkRestart({ medium, clock, seen }: Crash): Promise<void> {
  const disk = medium.startProcess();
  const { journal } = await open(disk, clock);
  const lines = await linesOf(disk);
  expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true });

  const hashes = new Set(lines.map((line) => line.hash));
  for (const { hash } of seen.records) expect(hashes.has(hash)).toBe(true);
  const closed = Map.groupBy(lines.filter(isRecord), (line) => line.jobId);
  for (const id of ['a', 'b', 'c', 'd']) {
    const records = closed.get(id) ?? [];
    if (seen.told.has(`opened ${id}`)) expect(records, `job ${id}`).toHaveLength(1);
    for (const record of records) checkVerdict(id, record, seen);
  }
  expect(journal.lockedSlots().map((lock) => lock.recordId)).toEqual(
    lines.filter(isRecord).flatMap((record) => (record.verdict === 'UNKNOWN' ? [record.recordId] : [])),
  );

  disk.kill();
  const again = await open(medium.startProcess(), clock);
  expect(again.journal.recovered).toEqual([]);
  expect(again.journal.lockedSlots()).toEqual(journal.lockedSlots());
  expect(again.events).toEqual([]);
}

const isRecord = (line: JournalLine): line is Extract<JournalLine, { type: 'record' }> => line.type === 'record';

function checkVerdict(id: string, record: WrittenRecord, seen: Seen): void {
  if (record.recordId === `R-${id}`) {
    expect(seen.asked.has(`record ${id}`)).toBe(true);
    expect(record.verdict).toBe('PASS');
    return;
  }
  expect(seen.told.has(`record ${id}`)).toBe(false);
  if (seen.told.has(`intent ${id}`)) expect(record.verdict).toBe('UNKNOWN');
  else if (!seen.asked.has(`intent ${id}`)) expect(record.verdict).toBe('ABORTED');
  else expect(['UNKNOWN', 'ABORTED']).toContain(record.verdict);
}

/** Names that are not durable stay or vanish; of each file's unsynced bytes so many stay. */
const choosing = (namesStay: boolean, bytes: number) => (below: number) =>
  below === 2 ? Number(namesStay) : Math.min(bytes, below - 1);

describe('a process killed at any operation', () => {
  it('leaves a journal from which every told line, and one right verdict per job, comes back', async () => {
    let crashes = 0;
    for (let operation = 1; ; operation++) {
      const crash = await crashAt(operation);
      if (!crash.died) break;
      await checkRestart(crash);
      crashes++;
    }
    expect(crashes).toBeGreaterThan(15);
  });
});

describe('the power cut at any operation', () => {
  it('with the unsynced bytes torn at any byte of a line, and all over a batch of lines, the same holds', async () => {
    let cuts = 0;
    for (let operation = 1; ; operation++) {
      const { died, medium } = await crashAt(operation);
      if (!died) break;
      const unsynced = longestUnsynced(medium);
      const stride = unsynced < oneLine ? 1 : 13;
      for (let kept = 0; kept <= unsynced; kept += stride) {
        const crash = await crashAt(operation);
        crash.medium.cutPower(choosing(kept % 2 === 0, kept));
        await checkRestart(crash);
        cuts++;
      }
    }
    expect(cuts).toBeGreaterThan(2_000);
  }, 120_000);

  it('again and again while recovering, loses nothing', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = createRandom(seed);
      const crash = await crashAt(random.between(1, 20));
      crash.medium.cutPower((below) => random.below(below));
      for (let restart = 0; restart < 3; restart++) {
        const death = crash.medium.dieAt(random.between(1, 6));
        await Promise.race([death, open(crash.medium.startProcess(), crash.clock)]);
        crash.medium.cutPower((below) => random.below(below));
      }
      void crash.medium.dieAt(Number.POSITIVE_INFINITY);
      await checkRestart(crash).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
    }
  });
});

/** The longest line of this shift is shorter. */
const oneLine = 1_300;

/** How many bytes of the largest unsynced part a power cut could keep. */
function longestUnsynced(medium: MemoryDisk): number {
  let longest = 0;
  medium.cutPower((below) => {
    longest = Math.max(longest, below - 1);
    return 0;
  });
  return longest;
}

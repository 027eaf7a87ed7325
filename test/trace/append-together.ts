// How long each of many slots waits for its record when all finish at once, on this computer's disk; beside it, what one fdatasync costs.
import { mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import { openJournal } from '../../src/trace/journal.ts';
import { nodeDisk } from '../../src/trace/node-disk.ts';
import { jobFacts, recordOf, station } from './rig.ts';

export interface AppendTimes {
  /** Of as many bytes as the records of all slots take, written alone. */
  readonly syncMs: readonly number[];
  /** Of each slot in each round, from its record handed over until it is durable. */
  readonly waitMs: readonly number[];
}

/** Works in a folder `append` below `root`, which is gone afterwards. */
export async function appendTogether(root: string, slots: number, rounds: number): Promise<AppendTimes> {
  const own = join(root, 'append');
  mkdirSync(own, { recursive: true });
  const syncMs: number[] = [];
  const file = await open(join(own, 'fdatasync'), 'a');
  for (let round = 0; round < 200; round++) {
    await file.write(Buffer.alloc(slots * 2000, 0x20));
    const from = performance.now();
    await file.datasync();
    syncMs.push(performance.now() - from);
  }
  await file.close();
  let id = 0;
  const journal = await openJournal({
    disk: nodeDisk,
    clock: realClock,
    folder: join(own, 'journal'),
    station,
    newId: () => `N${id++}`,
    utcOffset: () => 480,
  });
  const waitMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const records = Array.from({ length: slots }, (_, slot) =>
      recordOf(jobFacts(`${round}-${slot}`, slot + 1), `R${round}-${slot}`),
    );
    const from = performance.now();
    await Promise.all(records.map((record) => journal.record(record).then(() => waitMs.push(performance.now() - from))));
  }
  await journal.close();
  rmSync(own, { recursive: true, force: true });
  return { syncMs, waitMs };
}

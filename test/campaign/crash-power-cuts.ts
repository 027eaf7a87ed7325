// Simulated power cuts: the whole station with its rack on simulated time, its disk torn at random bytes of everything not yet synced.

import type { Disk } from '../../src/bench/disk.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import type { Random } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { openJournal } from '../../src/trace/journal.ts';
import { fileLines, journalFiles } from '../../src/trace/journal-file.ts';
import type { JournalLine } from '../../src/trace/line.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { prepareRun, type RackRun, stationIdentity } from '../line/rack-run.ts';
import { faultsAfterRestart, mayWrite, touchesDevice, type Witness } from './crash-checks.ts';

const folder = 'logs/journal';

export interface CutReport {
  readonly died: boolean;
  readonly bytesUnsynced: number;
  readonly jobsWriting: number;
  readonly faults: readonly string[];
}

/** Cuts the power at a random operation of the disk while eight boards are flashed, tears, restarts and judges. */
export async function cutPowerOnce(random: Random): Promise<CutReport> {
  const clock = new SimulatedClock();
  const medium = memoryDisk(clock);
  // Slow enough that lines of several slots wait for one sync together.
  medium.setSyncMs(random.pick([0, 5, 400]));
  const run = await prepareRun({ scenario: random.pick(['calm', 'rough']), seed: random.below(1000), clock, disk: medium });
  const death = medium.dieAt(random.between(1, 48)).then(() => true);
  const ended = run.station.start().then(() => run.station.ended);
  const died = await clock.runUntil(Promise.race([death, ended.then(() => false)]));
  const seen = witnessOf(run);
  let bytesUnsynced = 0;
  medium.cutPower((below) => {
    bytesUnsynced += below - 1;
    return random.below(below);
  });
  medium.setSyncMs(0);
  // A rack that was done before its death came must not die while it recovers.
  void medium.dieAt(Number.POSITIVE_INFINITY);

  const disk = medium.startProcess();
  const restartClock = new SimulatedClock({ wallMs: clock.wallMs() });
  const newId = ulidSource(restartClock, (count) => new Uint8Array(count).fill(7));
  const options = { disk, clock: restartClock, folder, station: stationIdentity, newId, utcOffset: () => 480 };
  const journal = await restartClock.runUntil(openJournal(options));
  const verified = await verifyJournal(disk, folder);
  const faults = faultsAfterRestart(seen, [], await linesOn(disk));
  if (!verified.ok)
    faults.push(`the chain does not verify: ${verified.bad.finding} at ${verified.bad.file}:${verified.bad.line}`);
  const locked = new Set(journal.lockedSlots().map(({ recordId }) => recordId));
  for (const { recordId, verdict } of journal.recovered) {
    if ((verdict === 'UNKNOWN') !== locked.has(recordId)) faults.push(`the lock of record ${recordId} (${verdict}) is wrong`);
  }
  return { died, bytesUnsynced, jobsWriting: seen.firstWriteBegun.size, faults };
}

function witnessOf({ lines }: RackRun): Witness {
  const jobs = new Set<string>();
  const firstWriteBegun = new Set<string>();
  const verdictsShown = new Map<string, string>();
  const jobAt = new Map<number | null, string>();
  for (const { slot, event } of lines) {
    if (event.type === 'job.opened') jobAt.set(slot, event.jobId);
    const job = jobAt.get(slot);
    if (touchesDevice(event.type) && job !== undefined) jobs.add(job);
    if (event.type === 'step.started' && job !== undefined && mayWrite(event.step)) firstWriteBegun.add(job);
    if (event.type === 'record.written') verdictsShown.set(event.recordId, event.verdict);
  }
  return { jobs, firstWriteBegun, verdictsShown };
}

async function linesOn(disk: Disk): Promise<readonly JournalLine[]> {
  const contents = await Promise.all((await journalFiles(disk, folder)).map(({ file }) => disk.read(`${folder}/${file}`)));
  return contents.flatMap((content) => [...fileLines(content)].flatMap(({ read }) => (typeof read === 'object' ? [read] : [])));
}

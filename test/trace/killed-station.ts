// A process that opens a job, makes its intent durable, says so, and waits to be killed.
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { openJournal } from '../../src/trace/journal.ts';
import { nodeDisk } from '../../src/trace/node-disk.ts';
import { jobFacts, shanghai, startWallMs, station } from './rig.ts';

const clock = new SimulatedClock({ wallMs: startWallMs });
const folder = process.argv[2] ?? '';
const journal = await openJournal({ disk: nodeDisk, clock, folder, station, newId: () => 'unused', utcOffset: shanghai });
await journal.opened(jobFacts('j1'));
await journal.intent(jobFacts('j1'), 'write-bl');
process.stdout.write('intent is durable\n');
setInterval(() => undefined, 60_000);

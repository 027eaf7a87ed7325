// `npm run crash-campaign -- --kills 200 [--cuts 400] [--seed 1] [--workers 4]`: the station dies at random, and nothing may be
// lost. Needs the built program (`npm run build`). Exit 1 with the findings when something was.
import { parseArgs } from 'node:util';
import { createRandom } from '../../src/bench/simulator/random.ts';
import { killAgainAndAgain } from './crash-kills.ts';
import { cutPowerOnce } from './crash-power-cuts.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    cuts: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '4' },
  },
});
const [kills, cuts, seed, workers] = [Number(values.kills), Number(values.cuts), Number(values.seed), Number(values.workers)];
const faults: string[] = [];

const torn = { died: 0, bytes: 0, writing: 0 };
for (let number = 1; number <= cuts; number++) {
  const { died, bytesUnsynced, jobsWriting, faults: found } = await cutPowerOnce(createRandom(seed).fork(`cut ${number}`));
  torn.died += Number(died);
  torn.bytes += bytesUnsynced;
  torn.writing += jobsWriting;
  faults.push(...found.map((text) => `cut ${number}: ${text}`));
}
process.stdout.write(
  `${cuts} power cuts on simulated racks (${torn.died} with the rack at work, ${torn.writing} jobs writing, ${torn.bytes} unsynced bytes dropped or torn): ${faults.length} faults\n`,
);

let started = 0;
const next = (): number | null => (started < kills ? ++started : null);
const reports = await Promise.all(
  Array.from({ length: workers }, (_, worker) => killAgainAndAgain(next, createRandom(seed).fork(`worker ${worker}`))),
);
const sum = (pick: (report: (typeof reports)[number]) => number): number => reports.reduce((total, one) => total + pick(one), 0);
faults.push(...reports.flatMap((report) => report.faults));
process.stdout.write(
  `${sum(({ kills: done }) => done)} SIGKILLs of the built station: ${sum(({ jobsOpenAtKill }) => jobsOpenAtKill)} jobs were open, ${sum(({ jobsWritingAtKill }) => jobsWritingAtKill)} of them writing\n`,
);
for (const text of faults) process.stdout.write(`FAULT ${text}\n`);
process.stdout.write(faults.length === 0 ? 'nothing lost, every chain verifies\n' : `${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

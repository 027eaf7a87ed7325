// Random faults in a session with an EC800N: whatever strikes wherever, no false PASS, no write behind "none", no mistake of the host.
import { expect, it } from 'vitest';
import { drawFault } from '../../src/bench/simulator/faults.ts';
import { createRandom } from '../../src/bench/simulator/random.ts';
import { runAsr } from './asr-run.ts';

const seeds = Array.from({ length: 24 }, (_, index) => index + 1);
/** So many messages a session has, preambles and data frames among them. */
const messages = 255;

it.each(seeds)('seed %d', async (seed) => {
  const random = createRandom(seed);
  const fault = drawFault(random, messages);
  const script = seed % 2 === 0 ? 'trusted' : 'none';
  const inserted = random.pick(['strapped', 'running', 'empty'] as const);
  const { record, board, before, image } = await runAsr({ inserted, firmware: { script }, faults: [fault] });
  const report = board.report();
  const about = JSON.stringify({
    fault,
    inserted,
    verdict: record.verdict,
    failure: record.failure,
    violations: report.violations,
  });
  expect(report.violations, about).toEqual([]);
  if (record.written === 'none') expect(report.regions, about).toEqual(before);
  if (record.verdict !== 'PASS') return;
  expect(report, about).toMatchObject({ clean: true, boots: true, revision: image.revisionsFound[0] });
});

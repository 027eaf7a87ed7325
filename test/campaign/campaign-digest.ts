// Runs one small campaign in a process of its own and prints its digest: `campaign-digest.ts SEED SLOTS BOARDS [busy]`. `busy` keeps
// the process at other work meanwhile, timers and a thread, as a loaded machine does.
import { Worker } from 'node:worker_threads';
import { runCampaign } from './campaign.ts';
import { drawScript } from './campaign-script.ts';

const [seed = 1, slots = 8, boards = 12] = process.argv.slice(2, 5).map(Number);
if (process.argv[5] === 'busy') {
  new Worker('setInterval(() => { for (const end = performance.now() + 2; performance.now() < end; ); }, 4)', {
    eval: true,
  }).unref();
  const disturb = (): void => {
    for (const endMs = performance.now() + 1; performance.now() < endMs; ) Math.random();
    setTimeout(disturb, 3).unref();
  };
  disturb();
}
const { digest } = await runCampaign({ script: drawScript({ seed, slots, boards }) });
process.stdout.write(`${digest}\n`, () => process.exit(0));

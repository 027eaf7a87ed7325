// `npm run campaign -- --seed S [--seeds N] [--slots 64] [--boards 1000] [--workers 2]`: N seeds from S on. Exit 1 when a checker
// found something; the seed and the smallest script that shows it are printed.
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { reportSeed, type SeedReport } from './campaign-report.ts';
import type { ScriptSize } from './campaign-script.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      slots: { type: 'string', default: '64' },
      boards: { type: 'string', default: '1000' },
      workers: { type: 'string', default: '2' },
    },
  });
  const [first, seeds, slots, boards, workers] = [values.seed, values.seeds, values.slots, values.boards, values.workers].map(
    Number,
  );
  if (!first || !seeds || !slots || !boards || !workers) throw new Error('numbers above 0, please');
  const sizes = Array.from({ length: seeds }, (_, index): ScriptSize => ({ seed: first + index, slots, boards }));
  const startedMs = performance.now();
  const reports: SeedReport[] = [];
  const next = async (): Promise<void> => {
    for (let size = sizes.shift(); size; size = sizes.shift()) {
      const report = await inWorker(size);
      reports.push(report);
      process.stdout.write(`${report.text}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, seeds) }, next));
  const violations = reports.reduce((sum, report) => sum + report.violations, 0);
  const jobs = reports.reduce((sum, report) => sum + report.jobs, 0);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`${reports.length} seeds, ${jobs} jobs, ${violations} violations, ${seconds} s\n`);
  if (violations > 0) process.exitCode = 1;
}

function inWorker(size: ScriptSize): Promise<SeedReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: size });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

if (isMainThread) await main();
else parentPort?.postMessage(await reportSeed(workerData as ScriptSize));

// `npm run campaign -- --seed S [--seeds N] [--slots 64] [--boards 1000] [--workers 2]`: N seeds from S on, and what they covered.
// Exit 1 when a checker found something, or when a campaign large enough to reach everything left something out. A finding names its
// seed at once, then the command that shows it with the fewest boards and troubles.
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { coverageTable, emptyCells, sumOf } from './campaign-coverage.ts';
import { type Kept, keptOf } from './campaign-narrow.ts';
import { reportSeed, type SeedReport } from './campaign-report.ts';
import type { ScriptSize } from './campaign-script.ts';

const longestShrinkMs = 300_000;

interface WorkerInput {
  readonly size: ScriptSize;
  readonly kept: Kept;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      slots: { type: 'string', default: '64' },
      boards: { type: 'string', default: '1000' },
      workers: { type: 'string', default: '2' },
      'only-boards': { type: 'string' },
      'only-incidents': { type: 'string' },
      without: { type: 'string' },
    },
  });
  const [first, seeds, slots, boards, workers] = [values.seed, values.seeds, values.slots, values.boards, values.workers].map(
    Number,
  );
  if (!first || !seeds || !slots || !boards || !workers) throw new Error('numbers above 0, please');
  const kept = keptOf({ boards: values['only-boards'], incidents: values['only-incidents'], without: values.without });
  const sizes = Array.from({ length: seeds }, (_, index): ScriptSize => ({ seed: first + index, slots, boards }));
  const startedMs = performance.now();
  const reports: SeedReport[] = [];
  const next = async (): Promise<void> => {
    for (let size = sizes.shift(); size; size = sizes.shift()) reports.push(await inWorker({ size, kept }));
  };
  await Promise.all(Array.from({ length: Math.min(workers, seeds) }, next));
  tellEnd(reports, Math.round((performance.now() - startedMs) / 1000));
}

function tellEnd(reports: readonly SeedReport[], seconds: number): void {
  const total = (of: (report: SeedReport) => number): number => reports.reduce((sum, report) => sum + of(report), 0);
  const violations = total((report) => report.violations);
  const boards = total((report) => report.boards);
  const coverage = sumOf(reports.map((report) => report.coverage));
  const empty = emptyCells(coverage);
  const cpu = process.resourceUsage().userCPUTime / 1e6;
  tell(coverageTable(coverage));
  tell(empty.length === 0 ? 'every cell that can be filled is' : `${empty.length} cells are empty: ${empty.join('; ')}`);
  tell(
    `${reports.length} seeds, ${boards} boards, ${total(({ jobs }) => jobs)} jobs, ${violations} violations, ${seconds} s, ${cpu.toFixed(0)} s of CPU`,
  );
  if (violations > 0) process.exitCode = 1;
}

const tell = (text: string): void => void process.stdout.write(`${text}\n`);

function inWorker(input: WorkerInput): Promise<SeedReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: input });
    worker.on('message', (message: string | SeedReport) => {
      if (typeof message === 'string') tell(message);
      else resolve(message);
    });
    worker.once('error', reject);
  });
}

async function work({ size, kept }: WorkerInput): Promise<void> {
  const timeForShrinking = (): (() => boolean) => {
    const startedMs = performance.now();
    return () => performance.now() - startedMs < longestShrinkMs;
  };
  parentPort?.postMessage(await reportSeed({ size, kept, timeForShrinking, tell: (text) => parentPort?.postMessage(text) }));
}

if (isMainThread) await main();
else await work(workerData as WorkerInput);

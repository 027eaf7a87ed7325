// `npm run benchmark [-- NAME… --runs N --share S --json FILE]`: measures, prints tables, writes JSON. Judges nothing: an absolute time says as
// much about the computer as about the station.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPty } from '../../src/bench/hardware/pty.ts';
import { softwareVersion, sourceCommit } from '../../src/commands/version.ts';
import { appendTogether } from '../trace/append-together.ts';
import { codecSpeeds } from './codecs.ts';
import { frameCostMs } from './frame-cost.ts';
import { bare, type Effort, entering, type Outcome, paced, single, slots, visitors } from './rack-benchmarks.ts';
import { median, percentile, table } from './statistics.ts';

const benchmarks: Readonly<Record<string, (effort: Effort) => Promise<Outcome>>> = {
  codecs,
  startUp,
  journal,
  frame,
  bare,
  single,
  slots,
  paced,
  visitors,
  entering,
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    share: { type: 'string', default: '1' },
    json: { type: 'string', default: join('logs', 'benchmark.json') },
  },
});
const unknown = positionals.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}\n`);
  process.exit(2);
}
// The program reads its version beside itself, and this is a copy of it.
copyFileSync('package.json', join(import.meta.dirname, '..', '..', 'package.json'));

const effort: Effort = { runs: Number(options.runs), share: Number(options.share) };
const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model ?? '',
  memoryBytes: totalmem(),
  kernel: release(),
  node: process.version,
  flashrack: softwareVersion(),
  commit: sourceCommit(),
};
process.stdout.write(
  `${machine.cpus} × ${machine.model}, Linux ${machine.kernel}, Node ${machine.node}, medians of ${effort.runs}\n`,
);

const results: Record<string, unknown> = {};
for (const name of positionals.length > 0 ? positionals : Object.keys(benchmarks)) {
  const run = benchmarks[name];
  if (run === undefined) continue;
  const loadBefore = loadavg()[0] ?? 0;
  const { text, values } = await run(effort);
  process.stdout.write(`\n${name} (load before ${loadBefore.toFixed(1)}, after ${(loadavg()[0] ?? 0).toFixed(1)})\n${text}\n`);
  results[name] = { loadBefore, values };
}
mkdirSync(dirname(options.json), { recursive: true });
writeFileSync(options.json, `${JSON.stringify({ at: new Date().toISOString(), machine, effort, results }, null, 2)}\n`);
process.stdout.write(`\nwritten to ${options.json}\n`);
process.exit(0);

async function codecs({ runs }: Effort): Promise<Outcome> {
  const values = await codecSpeeds(runs);
  return {
    text: table(
      ['on one core', '', ''],
      values.map(({ name, value, unit }) => [name, value.toFixed(0), unit]),
    ),
    values,
  };
}

/** A record of each of 64 slots at the same moment; the disk's own time beside it. */
async function journal({ runs }: Effort): Promise<Outcome> {
  const folder = mkdtempSync(join('logs', 'benchmark-'));
  const { syncMs, waitMs } = await appendTogether(folder, 64, 20 * runs);
  rmSync(folder, { recursive: true, force: true });
  const shares = (values: readonly number[]) => ({ p50: median(values), p99: percentile(values, 0.99) });
  const values = { fdatasyncMs: shares(syncMs), appendMs: shares(waitMs) };
  const rows = Object.entries(values).map(([name, { p50, p99 }]) => [name, p50.toFixed(1), p99.toFixed(1)]);
  return { text: table(['64 slots at once', 'p50', 'p99'], rows), values };
}

/** A frame of the dashboard with every slot moving, five times a second. */
async function frame({ runs }: Effort): Promise<Outcome> {
  const values = [];
  for (const slots of [1, 8, 64]) values.push({ slots, msPerFrame: await frameCostMs(slots, 15 * runs) });
  const rows = values.map(({ slots, msPerFrame }) => [String(slots), msPerFrame.toFixed(1)]);
  return { text: table(['slots on the screen', 'CPU ms of a frame'], rows), values };
}

/** The built program, from its start to what it shows first. */
async function startUp({ runs }: Effort): Promise<Outcome> {
  const versionMs: number[] = [];
  const frameMs: number[] = [];
  const readyMs: number[] = [];
  for (let run = 0; run < runs; run++) {
    versionMs.push(await shown(['--version'], /\d\.\d/));
    frameMs.push(await shown(['demo'], /slot|01/));
    readyMs.push(await shown(['demo', '--json'], /station\.started/));
  }
  const values = { versionMs: median(versionMs), firstFrameMs: median(frameMs), readyMs: median(readyMs) };
  const rows = [
    ['flashrack --version', values.versionMs.toFixed(0)],
    ['npm start, built, to the first frame', values.firstFrameMs.toFixed(0)],
    ['the same without a screen, to station.started', values.readyMs.toFixed(0)],
  ];
  return { text: table(['start', 'ms'], rows), values };
}

/** Milliseconds until the terminal of a freshly started program shows what is expected. */
async function shown(args: readonly string[], expected: RegExp): Promise<number> {
  const pty = await openPty();
  const began = performance.now();
  let text = '';
  const seen = new Promise<number>((resolve) => {
    pty.onBytes((bytes) => {
      text += Buffer.from(bytes).toString('latin1');
      if (expected.test(text)) resolve(performance.now() - began);
    });
  });
  const terminal = pty.slavePath;
  const script = `exec "$0" "$@" <${terminal} >${terminal} 2>&1`;
  const child = spawn('sh', ['-c', script, process.execPath, join('dist', 'main.js'), ...args], {
    stdio: 'ignore',
    env: { ...process.env, TERM: 'xterm-256color', CI: '', UV_THREADPOOL_SIZE: '64' },
  });
  const ms = await seen;
  child.kill('SIGKILL');
  await pty.close();
  return ms;
}

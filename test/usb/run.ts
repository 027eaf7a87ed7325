// `npm run test:usb`: the station on a real Linux USB stack, in a guest, with emulated boards. Exit 0: everything held; 1: something did not.
// `node test/usb/run.ts [--models EC600E,EC800E] [scenario …]`; without names all of them run. Skips loudly, with 0, where it cannot run.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import { type Bench, layOutWorkFolder } from './bench.ts';
import { startGuest } from './guest.ts';
import { cannotRun, prepareGuest } from './prepare.ts';
import { hubChains, usbPlaces } from './rack.ts';
import { scenarios } from './scenarios.ts';

const project = resolve(import.meta.dirname, '../..');
const cache = join(project, 'node_modules/.cache/flashrack-usb');
const longestRunMs = 10 * 60_000;
const startedAtMs = performance.now();

const log = (text: string): void =>
  void process.stdout.write(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(6)}  ${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { models: { type: 'string', default: demoReleases.map(({ model }) => model).join(',') } },
});

const obstacle = cannotRun();
if (obstacle !== null) {
  process.stderr.write(`SKIPPED: the USB test bench was not run: ${obstacle}\n`);
  process.exit(0);
}

const tsc = [join(project, 'node_modules/typescript/bin/tsc'), '-p', join(project, 'tsconfig.build.json')];
if (spawnSync(process.execPath, tsc, { stdio: 'inherit' }).status !== 0)
  log('the build has errors; the guest runs what was built');
warmCompileCache();

const files = prepareGuest(cache);
log(`guest: Debian kernel ${files.release}`);
const runFolder = mkdtempSync(join(tmpdir(), 'frusb-'));
const workFolder = join(runFolder, 'work');
mkdirSync(workFolder);
const models = values.models.split(',');
layOutWorkFolder({ workFolder, project, models });
const places = usbPlaces(runFolder);
for (const place of places) await place.listen();
const consoleLines: string[] = [];
const failed: string[] = [];

const guest = await startGuest({
  files,
  project,
  workFolder,
  runFolder,
  hubs: hubChains,
  places,
  onConsole: (line) => consoleLines.push(line),
});
const overdue = setTimeout(() => end(`not done after ${longestRunMs / 60_000} min`), longestRunMs);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal));

const bench: Bench = {
  guest,
  places: new Map(places.map((place) => [place.chain, place])),
  workFolder,
  project,
  models,
  log,
  check(what, holds, found) {
    log(`${holds ? 'ok    ' : 'FAILED'} ${what}${holds || found === undefined ? '' : `: ${JSON.stringify(found)}`}`);
    if (!holds) failed.push(what);
  },
};

/** Compiling is what a program's start costs most in an emulated processor: this machine does it beforehand, with the same Node and paths. */
function warmCompileCache(): void {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(cache, 'compiled') };
  for (const command of [
    ['devices', '--once'],
    ['map', '/nowhere'],
    ['run', '/nowhere'],
  ]) {
    spawnSync(process.execPath, [join(project, 'dist/main.js'), ...command], { env, stdio: 'ignore', timeout: 60_000 });
  }
}

function end(trouble: string | null): never {
  clearTimeout(overdue);
  guest.stop();
  if (trouble !== null) {
    failed.push(trouble);
    for (const line of consoleLines.slice(-40)) process.stderr.write(`console: ${line}\n`);
  }
  writeFileSync(join(cache, 'last-console.txt'), consoleLines.join('\n'));
  if (failed.length === 0) rmSync(runFolder, { recursive: true, force: true });
  else log(`the guest's files are in ${workFolder}`);
  process.stdout.write(failed.length === 0 ? 'USB-BENCH-RESULT passed\n' : `USB-BENCH-RESULT failed: ${failed.join('; ')}\n`);
  process.exit(failed.length === 0 ? 0 : 1);
}

try {
  await guest.ready;
  log('the guest is up');
  for (const name of positionals.length > 0 ? positionals : Object.keys(scenarios)) {
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error(`no scenario ${name}: ${Object.keys(scenarios).join(', ')}`);
    log(`--- ${name}`);
    await scenario(bench);
  }
  end(null);
} catch (thrown) {
  end(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
}

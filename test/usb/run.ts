// `npm run test:usb`: the station on a real Linux USB stack, in a guest, with emulated boards. Exit 0: everything held; 1: something did not.
// `node test/usb/run.ts [--models EC600E,EC800E] [scenario …]`; without names the whole runs. Skips loudly, with 0, where it cannot run.
// `--ci`: what a CI run has time for; and where the guest is too slow to judge, or QEMU cannot be had, that is told as a skip too.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import { type Bench, layOutWorkFolder, patience } from './bench.ts';
import { startGuest } from './guest.ts';
import { pieceOfWorkMs } from './piece-of-work.ts';
import { cannotRun, prepareGuest } from './prepare.ts';
import { hubChains, strayChain, usbPlaces } from './rack.ts';
import { servePeer } from './raw-board.ts';
import { scenarios } from './scenarios.ts';

const project = resolve(import.meta.dirname, '../..');
/** Of this checkout: what was compiled, and the last console. */
const cache = join(project, 'node_modules/.cache/flashrack-usb');
/** Of this user: the kernel, which is downloaded once for all checkouts. */
const kernelCache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'flashrack-usb');
const wholeRunMs = 20 * 60_000;
const ciRunMs = 6 * 60_000;
const ciScenarios = ['map', 'eight', 'pulls'];
/** Everything in the guest waits for some tens of seconds; a guest that is slower than this, or stands still for longer, proves nothing. */
const slowest = { factor: 250, stallMs: 8_000, bootMs: 150_000 };
const startedAtMs = performance.now();

const log = (text: string): void =>
  void process.stdout.write(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(6)}  ${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: demoReleases.map(({ model }) => model).join(',') },
    ci: { type: 'boolean', default: false },
  },
});
/** All of them but those that are a part of another one. */
const wholeRun = Object.keys(scenarios).filter((name) => name !== 'pulls' && name !== 'contract');
const names = positionals.length > 0 ? positionals : values.ci ? ciScenarios : wholeRun;

function skip(reason: string): never {
  process.stderr.write(`SKIPPED: the USB test bench was not run to its end: ${reason}\n`);
  process.exit(0);
}

const obstacle = cannotRun();
if (obstacle !== null) skip(obstacle);

const tsc = [join(project, 'node_modules/typescript/bin/tsc'), '-p', join(project, 'tsconfig.build.json')];
if (spawnSync(process.execPath, tsc, { stdio: 'inherit' }).status !== 0)
  log('the build has errors; the guest runs what was built');
warmCompileCache();

const files = preparedFiles();
log(`guest: Debian kernel ${files.release}`);
const runFolder = mkdtempSync(join(tmpdir(), 'frusb-'));
const workFolder = join(runFolder, 'work');
mkdirSync(workFolder);
const models = values.models.split(',');
layOutWorkFolder({ workFolder, project, models });
const places = usbPlaces(runFolder);
for (const place of places) await place.listen();
const peerPath = join(runFolder, 'peer');
const rawPlace = places.find(({ chain }) => chain === strayChain);
if (rawPlace !== undefined) await servePeer(peerPath, rawPlace);
const consoleLines: string[] = [];
const failed: string[] = [];
let slowness = Number.NaN;

const guest = await startGuest({
  files,
  project,
  workFolder,
  runFolder,
  hubs: hubChains,
  places,
  peerPath,
  onConsole: (line) => consoleLines.push(line),
});
const longestRunMs = values.ci ? ciRunMs : wholeRunMs;
const overdue = setTimeout(() => {
  const late = `not done after ${longestRunMs / 60_000} min`;
  // Every step has a deadline of its own, so this is a slow machine and no hang.
  if (values.ci && failed.length === 0) skipRunning(`${late}; every check until then held`);
  void end(late);
}, longestRunMs);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(signal));

const bench: Omit<Bench, 'slowness'> = {
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

function preparedFiles(): ReturnType<typeof prepareGuest> {
  try {
    mkdirSync(cache, { recursive: true });
    return prepareGuest(kernelCache);
  } catch (thrown) {
    if (!values.ci) throw thrown;
    return skip(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** How slow the guest is now and was since the last time; null when that says nothing against it. */
async function tooSlow(): Promise<string | null> {
  const { workMs, lateP99Ms, lateMaxMs } = await Promise.race([
    guest.pace(),
    sleep(30_000, { workMs: Number.POSITIVE_INFINITY, lateP99Ms: 30_000, lateMaxMs: 30_000 }),
  ]);
  slowness = workMs / pieceOfWorkMs();
  log(
    `the guest is ${slowness.toFixed(0)} times slower than this machine; its timers were late by ${lateP99Ms.toFixed(0)} ms (p99), ` +
      `${lateMaxMs.toFixed(0)} ms at most`,
  );
  if (slowness > slowest.factor) return `the guest is ${slowness.toFixed(0)} times slower than this machine`;
  return lateMaxMs > slowest.stallMs ? `the guest stood still for ${(lateMaxMs / 1000).toFixed(0)} s` : null;
}

function skipRunning(reason: string): never {
  guest.stop();
  return skip(reason);
}

async function end(trouble: string | null): Promise<never> {
  clearTimeout(overdue);
  if (trouble !== null) {
    failed.push(trouble);
    for (const line of consoleLines.slice(-40)) process.stderr.write(`console: ${line}\n`);
  }
  const excuse = failed.length > 0 && values.ci ? await tooSlow() : null;
  guest.stop();
  writeFileSync(join(cache, 'last-console.txt'), consoleLines.join('\n'));
  if (failed.length === 0) rmSync(runFolder, { recursive: true, force: true });
  else log(`the guest's files are in ${workFolder}`);
  const result = failed.length === 0 ? 'passed' : excuse === null ? 'failed' : 'not judged';
  process.stdout.write(`USB-BENCH-RESULT ${result}${failed.length === 0 ? '' : `: ${failed.join('; ')}`}\n`);
  if (excuse !== null) skip(`${excuse}: what did not hold is not judged`);
  process.exit(failed.length === 0 ? 0 : 1);
}

try {
  const isUp = await Promise.race([guest.ready.then(() => true), sleep(slowest.bootMs, false)]);
  if (!isUp && values.ci) skipRunning(`the guest was not up after ${slowest.bootMs / 1000} s`);
  await guest.ready;
  log(`the guest is up; its profiles wait ${patience.downloadWindow.seconds} s where a module gives 10`);
  const reason = await tooSlow();
  if (reason !== null && values.ci) skipRunning(reason);
  for (const name of names) {
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error(`no scenario ${name}: ${Object.keys(scenarios).join(', ')}`);
    log(`--- ${name}`);
    await Promise.race([scenario({ ...bench, slowness }), guest.lost]);
  }
  await end(null);
} catch (thrown) {
  await end(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
}

// The benchmarks of the whole station over boards on ptys: one slot against the floor, many slots against one, visitors while the rest is
// programmed, and a rack that enters within a second. Each gives rows for a table and values for the JSON.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { TimeModel } from '../../src/bench/simulator/time-model.ts';
import type { BareLoop } from './bare-loop.ts';
import { floorMs } from './floor.ts';
import { type BenchmarkModel, largestBytes, type RackWork, writeRack } from './rack-work.ts';
import { runStation } from './run-station.ts';
import type { LoopDelay, StationMeasured, StationOrder } from './station-process.ts';
import { median, percentile, table } from './statistics.ts';

export interface Outcome {
  readonly text: string;
  readonly values: unknown;
}

export interface Effort {
  readonly runs: number;
  /** Share of the largest package: a short look takes less. */
  readonly share: number;
}

const models: readonly BenchmarkModel[] = ['EC800E', 'EC600U', 'EC800G', 'EC800N'];
const fixed = (value: number, digits: number): string => value.toFixed(digits);
const atOnce = { insertEveryMs: 15, visits: 0 } as const;
const frameBytes = 2048;
/** Flags, type, size, check, and what is escaped of bytes that are evenly spread. */
const frameOverheadBytes = 24;
const instantFlash: Partial<TimeModel> = { programMsPerByte: 0, eraseMs: { sector4K: 0, block32K: 0, block64K: 0 } };
/** 150 kB/s on the wire, a flash that keeps up with it, and a host that hands over each frame at once. */
const steadyRate = {
  time: { ...instantFlash, bytesPerMs: 150 },
  pacing: { bytesPerSecond: 4_000_000, burstBytes: 16_384 },
} as const;

const bytesOf = (model: BenchmarkModel, { share }: Effort): number => Math.floor((largestBytes[model] * share) / 1024) * 1024;

async function several(order: StationOrder, screen: 'dashboard' | 'lines', runs: number): Promise<StationMeasured[]> {
  const all: StationMeasured[] = [];
  for (let run = 0; run < runs; run++) all.push(await runStation(order, screen));
  return all;
}

/** One slot on every platform, at the profile's pacing, against the same job on simulated time. */
export async function single(effort: Effort): Promise<Outcome> {
  const values = [];
  for (const model of models) {
    const work: RackWork = { model, slots: 1, bytes: bytesOf(model, effort), pacing: null };
    const { folder, stationFile } = writeRack(work);
    const floor = await floorMs(stationFile, model, {});
    rmSync(folder, { recursive: true, force: true });
    const runs = await several({ ...work, ...atOnce, time: {} }, 'lines', effort.runs);
    const measuredMs = median(runs.map(({ slotMs }) => slotMs[0] ?? 0));
    values.push({ model, bytes: runs[0]?.programmedBytes ?? 0, floorMs: floor, measuredMs, overhead: measuredMs / floor - 1 });
  }
  const rows = values.map(({ model, bytes, floorMs: floor, measuredMs, overhead }) => [
    model,
    fixed(bytes / 1e6, 2),
    fixed(floor / 1000, 2),
    fixed(measuredMs / 1000, 2),
    `${fixed(overhead * 100, 1)} %`,
  ]);
  return { text: table(['one slot', 'MB', 'floor s', 'measured s', 'over the floor'], rows), values };
}

const slotCounts = [1, 8, 16, 32, 64] as const;

/** 2 KiB frames with acknowledgements at 150 kB/s on every slot, with and without the screen. */
export async function slots(effort: Effort): Promise<Outcome> {
  const values = [];
  for (const screen of ['lines', 'dashboard'] as const) {
    for (const count of slotCounts) {
      const work: RackWork = { model: 'EC600U', slots: count, bytes: bytesOf('EC600U', effort), pacing: steadyRate.pacing };
      const runs = await several({ ...work, ...atOnce, time: steadyRate.time }, screen, effort.runs);
      values.push({ screen, slots: count, ...summary(runs) });
    }
  }
  const oneMs = values[0]?.slotMs ?? 1;
  const rows = values.map((value) => [
    `${value.slots}${value.screen === 'dashboard' ? ' + screen' : ''}`,
    fixed(value.slotMs / 1000, 2),
    fixed(value.kilobytesPerSecond.median, 0),
    fixed(value.slotMs / oneMs, 3),
    `${fixed(value.slowestShare * 100, 1)} %`,
    `${fixed(value.coreShare * 100, 1)} %`,
    fixed(value.usPerFrame, 0),
    fixed(value.cpuSecondsPerMiB, 3),
    fixed(value.peakRssBytes / 0x100000, 0),
    [value.loop.p50, value.loop.p99, value.loop.max].map((ms) => fixed(ms, 1)).join('/'),
    fixed(value.wholeLoop.p99, 1),
    fixed(value.firstByteP99Ms, 0),
  ]);
  const head = [
    'slots',
    's',
    'kB/s of each',
    'against one',
    'slowest/mean',
    'core',
    'µs/frame',
    'CPU s/MiB',
    'RSS MiB',
    'loop p50/p99/max ms',
    'of the whole run p99',
    'first byte p99 ms',
  ];
  return { text: table(head, rows), values };
}

const bareSeconds = 4;

/** The same load without a station, for what of `slots` is the computer's own. */
export async function bare({ runs }: Effort): Promise<Outcome> {
  const program = join(import.meta.dirname, `bare-loop${extname(import.meta.filename)}`);
  const values = [];
  for (const slots of [1, 64]) {
    const order = [slots, frameBytes + frameOverheadBytes, frameBytes / steadyRate.time.bytesPerMs, bareSeconds].map(String);
    const all = Array.from(
      { length: runs },
      () => JSON.parse(execFileSync(process.execPath, [program, ...order], { encoding: 'utf8' })) as BareLoop,
    );
    const over = (value: (run: BareLoop) => number): number => median(all.map(value));
    values.push({
      slots,
      coreShare: over(({ coreShare }) => coreShare),
      usPerFrame: over(({ usPerFrame }) => usPerFrame),
      kilobytesPerSecond: over(({ kilobytesPerSecond }) => kilobytesPerSecond),
    });
  }
  const rows = values.map(({ slots, coreShare, usPerFrame, kilobytesPerSecond }) => [
    String(slots),
    `${fixed(coreShare * 100, 1)} %`,
    fixed(usPerFrame, 0),
    fixed(kilobytesPerSecond, 0),
  ]);
  return { text: table(['serial paths, no station', 'core', 'µs/frame', 'kB/s of each'], rows), values };
}

function summary(runs: readonly StationMeasured[]) {
  const over = (value: (run: StationMeasured) => number): number => median(runs.map(value));
  const delays = (loop: (run: StationMeasured) => LoopDelay): LoopDelay => ({
    p50: over((run) => loop(run).p50),
    p99: over((run) => loop(run).p99),
    max: over((run) => loop(run).max),
  });
  const mean = ({ slotMs }: StationMeasured): number => slotMs.reduce((sum, ms) => sum + ms, 0) / slotMs.length;
  return {
    slotMs: over((run) => Math.max(...run.slotMs)),
    /** Of the mean slot's speed. */
    slowestShare: over((run) => mean(run) / Math.max(...run.slotMs)),
    coreShare: over(({ steady }) => (steady === null ? 0 : steady.cpuMs / steady.ms)),
    usPerFrame: over(({ steady }) => (steady === null ? 0 : (steady.cpuMs * 1000) / (steady.bytes / frameBytes))),
    kilobytesPerSecond: {
      median: over(({ writeRates }) => median(writeRates)),
      least: over(({ writeRates }) => Math.min(...writeRates)),
    },
    cpuSecondsPerMiB: over(({ cpuMs, programmedBytes }) => cpuMs / 1000 / (programmedBytes / 0x100000)),
    peakRssBytes: over(({ peakRssBytes }) => peakRssBytes),
    loop: delays(({ steadyLoopMs }) => steadyLoopMs),
    wholeLoop: delays(({ loopDelayMs }) => loopDelayMs),
    firstByteP99Ms: over(({ firstByteMs }) => percentile(firstByteMs, 0.99)),
  };
}

/** 64 slots of the platform that needs pacing, at its 64 kB/s; flash and wire keep up with it. */
export async function paced(effort: Effort): Promise<Outcome> {
  const work: RackWork = { model: 'EC800E', slots: 64, bytes: bytesOf('EC800E', effort), pacing: null };
  const runs = await several({ ...work, ...atOnce, time: instantFlash }, 'lines', effort.runs);
  const value = summary(runs);
  const { median: mean, least } = value.kilobytesPerSecond;
  const row = ['64', fixed(mean, 1), fixed(least, 1), `${fixed(value.coreShare * 100, 1)} %`, fixed(value.loop.p99, 1)];
  return { text: table(['slots paced to 64 kB/s', 'kB/s median', 'slowest', 'core', 'loop p99 ms'], [row]), values: value };
}

const visits = 50;

/** 63 slots are programmed, at the flash's own pace; into the last one a board comes, is heard, is pulled, and comes again. */
export async function visitors(effort: Effort): Promise<Outcome> {
  const work: RackWork = { model: 'EC600U', slots: 64, bytes: bytesOf('EC600U', effort), pacing: steadyRate.pacing };
  const runs = await several(
    { ...work, insertEveryMs: 15, visits, time: { bytesPerMs: steadyRate.time.bytesPerMs } },
    'lines',
    1,
  );
  const times = runs.flatMap(({ firstByteMs }) => firstByteMs.slice(63));
  const value = { visits: times.length, p50: percentile(times, 0.5), p99: percentile(times, 0.99), max: Math.max(...times) };
  const row = [String(value.visits), ...[value.p50, value.p99, value.max].map((ms) => fixed(ms, 1))];
  return { text: table(['boards into slot 64, 63 programming', 'first byte p50 ms', 'p99', 'max'], [row]), values: value };
}

/** Issue 6, must show 2: all slots within one second, each handshake begun within 500 ms of its enumeration. */
export async function entering(effort: Effort): Promise<Outcome> {
  const values = [];
  for (const model of models) {
    const time: Partial<TimeModel> = {};
    const work: RackWork = { model, slots: 64, bytes: Math.min(300_000, bytesOf(model, effort)), pacing: null };
    const [run] = await several({ ...work, ...atOnce, time }, 'lines', 1);
    if (run === undefined) continue;
    const late = run.firstByteMs.filter((ms) => ms > 500).length;
    values.push({
      model,
      boards: run.firstByteMs.length,
      p50: median(run.firstByteMs),
      p99: percentile(run.firstByteMs, 0.99),
      max: Math.max(...run.firstByteMs),
      late,
      handshakeMaxMs: Math.max(...run.handshakeMs),
    });
  }
  const rows = values.map(({ model, boards, p50, p99, max, late, handshakeMaxMs }) => [
    model,
    String(boards),
    ...[p50, p99, max].map((ms) => fixed(ms, 1)),
    String(late),
    fixed(handshakeMaxMs, 0),
  ]);
  const head = ['64 within 1 s', 'boards', 'handshake begins p50 ms', 'p99', 'max', 'later than 500 ms', 'first reply max ms'];
  return { text: table(head, rows), values };
}

// The station under measurement, alone in its process: the program's own rack over boards on ptys. Writes what it measured as one JSON
// value into a file, because its terminal may be the dashboard's. Started by run-station.ts.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import { promptPowerSwitch } from '../../src/bench/power-switch.ts';
import type { TimeModel } from '../../src/bench/simulator/time-model.ts';
import { loadRack } from '../../src/commands/load-rack.ts';
import { runRack } from '../../src/commands/run-rack.ts';
import type { StationConsole } from '../../src/station/read-model.ts';
import { usbPathOf } from './pty-messages.ts';
import { ptyRack } from './pty-rack.ts';
import type { RackWork } from './rack-work.ts';

export interface StationOrder extends RackWork {
  /** Of the boards. */
  readonly time: Partial<TimeModel>;
  /** From one board's insertion to the next one's. */
  readonly insertEveryMs: number;
  /** How often a board is pulled out of the last slot at its first byte and put in again while the others are programmed. */
  readonly visits: number;
}

export interface StationProcessOrder extends StationOrder {
  /** Written by the parent: making a package costs memory that is not the station's. */
  readonly stationFile: string;
  readonly resultFile: string;
}

export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Span {
  readonly ms: number;
  readonly cpuMs: number;
  readonly bytes: number;
}

interface Progress {
  readonly atMs: number;
  readonly bytes: number;
}

export interface StationMeasured {
  readonly passed: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** From a slot's first byte to its record, in the order of the slots' numbers. */
  readonly slotMs: readonly number[];
  /** From the first device to the last record. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** While every slot was programming at the same time; null when they never were. */
  readonly steady: Span | null;
  /** Of each slot's longest write step, from its first word of progress to its last, in kB/s. */
  readonly writeRates: readonly number[];
  readonly peakRssBytes: number;
  /** Of the whole run, and while every slot was programming. */
  readonly loopDelayMs: LoopDelay;
  readonly steadyLoopMs: LoopDelay;
  readonly firstByteMs: readonly number[];
  readonly handshakeMs: readonly number[];
  /** Commands that the boards answered. */
  readonly frames: number;
  readonly programmedBytes: number;
}

const order = JSON.parse(process.argv[2] ?? '') as StationProcessOrder;
const boards = await ptyRack();
/** Each look is a wake-up: one every millisecond costs 5 % of a core by itself, this one 0.9 %. */
const lookEveryMs = 10;
const watchLoop = () => monitorEventLoopDelay({ resolution: lookEveryMs });
const wholeLoop = watchLoop();
const steadyLoop = watchLoop();

function delaysOf(loop: ReturnType<typeof watchLoop>): LoopDelay {
  const delayMs = (ns: number): number => Math.max(0, ns / 1e6 - lookEveryMs);
  return { p50: delayMs(loop.percentile(50)), p99: delayMs(loop.percentile(99)), max: delayMs(loop.max) };
}
const rack = await loadRack(order.stationFile);
const downloadIds = [...rack.profiles.values()].flatMap(({ profile }) =>
  profile.modes.download.ids.map(({ productId }) => productId),
);

const startedAtMs = new Map<number, number>();
const endedAtMs = new Map<number, number>();
const handshakeMs: number[] = [];
/** By slot and step. */
const writes = new Map<number, Map<string, { readonly from: Progress; to: Progress }>>();
const verdicts: Record<string, number> = {};
let firstMs = Number.POSITIVE_INFINITY;
let lastMs = 0;
let cpuAtStart = process.cpuUsage();
let cpuAtEnd = cpuAtStart;
let steady: Span | null = null;

const programmed = (): number => boards.reports.flatMap(({ images }) => images).reduce((sum, { size }) => sum + size, 0);

/** What was used and done so far; `bytes` of all slots. */
function mark(console: StationConsole): Span {
  const { user, system } = process.cpuUsage();
  const bytes = console.view().slots.reduce((sum, { bytesDone }) => sum + bytesDone, 0);
  return { ms: performance.now(), cpuMs: (user + system) / 1000, bytes };
}

function noteProgress(slot: number, step: string, progress: Progress): void {
  const steps = writes.get(slot) ?? new Map<string, { readonly from: Progress; to: Progress }>();
  writes.set(slot, steps);
  const known = steps.get(step);
  if (known === undefined) steps.set(step, { from: progress, to: progress });
  else known.to = progress;
}

/** The last word of progress comes when the step ends: what follows the last byte belongs to it. */
function writeRate(slot: number): number {
  const steps = [...(writes.get(slot)?.values() ?? [])];
  const longest = steps.reduce((most, step) => (step.to.bytes > (most?.to.bytes ?? 0) ? step : most), steps[0]);
  return longest === undefined ? 0 : (longest.to.bytes - longest.from.bytes) / (longest.to.atMs - longest.from.atMs);
}

function watch(console: StationConsole): void {
  const programming = new Set<number>();
  let steadyFrom: Span | null = null;
  const noteSteady = (slot: number, isProgramming: boolean): void => {
    if (isProgramming) programming.add(slot);
    if (isProgramming && programming.size === order.slots) {
      steadyFrom = mark(console);
      steadyLoop.enable();
    }
    if (isProgramming || !programming.has(slot)) return;
    programming.delete(slot);
    if (steadyFrom === null || steady !== null) return;
    steadyLoop.disable();
    const to = mark(console);
    steady = { ms: to.ms - steadyFrom.ms, cpuMs: to.cpuMs - steadyFrom.cpuMs, bytes: to.bytes - steadyFrom.bytes };
  };
  let visitsLeft = order.visits;
  const insert = (slot: number): void =>
    boards.send({ type: 'insert', usbPath: usbPathOf(slot), model: order.model, seed: slot, time: order.time });
  console.subscribe(({ slot, event }) => {
    const now = performance.now();
    if (event.type === 'station.started') {
      wholeLoop.enable();
      cpuAtStart = process.cpuUsage();
      for (let at = 0; at < order.slots; at++) realClock.after(at * order.insertEveryMs, () => insert(at + 1));
    }
    if (slot === null) return;
    // A visitor is pulled at its first valid reply; the one after the last visit is flashed.
    const isVisited = slot === order.slots && visitsLeft > 0;
    if (event.type === 'state.changed') {
      noteSteady(slot, event.state === 'programming');
      if (event.state === 'connecting') {
        startedAtMs.set(slot, now);
        firstMs = Math.min(firstMs, now);
      }
      // Empty again: the next visitor comes.
      if (event.state === 'empty' && endedAtMs.has(slot) && visitsLeft > 0) insert(slot);
    }
    if (event.type === 'step.progressed') noteProgress(slot, event.step, { atMs: now, bytes: event.bytes });
    if (event.type === 'window.closed') {
      handshakeMs.push(event.handshakeMs);
      if (isVisited) {
        visitsLeft -= 1;
        boards.send({ type: 'remove', usbPath: usbPathOf(slot) });
      }
    }
    if (event.type === 'record.written') {
      verdicts[event.verdict] = (verdicts[event.verdict] ?? 0) + 1;
      endedAtMs.set(slot, now);
      lastMs = now;
      cpuAtEnd = process.cpuUsage(cpuAtStart);
    }
  });
}

await runRack(
  { settings: rack.station, profiles: rack.profiles, kits: rack.kits, source: boards, powerSwitchFor: () => promptPowerSwitch },
  {
    clock: realClock,
    work: { operator: 'benchmark', workOrder: null, lot: null, shift: null },
    end: { kind: 'whenDone', quietMs: 20_000 },
    watch,
    lang: 'en',
    json: process.stdout.isTTY !== true,
  },
);
wholeLoop.disable();

const numbers = [...endedAtMs.keys()].sort((a, b) => a - b);
const measured: StationMeasured = {
  passed: verdicts['PASS'] ?? 0,
  verdicts,
  slotMs: numbers.map((slot) => (endedAtMs.get(slot) ?? 0) - (startedAtMs.get(slot) ?? 0)),
  wallMs: lastMs - firstMs,
  cpuMs: (cpuAtEnd.user + cpuAtEnd.system) / 1000,
  steady,
  writeRates: numbers.map(writeRate),
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
  loopDelayMs: delaysOf(wholeLoop),
  steadyLoopMs: delaysOf(steadyLoop),
  firstByteMs: boards.firstByteMs(downloadIds),
  handshakeMs,
  frames: boards.reports.reduce((sum, { commands }) => sum + Object.values(commands).reduce((all, count) => all + count, 0), 0),
  programmedBytes: programmed(),
};
writeFileSync(order.resultFile, JSON.stringify(measured));
process.exit(0);

// A night batch on simulated time: a rack of 16 slots on four hubs, a handler that exchanges boards, and nobody at it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPacer } from '../../src/bench/pacer.ts';
import type { PowerSwitch } from '../../src/bench/power-switch.ts';
import { buildUnisocDemoPackage } from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import type { UnisocBoardOptions } from '../../src/bench/simulator/unisoc/board-options.ts';
import { UnisocBoard } from '../../src/bench/simulator/unisoc/unisoc-board.ts';
import { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { stationOfBatch } from '../../src/config/batch-checks.ts';
import { readBatch } from '../../src/config/batch-file.ts';
import { loadStation } from '../../src/config/load-station.ts';
import type { SlotSettings } from '../../src/config/station-file.ts';
import type { BatchReport } from '../../src/domain/batch.ts';
import { fault } from '../../src/domain/failure.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import { openRecordIndex } from '../../src/sinks/record-index.ts';
import { unitHistory } from '../../src/sinks/unit-history.ts';
import { type BatchAnswer, createBatch } from '../../src/station/batch/conduct.ts';
import { hubTurns } from '../../src/station/batch/hub-turns.ts';
import type { EventLine } from '../../src/station/read-model.ts';
import { createStation, type StationOptions } from '../../src/station/station.ts';
import { type Journal, openJournal } from '../../src/trace/journal.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
import { historyDefaults } from '../support/history-defaults.ts';
import { stationIdentity } from './rack-run.ts';

const profileId = 'demo-ec600u';
const folder = 'logs/journal';
const utcOffset = (): number => 480;
const revision = 'EC600UCNLBR02A01M08_OCPU_QPY_DEMO';
const image = readPackage(buildUnisocDemoPackage({ model: 'EC600U', revision, scale: 0.05 }), 'demo.bin');
const demo = loadStation(readFile, join(import.meta.dirname, '..', '..', 'stations', 'demo.json'));

/** Slots 1 to 4 on hub 1, 5 to 8 on hub 2 and so on. */
export const pathOf = (slot: number): string => `pci-0000:00:14.0/1.${Math.ceil(slot / 4)}.${((slot - 1) % 4) + 1}`;

export interface BatchRunOptions {
  readonly slots: number;
  /** In the order in which the handler takes them; the first ones are in the rack already. */
  readonly boards: readonly Partial<UnisocBoardOptions & { model: string }>[];
  /** Fields of the job file; the rest has its defaults. */
  readonly job: Readonly<Record<string, unknown>>;
  readonly profile?: Partial<Profile>;
  readonly slot?: Partial<SlotSettings>;
  readonly changed?: Partial<StationOptions>;
  /** The fixture closes each board's strap while its power comes on, but not when it is put in. */
  readonly strapsItself?: boolean;
  /** Paths whose power switch fails at the start. */
  readonly deadSwitches?: readonly string[];
  /** A slot that recovery has locked. */
  readonly lockedSlot?: number;
  /** What else happens; given once the station has started. */
  readonly during?: (run: { readonly clock: SimulatedClock; readonly rack: VirtualRack; readonly stop: () => void }) => void;
}

export interface BatchRun {
  readonly report: BatchReport;
  readonly records: readonly RecordBody[];
  readonly lines: readonly EventLine[];
  readonly answers: readonly BatchAnswer[];
  readonly boards: readonly UnisocBoard[];
  readonly clock: SimulatedClock;
}

export async function runBatch(options: BatchRunOptions): Promise<BatchRun> {
  const clock = new SimulatedClock();
  const medium = memoryDisk(clock);
  const disk = medium.startProcess();
  const { station: base, profiles } = await demo;
  const loaded = profiles.get(profileId);
  if (loaded === undefined) throw new Error(`no profile ${profileId}`);
  const profile = { ...loaded.profile, ...options.profile };
  const firmware = await image;
  const kit = { loaded: { ...loaded, profile }, firmware, plan: flasherFor(profile.platform).plan(firmware, profile) };
  const job = readBatch(
    new TextEncoder().encode(JSON.stringify({ station: 's.json', operator: 'night', workOrder: 'WO-1', ...options.job })),
    '/jobs/night.json',
    { wallMs: clock.wallMs(), utcOffset: 480 },
  );
  const numbers = Array.from({ length: options.slots }, (_, index) => index + 1);
  const { settings } = stationOfBatch(
    {
      settings: {
        ...base,
        history: historyDefaults,
        slots: numbers.map((number) => ({
          number,
          usbPath: pathOf(number),
          fixed: null,
          baudRate: 115_200,
          profiles: new Map([['EC600U', profileId]]),
          unidentified: { policy: 'refuse' },
          powerSwitch: { kind: 'command', command: ['power'], offMs: 500 },
          ...options.slot,
        })),
      },
      profiles: new Map([[profileId, kit.loaded]]),
    },
    job,
  );
  const usbPaths = settings.slots.map(({ usbPath }) => usbPath);
  const rack = new VirtualRack({ clock, time: realistic, usbPaths, powerSwitch: 'command' });
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const journal = await clock.runUntil(openJournal({ disk, clock, folder, station: stationIdentity, newId, utcOffset }));
  const index = openRecordIndex({ disk, folder, path: ':memory:' });
  const answers: BatchAnswer[] = [];
  const batch = createBatch({ job, slots: settings.slots, clock, tell: (answer) => answers.push(answer) });
  const entering = new Set(['identifying', 'waitingForBoot', 'entering', 'connecting']);
  const stateAt = (usbPath: string) => station.console.view().slots.find((slot) => slot.usbPath === usbPath)?.state ?? 'empty';
  const station = createStation({
    settings,
    profiles: new Map([[profileId, kit.loaded]]),
    source: hubTurns({
      source: rack,
      clock,
      usbPaths,
      cycleFor: ({ usbPath }) => {
        if (!job.powerCycle.atStart || options.strapsItself === true) return null;
        if (options.deadSwitches?.includes(usbPath)) return () => Promise.reject(fault('power-switch-failed', 'power-cycle'));
        return (signal) => rack.cycle(usbPath, signal);
      },
      cycleFailed: batch.powerFailed,
      isEntering: (usbPath) => entering.has(stateAt(usbPath)),
      turnMs: job.hubTurnMs,
    }),
    journal: options.lockedSlot === undefined ? journal : { ...journal, ...lockOf(options.lockedSlot) },
    history: unitHistory(index, journal),
    clock,
    pacer: createPacer(clock),
    flasherFor,
    kitFor: () => kit,
    powerSwitchFor: () => (options.strapsItself === true ? strapping(rack) : rack),
    keepEvidence: () => Promise.resolve(),
    work: () => job.work,
    station: stationIdentity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    rules: [batch.rule],
    end: { kind: 'never' },
    ...options.changed,
  });
  const lines: EventLine[] = [];
  station.console.subscribe((line) => lines.push(line));
  batch.watch(station.console);

  const boards = options.boards.map(({ model = 'EC600U', ...board }, number) => {
    const factory = model === 'EC600U' ? 'EC600UCNLBR02A05M08_OCPU_QPY' : 'EC200UCNAAR02A02M08_OCPU_QPY';
    const identity = drawIdentity(createRandom(1).fork(`board ${number}`), model, factory);
    return new UnisocBoard({ clock, identity, seed: 1, ...board });
  });
  const waiting = [...boards];
  const insert = (usbPath: string): void => {
    const next = waiting.shift();
    if (next !== undefined) rack.insert(usbPath, next);
  };
  for (const usbPath of usbPaths) insert(usbPath);
  await clock.advance(6_000);
  const cleared = new Set<number>();
  station.console.subscribe(({ slot, event }) => {
    if (slot === null || event.type !== 'state.changed') return;
    if (over.has(event.state))
      clock.after(1_000, () => {
        if (over.has(stateAt(pathOf(slot))) && rack.remove(pathOf(slot)) !== null) cleared.add(slot);
      });
    // Not before the slot says that it is empty: a board that comes earlier may be the same one, back from its restart.
    else if (event.state === 'empty' && cleared.delete(slot)) clock.after(1_000, () => insert(pathOf(slot)));
  });
  await clock.runUntil(station.start());
  options.during?.({ clock, rack, stop: () => station.console.commands.requestStop() });
  const report = batch.report(await clock.runUntil(station.ended));
  await clock.runUntil(journal.close());
  index.close();
  return { report, records: await recordsOn(medium), lines, answers, boards, clock };
}

function strapping(rack: VirtualRack): PowerSwitch {
  return {
    kind: 'command',
    async cycle(usbPath, signal) {
      rack.closeStrap(usbPath);
      const proof = await rack.cycle(usbPath, signal);
      rack.openStrap(usbPath);
      return proof;
    },
  };
}

function lockOf(slot: number): Pick<Journal, 'lockedSlots' | 'released'> {
  const lock = { slot, usbPath: pathOf(slot), recordId: '01KE6BVQJ50000000000000000', unit: null, step: 'program' };
  return { lockedSlots: () => [lock], released: () => Promise.resolve() };
}

const over: ReadonlySet<string> = new Set(['passed', 'failed', 'unknown', 'aborted', 'skipped']);

async function recordsOn(medium: ReturnType<typeof memoryDisk>): Promise<readonly RecordBody[]> {
  const reader = medium.startProcess();
  const files = (await reader.list(folder)).filter((file) => file.endsWith('.jsonl'));
  const texts = await Promise.all(files.map((file) => reader.read(join(folder, file))));
  return texts
    .flatMap((bytes) => new TextDecoder().decode(bytes).split('\n'))
    .filter((line) => line.startsWith('{"type":"record"'))
    .map((line) => JSON.parse(line) as RecordBody);
}

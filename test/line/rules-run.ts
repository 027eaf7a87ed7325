// A rack of EC600U slots on simulated time with the real station, journal and record index: for units that come back again and again.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPacer } from '../../src/bench/pacer.ts';
import { buildUnisocDemoPackage } from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import { type MemoryDisk, memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import type { UnisocBoardOptions } from '../../src/bench/simulator/unisoc/board-options.ts';
import { UnisocBoard } from '../../src/bench/simulator/unisoc/unisoc-board.ts';
import { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { loadStation } from '../../src/config/load-station.ts';
import type { HistorySettings } from '../../src/config/station-file.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { SlotState } from '../../src/domain/slot.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import { openRecordIndex } from '../../src/sinks/record-index.ts';
import { unitHistory } from '../../src/sinks/unit-history.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';
import type { EventLine } from '../../src/station/read-model.ts';
import { createStation, type StationOptions } from '../../src/station/station.ts';
import { openJournal } from '../../src/trace/journal.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
import { historyDefaults } from '../support/history-defaults.ts';
import { stationIdentity } from './rack-run.ts';
import { type Storage, storageOf } from './unisoc-run.ts';

export const newRevision = 'EC600UCNLBR02A01M08_OCPU_QPY_DEMO';
export const oldRevision = 'EC600UCNLBR02A05M08_OCPU_QPY';
const profileId = 'demo-ec600u';
const folder = 'logs/journal';
const utcOffset = (): number => 480;
const pathOf = (slot: number): string => `pci-0000:00:14.0/3.${slot}`;

const firmware = readPackage(buildUnisocDemoPackage({ model: 'EC600U', revision: newRevision }), 'demo.bin');
const demo = loadStation(readFile, join(import.meta.dirname, '..', '..', 'stations', 'demo.json'));

export interface LineOptions {
  /** Those of an earlier run, for a station that starts again. */
  readonly clock?: SimulatedClock;
  readonly disk?: MemoryDisk;
  readonly history?: Partial<HistorySettings>;
  readonly upgrade?: Partial<Profile['upgrade']>;
  readonly consents?: Profile['consents'];
  readonly unidentified?: 'refuse' | 'accept';
  readonly powerSwitch?: 'command' | 'prompt';
  readonly workOrder?: string;
  readonly changed?: Partial<StationOptions>;
}

export type Line = Awaited<ReturnType<typeof startLine>>;

/** A station with three slots that has started. */
export async function startLine(options: LineOptions = {}) {
  const clock = options.clock ?? new SimulatedClock();
  const medium = options.disk ?? memoryDisk(clock);
  const disk = medium.startProcess();
  const { station: settings, profiles } = await demo;
  const kit = await kitWith(options);
  const rack = new VirtualRack({ clock, time: realistic, usbPaths: [1, 2, 3].map(pathOf), powerSwitch: 'prompt' });
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const journal = await clock.runUntil(openJournal({ disk, clock, folder, station: stationIdentity, newId, utcOffset }));
  const index = openRecordIndex({ disk, folder, path: ':memory:' });
  const station = createStation({
    settings: {
      ...settings,
      history: { ...historyDefaults, ...options.history },
      slots: [1, 2, 3].map((number) => ({
        number,
        usbPath: pathOf(number),
        fixed: null,
        baudRate: 115_200,
        profiles: new Map([['EC600U', profileId]]),
        unidentified: options.unidentified === 'accept' ? { policy: 'accept', profileId } : { policy: 'refuse' },
        powerSwitch: { kind: 'prompt' },
      })),
    },
    profiles: new Map([...profiles, [profileId, kit.loaded]]),
    source: rack,
    journal,
    history: unitHistory(index, journal),
    clock,
    pacer: createPacer(clock),
    flasherFor,
    kitFor: () => kit,
    powerSwitchFor: () =>
      options.powerSwitch === 'command'
        ? { kind: 'command', cycle: (usbPath, signal) => rack.powerCycle(usbPath, signal).then(() => 'vanished') }
        : rack,
    keepEvidence: () => Promise.resolve(),
    work: () => ({ operator: 'li', workOrder: options.workOrder ?? 'WO-1', lot: null, shift: null }),
    station: stationIdentity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: { kind: 'never' },
    ...options.changed,
  });
  const lines: EventLine[] = [];
  station.console.subscribe((line) => lines.push(line));
  await clock.runUntil(station.start());

  const stateOf = (slot: number): SlotState | undefined => station.console.view().slots[slot - 1]?.state;
  const until = async (slot: number, state: SlotState): Promise<void> => {
    const lastMs = clock.now() + 600_000;
    while (stateOf(slot) !== state) {
      if (clock.now() > lastMs) throw new Error(`slot ${slot} is ${stateOf(slot)}, not ${state}`);
      await clock.advance(50);
    }
  };
  const records = async (): Promise<readonly RecordBody[]> => {
    const reader = medium.startProcess();
    const files = (await reader.list(folder)).filter((file) => file.endsWith('.jsonl'));
    const texts = await Promise.all(files.map((file) => reader.read(join(folder, file))));
    return texts
      .flatMap((bytes) => new TextDecoder().decode(bytes).split('\n'))
      .filter((line) => line.startsWith('{"type":"record"'))
      .map((line) => JSON.parse(line) as RecordBody);
  };

  return {
    kit,
    clock,
    disk: medium,
    rack,
    station,
    lines,
    until,
    records,
    stateOf,
    row: (slot: number) => station.console.view().slots[slot - 1],
    press: (slot: number, type: 'operator.confirm' | 'operator.cancel' | 'operator.retry') =>
      station.console.commands.toSlot(slot, { type }),
    insert(slot: number, board: UnisocBoard, how: 'running' | 'strapped' = 'running') {
      if (how === 'strapped') board.setStrap(true);
      rack.insert(pathOf(slot), board);
      board.setStrap(false);
    },
    async remove(slot: number) {
      rack.remove(pathOf(slot));
      await until(slot, 'empty');
    },
    /** Puts the board in, waits for the state, takes it out; gives its record. */
    async visit(board: UnisocBoard, state: SlotState, slot = 1): Promise<RecordBody> {
      this.insert(slot, board);
      await until(slot, state);
      await this.remove(slot);
      const record = (await records()).at(-1);
      if (record === undefined) throw new Error('no record');
      return record;
    },
    async stop() {
      station.console.commands.requestStop();
      await clock.runUntil(station.ended);
      await clock.runUntil(journal.close());
      index.close();
    },
  };
}

/** The same name is the same unit, whichever board it is. */
export function unit(clock: SimulatedClock, name: string, options: Partial<UnisocBoardOptions> & { revision?: string } = {}) {
  const identity = drawIdentity(createRandom(1).fork(name), 'EC600U', options.revision ?? oldRevision);
  return new UnisocBoard({ clock, identity, seed: 1, ...options });
}

export const flashOf = (board: UnisocBoard): Storage => storageOf(board);

async function kitWith({ upgrade, consents }: LineOptions): Promise<FlashJobKit> {
  const loaded = (await demo).profiles.get(profileId);
  if (loaded === undefined) throw new Error(`no profile ${profileId}`);
  const profile = { ...loaded.profile, upgrade: { ...loaded.profile.upgrade, ...upgrade }, ...(consents && { consents }) };
  const image = await firmware;
  return { loaded: { ...loaded, profile }, firmware: image, plan: flasherFor(profile.platform).plan(image, profile) };
}

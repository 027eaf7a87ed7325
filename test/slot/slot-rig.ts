// Slots over the simulated rack with Eigencomm boards: the real actors, flasher and wire, and a bench and journal that a test can bend.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device, DeviceEvent, DeviceSource, OpenOptions } from '../../src/bench/device-source.ts';
import { createPacer } from '../../src/bench/pacer.ts';
import type { AtOptions } from '../../src/bench/simulator/at-modem.ts';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { EigencommBoard } from '../../src/bench/simulator/eigencomm/eigencomm-board.ts';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import { type TappedBytes, VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import type { Transport } from '../../src/bench/transport.ts';
import { loadStation } from '../../src/config/load-station.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { LoadedProfile } from '../../src/domain/profile.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { SlotEvent, SlotState } from '../../src/domain/slot.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import { firstAttempt } from '../../src/slot/clearance.ts';
import { createSlot, type Slot } from '../../src/slot/create-slot.ts';
import type { FlashJobKit, SlotJournal, SlotServices } from '../../src/slot/slot-services.ts';
import type { SlotSettings } from '../../src/slot/slot-types.ts';
import type { JobFacts, WrittenRecord } from '../../src/trace/line.ts';

export const pathOf = (number: number): string => `pci-0000:00:14.0/1.${number}`;

export interface Told {
  readonly atMs: number;
  readonly slot: number;
  readonly event: SlotEvent;
}

export interface SlotRigOptions {
  readonly slots?: number;
  readonly settings?: Partial<SlotSettings>;
  /** Of one slot alone. */
  readonly settingsOf?: (number: number, given: SlotSettings) => Partial<SlotSettings>;
  readonly services?: (given: SlotServices) => Partial<SlotServices>;
  /** Stands between the slots and the rack. */
  readonly bendOpen?: (open: () => Promise<Transport>, device: Device, options: OpenOptions) => Promise<Transport>;
  /** Told later than the transports notice it. */
  readonly detachDelayMs?: number;
}

export type SlotRig = Awaited<ReturnType<typeof slotRig>>;

const kitOnce = loadKit();

async function loadKit(): Promise<FlashJobKit> {
  const { profiles } = await loadStation(readFile, join(import.meta.dirname, '..', '..', 'stations', 'demo.json'));
  const loaded = [...profiles.values()].find(({ profile }) => profile.models.includes('EC800E'));
  if (loaded === undefined) throw new Error('the demo station has no EC800E');
  return kitFrom(loaded);
}

async function kitFrom(loaded: LoadedProfile): Promise<FlashJobKit> {
  const bytes = buildDemoPackage({ model: 'EC800E', revision: loaded.profile.expectedRevision.value });
  const firmware = await readPackage(bytes, 'EC800E_DEMO.bin');
  return { loaded, firmware, plan: flasherFor('eigencomm').plan(firmware, loaded.profile) };
}

export async function slotRig(options: SlotRigOptions = {}) {
  const clock = new SimulatedClock();
  const kit = await kitOnce;
  const { profile } = kit.loaded;
  const numbers = Array.from({ length: options.slots ?? 1 }, (_, index) => index + 1);
  const tapped: TappedBytes[] = [];
  const rack = new VirtualRack({ clock, time: realistic, usbPaths: numbers.map(pathOf), tap: (bytes) => tapped.push(bytes) });
  const bench = countedSource(rack, options, clock);
  const journal = memoryJournal(clock);
  const told: Told[] = [];
  const died: Failure[] = [];
  const permits = { taken: 0, given: 0 };

  const slots = numbers.map((number): Slot => {
    const services: SlotServices = {
      clock,
      source: bench.source,
      pacer: createPacer(clock),
      powerSwitch: rack,
      journal,
      releaseLock: () => Promise.resolve(),
      flasherFor,
      kitFor: () => kit,
      takeEntryTurn: () => Promise.resolve(),
      clear: () => Promise.resolve({ kind: 'cleared', marks: firstAttempt }),
      recount: (marks) => Promise.resolve(marks),
      acquirePermit: () => {
        permits.taken += 1;
        let isGiven = false;
        const release = (): void => {
          if (!isGiven) permits.given += 1;
          isGiven = true;
        };
        return Promise.resolve({ release });
      },
      keepEvidence: () => Promise.resolve(),
      work: () => ({ operator: 'test', shift: null, workOrder: null, lot: null }),
      station: { id: 'test', line: 'test', host: 'test', softwareVersion: '0', commit: 'test' },
      newRecordId: () => `record-${journal.records.length + told.length}`,
      localTime: (wallMs) => new Date(wallMs).toISOString(),
      emit: (event) => told.push({ atMs: clock.now(), slot: number, event }),
      deviceNow: () => null,
      baudRate: 115_200,
    };
    const settings: SlotSettings = {
      number,
      usbPath: pathOf(number),
      fixedStart: null,
      unidentified: 'accept',
      removalMs: 2_000,
      powerSwitch: 'command',
      profiles: { byModel: { EC800E: profile }, unidentified: profile },
      runId: 'run',
      ...options.settings,
    };
    return createSlot({
      settings: { ...settings, ...options.settingsOf?.(number, settings) },
      locked: false,
      intakeOpen: true,
      services: { ...services, ...options.services?.(services) },
      died: (failure) => died.push(failure),
    });
  });
  await bench.source.start((event) => {
    if (!('device' in event)) return;
    const slot = slots.find(({ number }) => pathOf(number) === event.device.usbPath);
    if (event.type === 'device.attached') slot?.attach(event.device);
    if (event.type === 'device.detached') slot?.detach(event.device);
  });

  const slot = (number = 1): Slot => {
    const found = slots[number - 1];
    if (found === undefined) throw new Error(`no slot ${number}`);
    return found;
  };
  const boardWith = (faults: readonly BoardFault[], name: string, at: Partial<AtOptions> = {}): EigencommBoard =>
    new EigencommBoard({
      clock,
      identity: drawIdentity(createRandom(1).fork(name), 'EC800E', 'EC800ECNLCR01A03M08_OCPU_QPY'),
      seed: 1,
      faults,
      at,
    });

  return {
    clock,
    kit,
    rack,
    slot,
    told,
    tapped,
    died,
    journal,
    permits,
    openNow: bench.openNow,
    mostOpen: bench.mostOpen,
    board: (faults: readonly BoardFault[] = [], name = 'board') => boardWith(faults, name),
    /** A board in normal mode. */
    insert(number = 1, faults: readonly BoardFault[] = []) {
      const board = boardWith(faults, `board ${number}`);
      rack.insert(pathOf(number), board);
      return board;
    },
    /** A board that starts in download mode and lets go of its strap before it is reset. */
    insertStrapped(number = 1, faults: readonly BoardFault[] = [], at: Partial<AtOptions> = {}) {
      const board = boardWith(faults, `board ${number}`, at);
      board.setStrap(true);
      rack.insert(pathOf(number), board);
      clock.after(1_500, () => board.setStrap(false));
      return board;
    },
    async until(state: SlotState, number = 1, withinMs = 600_000): Promise<void> {
      const lastMs = clock.now() + withinMs;
      while (slot(number).state() !== state) {
        if (clock.now() > lastMs) throw new Error(`slot ${number} is ${slot(number).state()}, not ${state}`);
        await clock.advance(20);
      }
    },
    verdicts: () => journal.records.map(({ verdict, failure, written }) => [verdict, failure?.code ?? '-', written].join(' ')),
  };
}

/** Counts what is open, at each path and now. */
function countedSource(rack: VirtualRack, { bendOpen, detachDelayMs = 0 }: SlotRigOptions, clock: SimulatedClock) {
  const open = new Map<string, number>();
  let most = 0;
  const count = (usbPath: string, change: number): void => {
    const now = (open.get(usbPath) ?? 0) + change;
    open.set(usbPath, now);
    most = Math.max(most, now);
  };
  const reallyOpen = async (device: Device, options: OpenOptions): Promise<Transport> => {
    const transport = await rack.open(device, options);
    count(device.usbPath, 1);
    void transport.closed.then(() => count(device.usbPath, -1));
    return transport;
  };
  const source: DeviceSource = {
    start: (listener: (event: DeviceEvent) => void) =>
      rack.start((event) => {
        if (event.type === 'device.detached' && detachDelayMs > 0) clock.after(detachDelayMs, () => listener(event));
        else listener(event);
      }),
    open: (device, options) => {
      const opening = (): Promise<Transport> => reallyOpen(device, options);
      return bendOpen === undefined ? opening() : bendOpen(opening, device, options);
    },
    stop: () => rack.stop(),
  };
  return { source, openNow: () => [...open.values()].reduce((sum, now) => sum + now, 0), mostOpen: () => most };
}

interface MemoryJournal extends SlotJournal {
  readonly openedJobs: { readonly atMs: number; readonly job: JobFacts }[];
  readonly intents: { readonly atMs: number; readonly firstWrite: string }[];
  readonly records: RecordBody[];
  /** While true nothing becomes durable. */
  hang(on: boolean): void;
  /** How long each line takes. */
  slow(ms: number): void;
}

function memoryJournal(clock: SimulatedClock): MemoryJournal {
  let waiting: (() => void)[] = [];
  let isHung = false;
  let delayMs = 0;
  const durable = (): Promise<void> =>
    new Promise((resolve) => {
      if (isHung) waiting.push(resolve);
      else if (delayMs > 0) clock.after(delayMs, resolve);
      else resolve();
    });
  const journal: MemoryJournal = {
    openedJobs: [],
    intents: [],
    records: [],
    async opened(job) {
      await durable();
      journal.openedJobs.push({ atMs: clock.now(), job });
    },
    async intent(_, firstWrite) {
      await durable();
      journal.intents.push({ atMs: clock.now(), firstWrite });
    },
    async record(body): Promise<WrittenRecord> {
      await durable();
      journal.records.push(body);
      return { type: 'record', ...body, seq: 1, durableSeq: 0, prevHash: '', at: '', hash: '' };
    },
    hang(on) {
      isHung = on;
      if (on) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    slow(ms) {
      delayMs = ms;
    },
  };
  return journal;
}

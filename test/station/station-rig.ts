// A whole station over the simulated rack, with the real journal on a disk in memory: what the station's tests share.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPacer } from '../../src/bench/pacer.ts';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { EigencommBoard } from '../../src/bench/simulator/eigencomm/eigencomm-board.ts';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { type MemoryDisk, memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import { type TappedBytes, VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { loadStation } from '../../src/config/load-station.ts';
import type { OversightSettings } from '../../src/config/oversight-fields.ts';
import type { ProductionSettings } from '../../src/config/production-fields.ts';
import type { PermitLimits } from '../../src/config/station-file.ts';
import type { ReleaseTarget } from '../../src/domain/finding.ts';
import type { LoadedProfile } from '../../src/domain/profile.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { LabelFields, SessionScan } from '../../src/domain/scan.ts';
import type { SlotState } from '../../src/domain/slot.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';
import type { EventLine, SlotView } from '../../src/station/read-model.ts';
import { createStation, type EndPolicy, type StationOptions } from '../../src/station/station.ts';
import { type JournalEvent, openJournal } from '../../src/trace/journal.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';

const controller = 'pci-0000:00:14.0';
export const pathOf = (number: number): string => `${controller}/1.${number}`;
/** On the rack, but no slot of the station. */
export const strangePath = `${controller}/7`;

const identity = { id: 'test', line: 'test line', host: 'test', softwareVersion: '0', commit: 'test' };
const utcOffset = (): number => 480;

const demo = loadDemo(1);

async function loadDemo(scale: number) {
  const { station, profiles } = await loadStation(readFile, join(import.meta.dirname, '..', '..', 'stations', 'demo.json'));
  const loaded = [...profiles.values()].find(({ profile }) => profile.models.includes('EC800E'));
  if (loaded === undefined) throw new Error('the demo station has no EC800E');
  const bytes = buildDemoPackage({ model: 'EC800E', revision: loaded.profile.expectedRevision.value, scale });
  const firmware = await readPackage(bytes, 'EC800E_DEMO.bin');
  const kit: FlashJobKit = { loaded, firmware, plan: flasherFor('eigencomm').plan(firmware, loaded.profile) };
  return { station, profiles, kit };
}

export interface StationRigOptions {
  readonly slots?: number;
  /** The number each slot has in the station file, in the order of the paths. */
  readonly numbers?: readonly number[];
  readonly end?: EndPolicy;
  readonly limits?: Partial<PermitLimits>;
  /** Default: that of a station file that says nothing of it. */
  readonly oversight?: OversightSettings;
  readonly production?: Partial<ProductionSettings>;
  /** Of the profile, as on the labels of the modules it flashes. */
  readonly orderingCodes?: readonly string[];
  readonly atEntryGapMs?: number;
  /** Of the demo package's size, for a rack of many boards. Default 1. */
  readonly packageScale?: number;
  readonly clock?: SimulatedClock;
  readonly disk?: MemoryDisk;
  readonly changed?: Partial<StationOptions>;
}

export type StationRig = Awaited<ReturnType<typeof stationRig>>;

export async function stationRig(options: StationRigOptions = {}) {
  const clock = options.clock ?? new SimulatedClock();
  const disk = options.disk ?? memoryDisk(clock);
  const { station: settings, profiles, kit } = await (options.packageScale === undefined ? demo : loadDemo(options.packageScale));
  const places = Array.from({ length: options.slots ?? 2 }, (_, index) => index + 1);
  const tapped: TappedBytes[] = [];
  const rack = new VirtualRack({
    clock,
    time: realistic,
    usbPaths: [...places.map(pathOf), strangePath],
    tap: (bytes) => tapped.push(bytes),
  });
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const process = disk.startProcess();
  let notice = (_: JournalEvent): void => undefined;
  const opened = openJournal({
    disk: process,
    clock,
    folder: 'logs/journal',
    station: identity,
    newId,
    utcOffset,
    onEvent: (event) => notice(event),
  });
  const journal = await clock.runUntil(opened);
  const [template] = settings.slots;
  if (template === undefined) throw new Error('the demo station has no slot');
  const station = createStation({
    settings: {
      ...settings,
      limits: { ...settings.limits, ...options.limits },
      oversight: options.oversight ?? settings.oversight,
      production: { ...settings.production, ...options.production },
      atEntryGapMs: options.atEntryGapMs ?? settings.atEntryGapMs,
      slots: places.map((place, index) => ({
        ...template,
        number: options.numbers?.[index] ?? place,
        usbPath: pathOf(place),
        unidentified: { policy: 'accept', profileId: kit.loaded.profile.id },
      })),
    },
    profiles: new Map([...profiles, [kit.loaded.profile.id, withCodes(kit.loaded, options.orderingCodes)]]),
    source: rack,
    journal,
    clock,
    pacer: createPacer(clock),
    flasherFor,
    kitFor: () => kit,
    powerSwitchFor: () => rack,
    keepEvidence: () => Promise.resolve(),
    work: () => ({ operator: 'li', workOrder: null, lot: null, shift: null }),
    station: identity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: options.end ?? { kind: 'never' },
    ...options.changed,
  });
  notice = (event) => station.noticeJournal(event);
  const lines: EventLine[] = [];
  station.console.subscribe((line) => lines.push(line));
  let exitCode: number | null = null;
  void station.ended.then((code) => {
    exitCode = code;
  });

  const row = (place = 1): SlotView => {
    const found = station.console.view().slots[place - 1];
    if (found === undefined) throw new Error(`no slot at place ${place}`);
    return found;
  };
  const until = async (isSo: () => boolean, what: string, withinMs = 600_000): Promise<void> => {
    const lastMs = clock.now() + withinMs;
    while (!isSo()) {
      if (clock.now() > lastMs) throw new Error(`never: ${what}`);
      await clock.advance(20);
    }
  };

  return {
    clock,
    disk,
    process,
    rack,
    station,
    journal,
    tapped,
    lines,
    row,
    exitCode: () => exitCode,
    view: () => station.console.view(),
    stop: () => station.console.commands.requestStop(),
    /** A board that starts in download mode and lets go of its strap before it is reset. */
    insert(place = 1, faults: readonly BoardFault[] = [], usbPath = pathOf(place), name = `board ${place}`) {
      const own = identityOf(name);
      const board = new EigencommBoard({ clock, identity: own, seed: 1, faults });
      board.setStrap(true);
      rack.insert(usbPath, board);
      clock.after(1_500, () => board.setStrap(false));
      return board;
    },
    /** A board that starts in normal mode, and a person who straps it when asked. */
    insertNormal(place = 1, faults: readonly BoardFault[] = [], usbPath = pathOf(place), name = `board ${place}`) {
      const board = new EigencommBoard({ clock, identity: identityOf(name), seed: 1, faults });
      rack.insert(usbPath, board);
      const stop = station.console.subscribe(({ event }) => {
        if (event.type !== 'state.changed' || event.prompt?.kind !== 'closeStrap' || rack.board(usbPath) !== board) return;
        stop();
        clock.after(500, () => {
          board.setStrap(true);
          void rack.powerCycle(usbPath);
          clock.after(1_500, () => board.setStrap(false));
        });
      });
      return board;
    },
    release: (target: ReleaseTarget, code: string | null) => station.console.commands.release(target, code),
    imeiOf: (name: string) => identityOf(name).imei,
    snOf: (name: string) => identityOf(name).sn,
    scan: (kind: SessionScan['kind'], text: string) =>
      station.console.commands.toStation({ type: 'operator.scan', scan: { kind, text } }),
    label: (fields: LabelFields, place = 1) =>
      station.console.commands.toSlot(options.numbers?.[place - 1] ?? place, { type: 'operator.label', ...fields }),
    untilSo: until,
    until: (state: SlotState, place = 1) => until(() => row(place).state === state, `slot ${place} ${state}`),
    untilEnded: () => until(() => exitCode !== null, 'the end'),
    told: <Type extends EventLine['event']['type']>(type: Type) =>
      lines.flatMap(({ event }) => (event.type === type ? [event as Extract<EventLine['event'], { type: Type }>] : [])),
    verdicts: () => lines.flatMap(({ event, slot }) => (event.type === 'record.written' ? `${slot} ${event.verdict}` : [])),
    async records(): Promise<readonly RecordBody[]> {
      const reader = disk.startProcess();
      const files = (await reader.list('logs/journal')).filter((file) => file.endsWith('.jsonl'));
      const texts = await Promise.all(files.map((file) => reader.read(join('logs/journal', file))));
      return texts
        .flatMap((bytes) => new TextDecoder().decode(bytes).split('\n'))
        .filter((line) => line.startsWith('{"type":"record"'))
        .map((line) => JSON.parse(line) as RecordBody);
    },
  };
}

export const identityOf = (name: string) => drawIdentity(createRandom(1).fork(name), 'EC800E', 'EC800ECNLCR01A03M08_OCPU_QPY');

function withCodes(loaded: LoadedProfile, orderingCodes: readonly string[] | undefined): LoadedProfile {
  const { profile } = loaded;
  return orderingCodes === undefined
    ? loaded
    : { ...loaded, profile: { ...profile, subModels: { ...profile.subModels, orderingCodes } } };
}

/** A station that has started. */
export async function startedRig(options: StationRigOptions = {}): Promise<StationRig> {
  const rig = await stationRig(options);
  await rig.station.start();
  return rig;
}

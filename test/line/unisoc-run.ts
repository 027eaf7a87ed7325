// One UNISOC board in one slot of the real station, on simulated time: strapped or in normal mode, with a person who does what the
// prompts ask. Gives the record, the board before and after, what was kept on disk, and what the board heard.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../src/bench/clock.ts';
import type { Disk } from '../../src/bench/disk.ts';
import { createPacer } from '../../src/bench/pacer.ts';
import { buildUnisocDemoPackage, type DemoUnisocFirmware } from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import type { UnisocBoardOptions } from '../../src/bench/simulator/unisoc/board-options.ts';
import { UnisocBoard } from '../../src/bench/simulator/unisoc/unisoc-board.ts';
import { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { restoringRack } from '../../src/commands/nv-restore.ts';
import type { BackupOfUnit } from '../../src/commands/nv-restore-backup.ts';
import { loadStation } from '../../src/config/load-station.ts';
import { noOversight } from '../../src/config/oversight-fields.ts';
import { productionDefaults } from '../../src/config/production-fields.ts';
import type { StationSettings } from '../../src/config/station-file.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { PromptKind } from '../../src/domain/slot.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';
import { createStation, type Station, type StationOptions } from '../../src/station/station.ts';
import { openJournal } from '../../src/trace/journal.ts';
import type { JournalLine } from '../../src/trace/line.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
import { historyDefaults } from '../support/history-defaults.ts';
import { fixedPath, fixedPosition } from './fixed-position.ts';
import { stationIdentity } from './rack-run.ts';

export const usbPath = 'pci-0000:00:14.0/2.3';
const root = join(import.meta.dirname, '..', '..');
const seed = 7;
const utcOffset = (): number => 480;

export type Model = 'EC600U' | 'EC800G';
export const demoFirmware: Readonly<Record<Model, DemoUnisocFirmware>> = {
  EC600U: { model: 'EC600U', revision: 'EC600UCNLBR02A01M08_OCPU_QPY_DEMO' },
  EC800G: { model: 'EC800G', revision: 'EC800GCNGAR02A01M08_OCPU_QPY_DEMO' },
};
const revisionsBefore = { EC600U: 'EC600UCNLBR02A05M08_OCPU_QPY', EC800G: 'EC800GCNGAR01A04M08_OCPU_QPY' } as const;
export const identityOf = (model: Model) => ({
  model,
  imei: '861234567890127',
  sn: 'D1Q240000000001',
  revisionBefore: revisionsBefore[model],
});

export interface UnisocRunOptions {
  readonly clock?: SimulatedClock;
  readonly board?: UnisocBoard;
  readonly boardOptions?: Partial<UnisocBoardOptions>;
  /** How the board is inserted: with the strap closed, or running. */
  readonly inserted: 'strapped' | 'running';
  readonly firmware?: DemoUnisocFirmware;
  /** The slot is at a fixed serial path, whose boards start in normal mode. */
  readonly isFixed?: boolean;
  /** Goes on for so long after the first verdict, as a production line does; default: ends with it. */
  readonly goesOnForMs?: number;
  /** What the board holds at the start, where the caller knows: digests of whole flashes take their time. */
  readonly before?: Storage;
  /** What a hand does once the first record is written; there may be more of them then. */
  readonly afterVerdict?: (rack: VirtualRack, clock: SimulatedClock) => void;
  /** Puts this backup back in place of flashing. */
  readonly restore?: BackupOfUnit;
  readonly keepEvidence?: StationOptions['keepEvidence'];
  readonly keepTranscript?: StationOptions['keepTranscript'];
}

/** What of the unit the NV, the flash and the file systems hold, without what the board heard. */
export type Storage = Pick<ReturnType<UnisocBoard['report']>, 'regions' | 'images' | 'phaseCheckSha256' | 'imeiInNv'> & {
  /** Digest by item id. */
  readonly nv: Readonly<Record<string, string>>;
};

export const storageOf = (board: UnisocBoard): Storage => {
  const { regions, images, phaseCheckSha256, imeiInNv, nv } = board.report();
  return {
    regions,
    images,
    phaseCheckSha256,
    imeiInNv,
    nv: Object.fromEntries(nv.flatMap(({ id, after }) => (after === null ? [] : [[id, after]]))),
  };
};

/** A board as it leaves its factory. */
export const buildUnisocBoard = (clock: SimulatedClock, model: Model, options: Partial<UnisocBoardOptions> = {}): UnisocBoard =>
  new UnisocBoard({ clock, identity: identityOf(model), seed, ...options });

export async function runUnisoc(model: Model, options: UnisocRunOptions) {
  const clock = options.clock ?? new SimulatedClock();
  const disk = memoryDisk(clock).startProcess();
  const board = options.board ?? buildUnisocBoard(clock, model, options.boardOptions);
  const before = options.before ?? storageOf(board);
  const resets: ReturnType<UnisocBoard['report']>[] = [];
  const rack = new VirtualRack({
    clock,
    time: realistic,
    usbPaths: [usbPath],
    powerSwitch: 'prompt',
    onReset: () => resets.push(board.report()),
  });
  const { profiles } = await demoStation();
  const profileId = `demo-${model.toLowerCase()}`;
  const kits = new Map([[profileId, await kitOf(profiles, profileId, options.firmware ?? demoFirmware[model])]]);
  const settings = settingsFor(model, profileId, options.isFixed ?? false);
  const [slot] = settings.slots;
  const flashing = { settings, profiles, kits, flasherFor };
  const rackToRun =
    options.restore && slot ? restoringRack({ station: settings, profiles, kits }, slot, options.restore) : flashing;
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const journal = await clock.runUntil(
    openJournal({ disk, clock, folder: 'logs/journal', station: stationIdentity, newId, utcOffset }),
  );
  const evidence = new Map<string, Uint8Array>();
  const prompts: PromptKind[] = [];
  const station = createStation({
    ...rackToRun,
    source: options.isFixed ? fixedPosition(board, clock) : rack,
    journal,
    clock,
    pacer: createPacer(clock),
    kitFor: (id) => rackToRun.kits.get(id) ?? missing(id),
    powerSwitchFor: () => rack,
    keepEvidence:
      options.keepEvidence ??
      (async (jobId, name, bytes) => {
        evidence.set(name, bytes.slice());
        await disk.makeFolder('logs/nv');
        await disk.writeWhole(`logs/nv/${jobId}-${name}`, bytes);
      }),
    ...(options.keepTranscript && { keepTranscript: options.keepTranscript }),
    work: () => ({ operator: 'test', workOrder: 'T', lot: null, shift: null }),
    station: stationIdentity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: options.goesOnForMs === undefined ? { kind: 'whenDone', quietMs: 600_000 } : { kind: 'never' },
  });
  let isFirst = true;
  station.console.subscribe(({ event }) => {
    if (event.type === 'record.written' && isFirst) {
      isFirst = false;
      options.afterVerdict?.(rack, clock);
    }
    if (event.type !== 'state.changed' || event.prompt === null) return;
    if (prompts.at(-1) !== event.prompt.kind) prompts.push(event.prompt.kind);
    follow(event.prompt.kind, clock, rack);
  });
  if (options.inserted === 'strapped') board.setStrap(true);
  if (!options.isFixed) rack.insert(usbPath, board);
  board.setStrap(false);
  const exitCode = await clock.runUntil(runToEnd(station, clock, options.goesOnForMs));
  await clock.advance(10_000);
  rack.remove(usbPath);
  await clock.runUntil(journal.close());
  const lines = await clock.runUntil(journalLines(disk));
  const records = lines.filter((line): line is JournalLine & { type: 'record' } & RecordBody => line.type === 'record');
  const [record] = records;
  if (record === undefined || (records.length > 1 && options.afterVerdict === undefined))
    throw new Error(`${records.length} records: ${records.map(({ failure, verdict }) => failure?.code ?? verdict).join(', ')}`);
  const run = { record, records, lines, exitCode, clock, disk, board, before, resets, evidence, prompts, kits: rackToRun.kits };
  return {
    ...run,
    get after() {
      return storageOf(board);
    },
  };
}

async function runToEnd(station: Station, clock: Clock, goesOnForMs: number | undefined): Promise<number> {
  if (goesOnForMs !== undefined) {
    const done = Promise.withResolvers<void>();
    station.console.subscribe(({ event }) => {
      if (event.type === 'record.written') clock.after(goesOnForMs, done.resolve);
    });
    void done.promise.then(() => station.console.commands.requestStop());
  }
  await station.start();
  return station.ended;
}

const settingsFor = (model: Model, profileId: string, isFixed: boolean): StationSettings => ({
  station: { id: 'demo', line: 'demo line' },
  bench: 'simulator',
  profilesFolder: '',
  logsFolder: '',
  slots: [
    {
      number: 1,
      usbPath: isFixed ? `serial:${fixedPath}` : usbPath,
      fixed: isFixed ? { serialPath: fixedPath, startsIn: 'normal' } : null,
      baudRate: 115_200,
      profiles: new Map([[model, profileId]]),
      unidentified: { policy: 'accept', profileId },
      powerSwitch: { kind: 'prompt' },
    },
  ],
  limits: { station: null, perController: null, perHub: null, perSlot: 1 },
  hubs: [],
  powerUpGapMs: 300,
  atEntryGapMs: 0,
  removalMs: 2_000,
  production: productionDefaults,
  oversight: noOversight,
  history: historyDefaults,
});

type Profiles = Awaited<ReturnType<typeof loadStation>>['profiles'];

/** Read once for all runs: the hundreds of an unplug test differ in nothing of it. */
const demoStation = once(() => loadStation(readFile, join(root, 'stations', 'demo.json')));
const keptKits = new Map<string, Promise<FlashJobKit>>();

function kitOf(profiles: Profiles, id: string, firmware: DemoUnisocFirmware): Promise<FlashJobKit> {
  const key = JSON.stringify([id, firmware]);
  const kit = keptKits.get(key) ?? makeKit(profiles, id, firmware);
  keptKits.set(key, kit);
  return kit;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function makeKit(profiles: Profiles, id: string, firmware: DemoUnisocFirmware): Promise<FlashJobKit> {
  const loaded = profiles.get(id);
  if (loaded === undefined) throw new Error(`no profile ${id}`);
  const image = await readPackage(buildUnisocDemoPackage(firmware), 'demo.bin');
  return { loaded, firmware: image, plan: flasherFor(loaded.profile.platform).plan(image, loaded.profile) };
}

/** The person at the slot: closes the strap or cycles the power a second after being asked. A board that was pulled stays out. */
function follow(prompt: PromptKind, clock: SimulatedClock, rack: VirtualRack): void {
  if (prompt !== 'closeStrap' && prompt !== 'powerCycle') return;
  clock.after(1_000, () => {
    if (prompt === 'closeStrap') rack.closeStrap(usbPath);
    void rack.powerCycle(usbPath).then(() => clock.after(1_000, () => rack.openStrap(usbPath)));
  });
}

const missing = (id: string): never => {
  throw new Error(`no kit ${id}`);
};

async function journalLines(disk: Disk): Promise<readonly JournalLine[]> {
  const files = await disk.list('logs/journal');
  const texts = await Promise.all(files.map((file) => disk.read(join('logs/journal', file))));
  return texts
    .flatMap((bytes) => new TextDecoder().decode(bytes).split('\n'))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JournalLine);
}

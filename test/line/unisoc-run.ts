// One UNISOC board in one slot of the real station, on simulated time: strapped or in normal mode, with a person who does what the
// prompts ask. Gives the record, the board before and after, what was kept on disk, and what the board heard.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPacer } from '../../src/bench/pacer.ts';
import {
  buildUnisocDemoPackage,
  type DemoUnisocFirmware,
} from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import type { UnisocBoardOptions } from '../../src/bench/simulator/unisoc/board-options.ts';
import { UnisocBoard } from '../../src/bench/simulator/unisoc/unisoc-board.ts';
import { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { loadStation } from '../../src/config/load-station.ts';
import type { StationSettings } from '../../src/config/station-file.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { PromptKind } from '../../src/domain/slot.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';
import { createStation, type StationOptions } from '../../src/station/station.ts';
import { openJournal } from '../../src/trace/journal.ts';
import type { JournalLine } from '../../src/trace/line.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
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
  /** Replaces the kit, e.g. with another plan of the same package. */
  readonly kit?: (kit: FlashJobKit) => FlashJobKit;
  /** Overrides, e.g. another flasher. */
  readonly station?: Partial<StationOptions>;
  /** Called with each command's reply bytes on the way to the host. */
  readonly keepEvidence?: StationOptions['keepEvidence'];
}

/** What of the unit the NV, the flash and the file systems hold, without what the board heard. */
export type Storage = Pick<ReturnType<UnisocBoard['report']>, 'regions' | 'images' | 'phaseCheckSha256' | 'imeiInNv'> & {
  readonly nv: Readonly<Record<string, string | null>>;
};

export const storageOf = (board: UnisocBoard): Storage => {
  const { regions, images, phaseCheckSha256, imeiInNv, nv } = board.report();
  return { regions, images, phaseCheckSha256, imeiInNv, nv: Object.fromEntries(nv.map(({ id, after }) => [id, after])) };
};

/** A board as it leaves its factory. */
export const buildUnisocBoard = (clock: SimulatedClock, model: Model, options: Partial<UnisocBoardOptions> = {}): UnisocBoard =>
  new UnisocBoard({ clock, identity: identityOf(model), seed, ...options });

export async function runUnisoc(model: Model, options: UnisocRunOptions) {
  const clock = options.clock ?? new SimulatedClock();
  const disk = memoryDisk(clock);
  const board = options.board ?? buildUnisocBoard(clock, model, options.boardOptions);
  const before = storageOf(board);
  const resets: ReturnType<UnisocBoard['report']>[] = [];
  const rack = new VirtualRack({
    clock,
    time: realistic,
    usbPaths: [usbPath],
    powerSwitch: 'prompt',
    onReset: () => resets.push(board.report()),
  });
  const { profiles } = await loadStation(readFile, join(root, 'stations', 'demo.json'));
  const profileId = `demo-${model.toLowerCase()}`;
  const kit = await kitOf(profiles, profileId, options.firmware ?? demoFirmware[model]);
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const journal = await clock.runUntil(
    openJournal({ disk: disk.startProcess(), clock, folder: 'logs/journal', station: stationIdentity, newId, utcOffset }),
  );
  const evidence = new Map<string, Uint8Array>();
  const prompts: PromptKind[] = [];
  const station = createStation({
    settings: settingsFor(model, profileId),
    profiles,
    source: rack,
    journal,
    clock,
    pacer: createPacer(clock),
    flasherFor,
    kitFor: () => options.kit?.(kit) ?? kit,
    powerSwitchFor: () => rack,
    keepEvidence:
      options.keepEvidence ??
      ((_jobId, name, bytes) => {
        evidence.set(name, bytes.slice());
        return Promise.resolve();
      }),
    work: () => ({ operator: 'test', workOrder: 'T', lot: null, shift: null }),
    station: stationIdentity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: { kind: 'whenDone', quietMs: 600_000 },
    ...options.station,
  });
  station.console.subscribe(({ event }) => {
    if (event.type !== 'state.changed' || event.prompt === null) return;
    if (prompts.at(-1) !== event.prompt.kind) prompts.push(event.prompt.kind);
    follow(event.prompt.kind, clock, rack);
  });
  if (options.inserted === 'strapped') board.setStrap(true);
  rack.insert(usbPath, board);
  board.setStrap(false);
  const exitCode = await clock.runUntil(station.start().then(() => station.ended));
  await clock.advance(10_000);
  const lines = await journalLines(disk.startProcess());
  const records = lines.filter((line): line is JournalLine & { type: 'record' } & RecordBody => line.type === 'record');
  const [record] = records;
  if (record === undefined || records.length > 1) throw new Error(`${records.length} records`);
  return { record, lines, exitCode, board, before, after: storageOf(board), resets, evidence, prompts };
}

const settingsFor = (model: Model, profileId: string): StationSettings => ({
  station: { id: 'demo', line: 'demo line' },
  bench: 'simulator',
  profilesFolder: '',
  logsFolder: '',
  slots: [
    {
      number: 1,
      usbPath,
      fixed: null,
      baudRate: 115_200,
      profiles: new Map([[model, profileId]]),
      unidentified: { policy: 'accept', profileId },
      powerSwitch: { kind: 'prompt' },
    },
  ],
  limits: { station: null, perController: null, perHub: null, perSlot: 1 },
  hubs: [],
  powerUpGapMs: 300,
  removalMs: 2_000,
  production: { requireOperator: false, requireWorkOrder: false },
});

type Profiles = Awaited<ReturnType<typeof loadStation>>['profiles'];

async function kitOf(profiles: Profiles, id: string, firmware: DemoUnisocFirmware): Promise<FlashJobKit> {
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

async function journalLines(disk: ReturnType<ReturnType<typeof memoryDisk>['startProcess']>): Promise<readonly JournalLine[]> {
  const files = await disk.list('logs/journal');
  const texts = await Promise.all(files.map((file) => disk.read(join('logs/journal', file))));
  return texts
    .flatMap((bytes) => new TextDecoder().decode(bytes).split('\n'))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JournalLine);
}

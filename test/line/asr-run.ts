// One EC800N in one slot of the real station, on simulated time: inserted strapped, running, or with nothing in flash that would
// start, and a person who does what the prompts ask. Gives the record, the board, the journal's lines and what the board heard.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPacer } from '../../src/bench/pacer.ts';
import { AsrBoard, type AsrBoardOptions } from '../../src/bench/simulator/asr/asr-board.ts';
import type { BoardReport } from '../../src/bench/simulator/board.ts';
import {
  buildAsrDemoPackage,
  type DemoAsrFirmware,
  demoAsrImages,
} from '../../src/bench/simulator/demo-package/demo-asr-package.ts';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import { type TappedBytes, VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { loadStation } from '../../src/config/load-station.ts';
import { noOversight } from '../../src/config/oversight-fields.ts';
import { productionDefaults } from '../../src/config/production-fields.ts';
import type { StationSettings } from '../../src/config/station-file.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import type { PromptKind } from '../../src/domain/slot.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import type { EventLine } from '../../src/station/read-model.ts';
import { createStation, type StationOptions } from '../../src/station/station.ts';
import { openJournal } from '../../src/trace/journal.ts';
import type { JournalLine } from '../../src/trace/line.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
import { historyDefaults } from '../support/history-defaults.ts';
import { stationIdentity } from './rack-run.ts';

export const usbPath = 'pci-0000:00:14.0/1.4.2';
const profileId = 'demo-ec800n';
const folder = 'logs/journal';
const root = join(import.meta.dirname, '..', '..');
const utcOffset = (): number => 480;

export const firmware: DemoAsrFirmware = { model: 'EC800N', revision: 'EC800NCNLAR02A01M08_OCPU_QPY_DEMO' };
export const identity = {
  model: 'EC800N',
  imei: '861234567890127',
  sn: 'D1Q240000000001',
  revisionBefore: 'EC800NCNLAR01A02M08_OCPU_QPY',
} as const;

export interface AsrRunOptions extends Partial<Pick<AsrBoardOptions, 'habits' | 'faults' | 'at' | 'deafStays'>> {
  /** How the board is inserted: with the strap closed, running, or without an application, so that its ROM comes and goes. */
  readonly inserted: 'strapped' | 'running' | 'empty';
  readonly firmware?: Partial<DemoAsrFirmware>;
  readonly profile?: (profile: Profile) => Profile;
  /** Whether the station can switch the power (default), or the person does. */
  readonly powerSwitch?: 'command' | 'prompt';
  /** How long the disk takes for each sync. */
  readonly syncMs?: number;
  readonly keepTranscript?: StationOptions['keepTranscript'];
  /** Called once the board is in; the rack's own hands may do something later. */
  readonly meanwhile?: (rack: VirtualRack, clock: SimulatedClock) => void;
}

/** The images of a package as they must lie in flash, by partition: padded with zero to whole blocks. */
export const paddedImages = (made: DemoAsrFirmware): ReadonlyMap<string, Uint8Array> =>
  new Map(
    [...demoAsrImages(made)].map(([partition, image]) => {
      const padded = new Uint8Array(Math.ceil(image.length / 4096) * 4096);
      padded.set(image);
      return [partition, padded] as const;
    }),
  );

export async function runAsr(options: AsrRunOptions) {
  const clock = new SimulatedClock();
  const disk = memoryDisk(clock);
  const made: DemoAsrFirmware = { ...firmware, ...options.firmware };
  const { habits, faults, at, deafStays = 0, inserted } = options;
  const board = new AsrBoard({
    clock,
    identity,
    seed: 7,
    emptyApplication: inserted === 'empty',
    deafStays,
    ...(habits && { habits }),
    ...(faults && { faults }),
    ...(at && { at }),
  });
  const before = board.report().regions;
  const resets: BoardReport[] = [];
  const heard: TappedBytes[] = [];
  const rack = new VirtualRack({
    clock,
    time: realistic,
    usbPaths: [usbPath],
    powerSwitch: options.powerSwitch ?? 'command',
    onReset: (_, report) => resets.push(report),
    tap: (entry) => {
      if (entry.direction === 'toBoard') heard.push({ ...entry, bytes: Uint8Array.from(entry.bytes) });
    },
  });
  const { profiles: loaded } = await loadStation(readFile, join(root, 'stations', 'demo.json'));
  const demo = loaded.get(profileId);
  if (demo === undefined) throw new Error(`no profile ${profileId}`);
  const profile = options.profile?.(demo.profile) ?? demo.profile;
  const profiles = new Map([[profileId, { ...demo, profile }]]);
  const image = await readPackage(buildAsrDemoPackage(made), 'demo.bin');
  const kit = { loaded: { ...demo, profile }, firmware: image, plan: flasherFor('asr').plan(image, profile) };
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const journal = await clock.runUntil(
    openJournal({ disk: disk.startProcess(), clock, folder, station: stationIdentity, newId, utcOffset }),
  );
  disk.setSyncMs(options.syncMs ?? 0);
  const prompts: PromptKind[] = [];
  /** With the clock's time in the place of the wall's. */
  const events: EventLine[] = [];
  const station = createStation({
    settings: settingsFor(rack.kind),
    profiles,
    source: rack,
    journal,
    clock,
    pacer: createPacer(clock),
    flasherFor,
    kitFor: () => kit,
    powerSwitchFor: () => rack,
    keepEvidence: () => Promise.resolve(),
    ...(options.keepTranscript && { keepTranscript: options.keepTranscript }),
    work: () => ({ operator: 'test', workOrder: 'T', lot: null, shift: null }),
    station: stationIdentity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: { kind: 'whenDone', quietMs: 600_000 },
  });
  station.console.subscribe((line) => {
    events.push({ ...line, wallMs: clock.now() });
    const { event } = line;
    if (event.type !== 'state.changed' || event.prompt === null || prompts.at(-1) === event.prompt.kind) return;
    prompts.push(event.prompt.kind);
    follow(event.prompt.kind, clock, rack);
  });
  if (inserted === 'strapped') board.setStrap(true);
  rack.insert(usbPath, board);
  board.setStrap(false);
  options.meanwhile?.(rack, clock);
  const exitCode = await clock.runUntil(station.start().then(() => station.ended));
  await clock.advance(10_000);
  const lines = await journalLines(disk.startProcess());
  const records = lines.filter((line): line is JournalLine & { type: 'record' } & RecordBody => line.type === 'record');
  const [record] = records;
  if (record === undefined || records.length > 1) throw new Error(`${records.length} records`);
  return { record, lines, exitCode, board, before, resets, prompts, events, heard, image, made, kit };
}

const settingsFor = (powerSwitch: 'command' | 'prompt'): StationSettings => ({
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
      profiles: new Map([['EC800N', profileId]]),
      unidentified: { policy: 'accept', profileId },
      powerSwitch: powerSwitch === 'prompt' ? { kind: 'prompt' } : { kind: 'command', command: ['switch'], offMs: 500 },
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

/** The person at the slot, a second after being asked. A board that was pulled stays out. */
function follow(prompt: PromptKind, clock: SimulatedClock, rack: VirtualRack): void {
  if (prompt !== 'closeStrap' && prompt !== 'powerCycle' && prompt !== 'releaseStrap') return;
  clock.after(1_000, () => {
    if (prompt === 'closeStrap') rack.closeStrap(usbPath);
    if (prompt === 'releaseStrap') rack.openStrap(usbPath);
    void rack.powerCycle(usbPath).then(() => clock.after(1_000, () => rack.openStrap(usbPath)));
  });
}

async function journalLines(disk: ReturnType<ReturnType<typeof memoryDisk>['startProcess']>): Promise<readonly JournalLine[]> {
  const files = await disk.list(folder);
  const texts = await Promise.all(files.map((file) => disk.read(join(folder, file))));
  return texts
    .flatMap((bytes) => new TextDecoder().decode(bytes).split('\n'))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JournalLine);
}

// Runs the real station over the simulated rack on simulated time: the line of the product, end to end, in one process.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPacer } from '../../src/bench/pacer.ts';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import { createDemoRack, type DemoRack, type DemoRackOptions } from '../../src/bench/simulator/demo-rack.ts';
import { type MemoryDisk, memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { letPersonWork } from '../../src/commands/demo.ts';
import { loadStation } from '../../src/config/load-station.ts';
import type { RecordBody } from '../../src/domain/record.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import { openRecordIndex } from '../../src/sinks/record-index.ts';
import { unitHistory } from '../../src/sinks/unit-history.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';
import type { EventLine } from '../../src/station/read-model.ts';
import { createStation, type Station } from '../../src/station/station.ts';
import { type Journal, type JournalEvent, openJournal } from '../../src/trace/journal.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';

export const stationIdentity = { id: 'demo', line: 'demo line', host: 'test', softwareVersion: '0', commit: 'test' };
const root = join(import.meta.dirname, '..', '..');

export interface RackRun {
  readonly clock: SimulatedClock;
  readonly disk: MemoryDisk;
  readonly station: Station;
  readonly journal: Journal;
  readonly demo: DemoRack;
  readonly lines: readonly EventLine[];
}

export interface RackRunOptions extends Omit<DemoRackOptions, 'clock' | 'positions'> {
  readonly clock?: SimulatedClock;
  readonly disk?: MemoryDisk;
}

/** A station that has not started yet, with the demo rack's boards and the person at it. */
export async function prepareRun(options: RackRunOptions): Promise<RackRun> {
  const clock = options.clock ?? new SimulatedClock();
  const disk = options.disk ?? memoryDisk(clock);
  const { station: settings, profiles } = await loadStation(readFile, join(root, 'stations', 'demo.json'));
  const positions = settings.slots.map(({ number, usbPath }) => ({ slot: number, usbPath }));
  const demo = createDemoRack({ ...options, clock, positions });
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const utcOffset = (): number => 480;
  let noticeJournal = (_event: JournalEvent): void => undefined;
  const journal = await clock.runUntil(
    openJournal({
      disk: disk.startProcess(),
      clock,
      folder: 'logs/journal',
      station: stationIdentity,
      newId,
      utcOffset,
      onEvent: (event) => noticeJournal(event),
    }),
  );
  const kits = await loadDemoKits(profiles);
  const lines: EventLine[] = [];
  const station = createStation({
    settings,
    profiles,
    source: demo.rack,
    journal,
    history: unitHistory(openRecordIndex({ disk: disk.startProcess(), folder: 'logs/journal', path: ':memory:' }), journal),
    clock,
    pacer: createPacer(clock),
    flasherFor,
    kitFor: (id) => kits.get(id) ?? missing(id),
    powerSwitchFor: () => demo.rack,
    keepEvidence: () => Promise.resolve(),
    work: () => ({ operator: 'test', workOrder: 'T', lot: null, shift: null }),
    station: stationIdentity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: { kind: 'whenDone', quietMs: 300_000 },
  });
  noticeJournal = (event) => station.noticeJournal(event);
  station.console.subscribe((line) => lines.push(line));
  letPersonWork(station.console, demo);
  return { clock, disk, station, journal, demo, lines };
}

/** Runs to its end; gives the exit code. */
export async function runToEnd({ clock, station }: RackRun): Promise<number> {
  return clock.runUntil(station.start().then(() => station.ended));
}

/** The records in the journal's files, as they are on the disk. */
export async function recordsOn({ disk: medium }: RackRun): Promise<readonly RecordBody[]> {
  const disk = medium.startProcess();
  const files = await disk.list('logs/journal');
  const texts = await Promise.all(
    files.map(async (file) => new TextDecoder().decode(await disk.read(join('logs/journal', file)))),
  );
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line.startsWith('{"type":"record"')));
  return lines.map((line) => JSON.parse(line) as RecordBody);
}

type Profiles = Awaited<ReturnType<typeof loadStation>>['profiles'];

async function loadDemoKits(profiles: Profiles): Promise<ReadonlyMap<string, FlashJobKit>> {
  const kits = new Map<string, FlashJobKit>();
  for (const [id, loaded] of profiles) {
    const release = demoReleases.find(({ fileName }) => loaded.profile.package.path.endsWith(fileName));
    if (release === undefined) throw new Error(`no demo release for ${id}`);
    const firmware = await readPackage(release.build(), release.fileName);
    kits.set(id, { loaded, firmware, plan: flasherFor(loaded.profile.platform).plan(firmware, loaded.profile) });
  }
  return kits;
}

function missing(id: string): never {
  throw new Error(`no kit ${id}`);
}

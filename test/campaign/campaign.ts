// Runs a drawn campaign: the real station on simulated time over a rack of simulated boards, with a person at every slot. Composes;
// what went wrong is for the checkers. Touches no file, no timer and no thread of the process while it runs.
import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '../../src/bench/disk.ts';
import { createPacer } from '../../src/bench/pacer.ts';
import type { PowerSwitch } from '../../src/bench/power-switch.ts';
import type { SimulatedBoard } from '../../src/bench/simulator/board.ts';
import { type MemoryDisk, memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { createRandom } from '../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../src/bench/simulator/time-model.ts';
import { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import type { SlotState } from '../../src/domain/slot.ts';
import { flasherFor } from '../../src/platforms.ts';
import { openRecordIndex } from '../../src/sinks/record-index.ts';
import { unitHistory } from '../../src/sinks/unit-history.ts';
import { createPermits } from '../../src/station/permits.ts';
import { createStation, type StationOptions } from '../../src/station/station.ts';
import { type JournalEvent, openJournal } from '../../src/trace/journal.ts';
import type { JournalLine } from '../../src/trace/line.ts';
import { localTime } from '../../src/trace/local-time.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { isTampering } from './campaign-checks/no-violation.ts';
import { createCoverage, type StrikeKind } from './campaign-coverage.ts';
import { act, type EffectBench } from './campaign-effects.ts';
import { type CampaignKits, campaignKits, platformOf } from './campaign-kits.ts';
import { isDownload, newsFor } from './campaign-news.ts';
import { Person } from './campaign-person.ts';
import type { CampaignScript } from './campaign-script.ts';
import { campaignProfiles, campaignSettings, switchesPower, usbPathOf } from './campaign-station.ts';
import { hasKeptOldValue } from './campaign-storage.ts';
import { codeMatches, createSupervisor, noSupervisor } from './campaign-supervisor.ts';
import type { CampaignTrace, PassTruth, TimedEvent, Visit } from './campaign-trace.ts';
import { watchBench, watchDisk, watchPermits } from './campaign-watch.ts';
import { createWires } from './campaign-wire.ts';

export interface CampaignOptions {
  readonly script: CampaignScript;
  /** No limit on who programs: then no slot waits for another. */
  readonly unlimited?: boolean;
  /** Changes the station before it starts, for tests that plant a defect. */
  readonly plant?: (options: StationOptions, bench: PlantBench) => StationOptions;
}

export interface PlantBench {
  readonly rack: VirtualRack;
  readonly clock: SimulatedClock;
  readonly medium: MemoryDisk;
}

const identity = { id: 'campaign', line: 'simulated', host: 'test', softwareVersion: '0', commit: 'test' };
const folder = 'logs/journal';
const transcriptsFolder = 'logs/transcripts';
const utcOffset = (): number => 480;
/** Of a sync on a good day; none at all where slots must not feel each other. */
const usualSyncMs = 4;
const resting: ReadonlySet<SlotState> = new Set(['passed', 'failed', 'unknown', 'aborted', 'skipped', 'locked']);
const closedWithinMs = 100;
/** Of simulated time for each round of boards. */
const longestRoundMs = 3_600_000;
/** After the end, for whatever still moves. */
const afterglowMs = 120_000;

export async function runCampaign(options: CampaignOptions): Promise<CampaignTrace> {
  const kits = await campaignKits();
  const uncaught: string[] = [];
  const catchIt = (reason: unknown): void => {
    uncaught.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason));
  };
  process.on('unhandledRejection', catchIt);
  try {
    return await run(options, kits, uncaught);
  } finally {
    process.off('unhandledRejection', catchIt);
  }
}

async function run(
  { script, unlimited = false, plant }: CampaignOptions,
  kits: CampaignKits,
  uncaught: string[],
): Promise<CampaignTrace> {
  const { slots } = script;
  const clock = new SimulatedClock();
  const medium = memoryDisk(clock);
  const syncMs = unlimited ? 0 : usualSyncMs;
  medium.setSyncMs(syncMs);
  const slotNumbers = Array.from({ length: slots }, (_, index) => index + 1);
  const slotByPath = new Map(slotNumbers.map((slot) => [usbPathOf(slot), slot]));
  const slotAt = (usbPath: string): number => slotByPath.get(usbPath) ?? 0;
  const persons = new Map<number, Person>();
  const stateOf = (slot: number): SlotState => persons.get(slot)?.stateNow ?? 'empty';
  const modelAt = (slot: number): string | undefined => rack.board(usbPathOf(slot))?.identity.model;
  const coverage = createCoverage({
    stateOf,
    platformAt: (slot) => {
      const model = modelAt(slot);
      return model === undefined ? null : platformOf(model);
    },
  });
  const strike = (kind: StrikeKind, slot: number): void => {
    coverage.struck(kind, slot);
    if (isTampering(kind)) persons.get(slot)?.tamper();
  };
  const wires = createWires({
    slotAt,
    stateOf,
    isNormal: (slot) => !isDownload(bench.lastAt(slot)?.vendorId ?? null),
    struck: strike,
    crossed: (direction, slot) => coverage.had(direction === 'toHost' ? 'reply' : 'request', slot),
  });
  const rack = new VirtualRack({
    clock,
    time: realistic,
    usbPaths: [...slotByPath.keys()],
    powerSwitch: 'prompt',
    disturb: (sent) => wires.disturb(sent),
  });
  const news = newsFor({
    coverage,
    wires,
    stateOf,
    scriptOf: (slot) => persons.get(slot)?.current ?? null,
    left: (slot) => persons.get(slot)?.endSession(),
  });
  const bench = watchBench({ source: rack, pacer: createPacer(clock), clock, slotAt, news });
  const disk = watchDisk(medium.startProcess(), (code) => {
    for (const slot of slotNumbers) coverage.struck(code === 'ENOSPC' ? 'fullDisk' : 'failingSync', slot);
  });
  const settings = campaignSettings(script, kits, unlimited ? { perHub: null, station: null } : { perHub: 3, station: 18 });
  const permits = watchPermits(createPermits(settings.limits));
  const newId = ulidSource(clock, (count) => new Uint8Array(count));
  const armed = new Set<number>();
  const profiles = campaignProfiles(slots, kits, (slot) => {
    if (armed.delete(slot)) throw new Error('planted defect');
  });
  const kitById = new Map([...kits.values()].map((kit) => [kit.loaded.profile.id, kit]));
  const switched: PowerSwitch = {
    kind: 'command',
    cycle: (usbPath, signal) => rack.powerCycle(usbPath, signal).then(() => 'vanished'),
  };
  let noticeJournal = (_event: JournalEvent): void => undefined;
  const journal = await clock.runUntil(
    openJournal({
      disk: disk.disk,
      clock,
      folder,
      station: identity,
      newId,
      utcOffset,
      onEvent: (event) => noticeJournal(event),
    }),
  );
  const index = openRecordIndex({ disk: disk.disk, folder, path: ':memory:' });
  const stationOptions: StationOptions = {
    settings,
    profiles,
    source: bench.source,
    journal,
    clock,
    pacer: bench.pacer,
    flasherFor,
    kitFor: (id) => kitById.get(id) ?? missing(id),
    powerSwitchFor: ({ number }) => (switchesPower(number) ? switched : rack),
    keepEvidence: () => Promise.resolve(),
    keepTranscript: async (name, bytes) => {
      await disk.disk.makeFolder(transcriptsFolder);
      await disk.disk.writeWhole(`${transcriptsFolder}/${name}`, bytes);
      return `transcripts/${name}`;
    },
    work: () => ({ operator: 'test', workOrder: 'C', lot: null, shift: null }),
    station: identity,
    newRecordId: newId,
    localTime: (wallMs) => localTime(wallMs, utcOffset),
    runId: newId(),
    end: { kind: 'never' },
    permits: permits.permits,
    history: unitHistory(index, journal),
    codeMatches,
  };
  const station = createStation(plant ? plant(stationOptions, { rack, clock, medium }) : stationOptions);
  noticeJournal = (event) => station.noticeJournal(event);
  let supervisor = noSupervisor;

  const events: TimedEvent[] = [];
  const visits: Visit[] = [];
  const passes: PassTruth[] = [];
  const unsettled: string[] = [];
  const leftOpen: string[] = [];
  const defectiveSlots = new Set<number>();
  const hash = createHash('sha256');
  const random = createRandom(script.seed);
  const effects: EffectBench = {
    clock,
    rack,
    medium,
    wires,
    slots,
    syncMs,
    persons,
    press: (slot, command) => station.console.commands.toSlot(slot, command),
    struck: coverage.struck,
  };
  for (const slot of slotNumbers) {
    persons.set(
      slot,
      new Person({
        clock,
        rack,
        time: realistic,
        slot,
        usbPath: usbPathOf(slot),
        switchesPower: switchesPower(slot),
        random: random.fork(`person ${slot}`),
        boards: script.boards.filter((board) => board.slot === slot),
        press: (command) => effects.press(slot, command),
        act: (effect) => act(effect, slot, effects),
        onStrike: (kind, command) => {
          // A board that hangs hears nothing either.
          if (kind === 'stall') coverage.struck(kind, slot);
          else strike(kind, slot);
          const model = modelAt(slot);
          if (kind === 'nak' && command && model) coverage.command('refused', platformOf(model), command, 1);
        },
        isInSession: () => {
          const last = bench.lastAt(slot);
          return last !== undefined && last.writes.length > 0 && isDownload(last.vendorId);
        },
        onGone: (board) => {
          const platform = platformOf(board.identity.model);
          const { commands } = board.condition();
          for (const [name, count] of Object.entries(commands)) coverage.command('heard', platform, name, count);
          if (hasKeptOldValue(board)) coverage.struckIn('deadCell', platform, 'programming');
        },
        supervisor: () => supervisor,
        visits,
        unsettled: (text) => unsettled.push(text),
      }),
    );
  }

  /** An asked close takes a moment, a slot at rest has none to wait for. */
  const lookForOpen = (slot: number, state: SlotState): void => {
    const transport = bench.openAt(slot);
    if (transport === null) return;
    clock.after(closedWithinMs, () => {
      if (bench.openAt(slot) === transport) leftOpen.push(`slot ${slot} is ${state} with ${transport.serialPath} open`);
    });
  };
  const noteStranger = (slot: number): void => {
    const board = persons.get(slot)?.current;
    if (board?.isTwin) coverage.struck('twin', slot);
    if (board && !kits.has(board.identity.model)) coverage.struck('wrongModel', slot);
  };
  /** By slot: the board of which the record tells, though a hand may take it while the disk is slow. */
  const recorded = new Map<number, SimulatedBoard | null>();
  const tellTruth = (slot: number, recordId: string): PassTruth => {
    const board = recorded.get(slot)?.condition() ?? null;
    return { slot, recordId, atMs: clock.now(), isDurable: disk.isDurable(recordId), board };
  };
  /** By slot: the last that told its IMEI. */
  const identified = new Map<number, string>();
  const noteFinding = (slot: number, event: TimedEvent['event']): void => {
    if (event.type === 'board.identified') identified.set(slot, event.identification.imei ?? '');
    if (event.type === 'record.written' && event.failure?.code === 'board-rejected')
      supervisor.toldOfRejected(identified.get(slot) ?? '');
  };
  station.console.subscribe(({ slot, event, wallMs }) => {
    const timed = { atMs: clock.now(), wallMs, slot, event };
    if (event.type !== 'profile.chosen') hash.update(`${JSON.stringify(timed)}\n`);
    if (event.type === 'step.progressed' || event.type === 'profile.chosen') return;
    events.push(timed);
    coverage.found(event.type);
    if (slot === null) return;
    noteFinding(slot, event);
    if (event.type === 'board.identified') noteStranger(slot);
    if (event.type === 'record.written' && event.verdict === 'PASS') passes.push(tellTruth(slot, event.recordId));
    if (event.type !== 'state.changed') return;
    if (event.state === 'recording') recorded.set(slot, rack.board(usbPathOf(slot)));
    persons.get(slot)?.see(event.state, event.prompt?.kind ?? null);
    coverage.had('stay', slot);
    if (resting.has(event.state)) lookForOpen(slot, event.state);
    const defect = persons.get(slot)?.current?.hand.some((fault) => fault.kind === 'defect' && fault.state === event.state);
    if (!defect || defectiveSlots.has(slot)) return;
    defectiveSlots.add(slot);
    armed.add(slot);
    coverage.struck('defect', slot);
  });
  for (const { atMs, effect } of script.incidents) clock.after(atMs, () => act(effect, 0, effects));

  const finished = new Promise<void>((resolve) => {
    const look = (): void => {
      if ([...persons.values()].every(({ isDone }) => isDone)) resolve();
      else clock.after(1_000, look);
    };
    look();
  });
  try {
    await clock.runUntil(
      station.start().then(() => {
        if (script.isOverseen)
          supervisor = createSupervisor({ clock, random: random.fork('supervisor'), console: station.console });
        for (const person of persons.values()) person.begin();
        return finished;
      }),
      longestRoundMs * (1 + Math.ceil(script.boards.length / slots)),
    );
    medium.setFreeBytes(null);
    medium.failSyncs(0);
    medium.setSyncMs(syncMs);
    await clock.advance(afterglowMs);
    station.console.commands.requestStop();
    await clock.runUntil(station.ended, 3_600_000);
  } catch (thrown) {
    unsettled.push(thrown instanceof Error ? thrown.message : String(thrown));
  }
  await clock.advance(afterglowMs);
  await clock.runUntil(journal.close());
  index.close();
  const reader = medium.startProcess();
  const journalLines = await readJournal(reader, hash);
  for (const { slot, script: board, before, after } of visits)
    hash.update(`${JSON.stringify({ slot, board: board.number, before, after })}\n`);
  return {
    script,
    events,
    journal: journalLines,
    verification: await verifyJournal(reader, folder),
    transcripts: await readTranscripts(reader),
    devices: bench.devices,
    visits,
    passes,
    doubleUses: bench.doubleUses,
    unsettled,
    leftOpen,
    uncaught,
    openTransports: rack.openTransports(),
    heldPermits: permits.held(),
    defectiveSlots,
    simulatedMs: clock.now(),
    coverage: coverage.counts(),
    digest: hash.digest('hex'),
  };
}

/** SHA-256 by the name that a record gives. */
async function readTranscripts(disk: Disk): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const name of await disk.list(transcriptsFolder)) {
    const bytes = await disk.read(join(transcriptsFolder, name));
    digests.set(`transcripts/${name}`, createHash('sha256').update(bytes).digest('hex'));
  }
  return digests;
}

async function readJournal(disk: Disk, hash: Hash): Promise<readonly JournalLine[]> {
  const lines: JournalLine[] = [];
  for (const file of (await disk.list(folder)).filter((name) => name.endsWith('.jsonl'))) {
    const bytes = await disk.read(join(folder, file));
    hash.update(file).update(bytes);
    const text = new TextDecoder()
      .decode(bytes)
      .split('\n')
      .filter((line) => line !== '');
    lines.push(...text.map((line) => JSON.parse(line) as JournalLine));
  }
  return lines;
}

function missing(id: string): never {
  throw new Error(`no kit ${id}`);
}

// Runs a rack to its end: journal, station, view, signals, exit code. Shared by every command that flashes. Composes; decides nothing.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../bench/clock.ts';
import type { DeviceSource } from '../bench/device-source.ts';
import { createPacer } from '../bench/pacer.ts';
import type { PowerSwitch } from '../bench/power-switch.ts';
import type { SlotSettings, StationSettings } from '../config/station-file.ts';
import { type LinkSettings, noLinks } from '../config/station-links.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import type { StationIdentity } from '../domain/record.ts';
import { flasherFor } from '../platforms.ts';
import { openOperationalLog } from '../sinks/operational-log.ts';
import type { Purpose } from '../slot/decisions.ts';
import type { WorkSession } from '../slot/job-log.ts';
import type { FlashJobKit, SlotServices } from '../slot/slot-services.ts';
import type { StationConsole } from '../station/read-model.ts';
import type { ClearanceRule } from '../station/rules/rule.ts';
import type { EndPolicy } from '../station/station.ts';
import { createStation } from '../station/station.ts';
import { readHistory } from '../trace/history.ts';
import { type JournalEvent, openJournal } from '../trace/journal.ts';
import { localTime } from '../trace/local-time.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { ulidSource } from '../trace/ulid.ts';
import { followIndex } from './follow-index.ts';
import { checkHooks, startHooks } from './hooks.ts';
import { keepTidy } from './keep-tidy.ts';
import { keepingRecords } from './kept-records.ts';
import { logEvents } from './log-events.ts';
import { requireSecrets } from './outbox-destinations.ts';
import { runProgram } from './run-program.ts';
import { stopOnSignals } from './signals.ts';
import { startView, type ViewOptions } from './start-view.ts';
import { interlockOf } from './station-interlock.ts';
import { runStationOutboxes } from './station-outboxes.ts';
import { codeMatches } from './supervisor-code.ts';
import { softwareVersion, sourceCommit } from './version.ts';

export interface Rack {
  readonly settings: StationSettings;
  readonly links?: LinkSettings;
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
  readonly kits: ReadonlyMap<string, FlashJobKit>;
  readonly source: DeviceSource;
  readonly powerSwitchFor: (slot: SlotSettings) => PowerSwitch;
  /** What the slots do, and with which flashers. Default: flash, with those of the platforms. */
  readonly purpose?: Purpose;
  readonly flasherFor?: SlotServices['flasherFor'];
}

export interface RunOptions extends ViewOptions {
  readonly clock: Clock;
  readonly work: WorkSession;
  readonly end: EndPolicy;
  /** Asked of a unit besides the station's own rules. */
  readonly rules?: readonly ClearanceRule[];
  /** For a bench that must see the station, as the demo's simulated person does. */
  readonly watch?: (console: StationConsole) => void;
}

export async function runRack(rack: Rack, options: RunOptions): Promise<number> {
  const { clock, work } = options;
  const { settings } = rack;
  checkHooks(settings.hooks ?? []);
  const newId = ulidSource(clock, (count) => randomBytes(count));
  const timeText = (wallMs: number): string => localTime(wallMs, utcOffset);
  const identity = identityOf(settings);
  const links = rack.links ?? noLinks;
  requireSecrets(links, process.env);
  const early: JournalEvent[] = [];
  let noticeJournal = (event: JournalEvent): void => void early.push(event);
  const { journal, recordOf } = keepingRecords(
    await openJournal({
      disk: nodeDisk,
      clock,
      folder: join(settings.logsFolder, 'journal'),
      station: identity,
      newId,
      utcOffset,
      onEvent: (event) => noticeJournal(event),
    }),
  );
  const lastLines = await readHistory(nodeDisk, join(settings.logsFolder, 'journal'));
  const log = openOperationalLog({
    clock,
    timeText,
    folder: settings.logsFolder,
    ...links.retention.operationalLog,
    level: 'info',
    toStderr: false,
  });
  const index = await followIndex(join(settings.logsFolder, 'journal'), log);
  const interlock = interlockOf(links, settings.station.id, clock);
  const station = createStation({
    settings,
    profiles: rack.profiles,
    source: rack.source,
    journal,
    clock,
    pacer: createPacer(clock),
    flasherFor: rack.flasherFor ?? flasherFor,
    kitFor: (id) => kitOf(rack.kits, id),
    powerSwitchFor: rack.powerSwitchFor,
    keepEvidence: async (jobId, name, bytes) => {
      const folder = join(settings.logsFolder, 'nv');
      await nodeDisk.makeFolder(folder);
      await nodeDisk.writeWhole(join(folder, `${jobId}-${name}`), bytes);
    },
    keepTranscript: async (name, bytes) => {
      await nodeDisk.makeFolder(join(settings.logsFolder, 'transcripts'));
      await nodeDisk.writeWhole(join(settings.logsFolder, 'transcripts', name), bytes);
      return `transcripts/${name}`;
    },
    work: () => work,
    station: identity,
    newRecordId: newId,
    localTime: timeText,
    runId: newId(),
    history: index.historyOf(journal),
    ...(rack.purpose && { purpose: rack.purpose }),
    ...(interlock && { interlock }),
    ...(options.rules && { rules: options.rules }),
    end: options.end,
    lastLines,
    codeMatches,
  });
  noticeJournal = (event) => station.noticeJournal(event);
  logEvents(station.console, log);
  const tidying = keepTidy(join(settings.logsFolder, 'transcripts'), links.retention.transcripts, clock);
  index.follow(station.console);
  const hooks = startHooks(settings.hooks ?? [], station.console, { run: runProgram, recordOf, failed: station.noticeHook });
  const ignoreSignals = stopOnSignals(station.console.commands.requestStop);
  const view = await startView(station.console, options);
  const outboxes = runStationOutboxes({
    outboxes: links.outboxes,
    clock,
    logsFolder: settings.logsFolder,
    notice: (standings) => station.noticeOutboxes(standings),
  });
  outboxes.follow(station.console);
  try {
    options.watch?.(station.console);
    const started = station.start();
    for (const event of early) station.noticeJournal(event);
    await started;
    return await station.ended;
  } finally {
    ignoreSignals();
    await view.stop();
    await hooks.close();
    await journal.close();
    await outboxes.close();
    await interlock?.close();
    tidying.stop();
    await index.close();
    await log.close();
  }
}

function kitOf(kits: ReadonlyMap<string, FlashJobKit>, profileId: string): FlashJobKit {
  const kit = kits.get(profileId);
  if (kit === undefined) throw new Error(`no kit for profile ${profileId}`);
  return kit;
}

export const utcOffset = (wallMs: number): number => -new Date(wallMs).getTimezoneOffset();

export function identityOf(settings: StationSettings): StationIdentity {
  return { ...settings.station, host: hostname(), softwareVersion: softwareVersion(), commit: sourceCommit() };
}

// `flashrack batch JOBFILE`: the night shift. Composes job file, lock, bench, conductor, status file and watchdog; the conductor decides.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realClock } from '../bench/hardware/real-clock.ts';
import { stationOfBatch } from '../config/batch-checks.ts';
import { type BatchSettings, readBatch } from '../config/batch-file.ts';
import type { SlotSettings, StationSettings } from '../config/station-file.ts';
import type { BatchReport } from '../domain/batch.ts';
import { Fault, fault } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import type { SlotState } from '../domain/slot.ts';
import { modeOf } from '../slot/decisions.ts';
import { createBatch } from '../station/batch/conduct.ts';
import { type HubTurnsOptions, hubTurns } from '../station/batch/hub-turns.ts';
import type { StationConsole } from '../station/read-model.ts';
import { localTime } from '../trace/local-time.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { batchText } from '../views/words/batch-words.ts';
import type { Language } from '../views/words/language.ts';
import { statusOf, statusWriter } from './batch-status.ts';
import { type HardwareBench, hardwareBench } from './hardware-bench.ts';
import { loadRack } from './load-rack.ts';
import { printJson } from './print.ts';
import { runRack, utcOffset } from './run-rack.ts';
import { serviceNotice } from './service-notice.ts';

export async function batch(jobFile: string, { lang }: { readonly lang: Language }): Promise<number> {
  const wallMs = realClock.wallMs();
  const job = readBatch(await readJob(jobFile), jobFile, { wallMs, utcOffset: utcOffset(wallMs) });
  const rack = await loadRack(job.stationFile, [...new Set(job.profiles?.values() ?? [])]);
  if (rack.station.bench !== 'hardware')
    throw fault('station-file-invalid', 'bench', { expected: 'hardware', actual: rack.station.bench });
  const { settings, profiles } = stationOfBatch({ settings: rack.station, profiles: rack.profiles }, job);
  const folder = join(settings.logsFolder, 'batch');
  const lock = await lockRack(folder);
  try {
    const bench = await hardwareBench(settings, realClock);
    const report = await conducted(job, { ...rack, settings, profiles }, bench, folder, lang);
    await leaveReport(report, folder, lang);
    return report.exitCode;
  } finally {
    await lock.release();
  }
}

async function conducted(
  job: BatchSettings,
  rack: Omit<Awaited<ReturnType<typeof loadRack>>, 'station'> & { readonly settings: StationSettings },
  bench: HardwareBench,
  folder: string,
  lang: Language,
): Promise<BatchReport> {
  const { settings } = rack;
  const notice = serviceNotice(process.env, realClock);
  const status = statusWriter(join(folder, 'status.json'));
  let console: StationConsole | null = null;
  const current = createBatch({
    job,
    slots: settings.slots,
    clock: realClock,
    tell: ({ slot, ...answer }) => printJson({ time: new Date().toISOString(), slot, type: 'prompt.answered', ...answer }),
    beat(view) {
      notice.alive();
      status.write(
        statusOf({ job, view, wallMs: realClock.wallMs(), chores: current.chores(), end: current.end(), exitCode: null }),
      );
    },
  });
  const source = hubTurns({
    source: bench.source,
    clock: realClock,
    usbPaths: settings.slots.map(({ usbPath }) => usbPath),
    cycleFor: cyclesAtStart(job, settings, rack.profiles, bench),
    cycleFailed: current.powerFailed,
    isEntering: (usbPath) => enteringStates.has(console?.view().slots.find((slot) => slot.usbPath === usbPath)?.state ?? 'empty'),
    turnMs: job.hubTurnMs,
  });
  const exitCode = await runRack(
    { ...rack, source, powerSwitchFor: bench.powerSwitchFor },
    {
      clock: realClock,
      work: job.work,
      end: { kind: 'never' },
      rules: [current.rule],
      lang,
      json: true,
      watch(given) {
        console = given;
        current.watch(given);
        notice.ready();
      },
    },
  );
  notice.stopping();
  const report = current.report(exitCode);
  const view = (console as StationConsole | null)?.view();
  if (view !== undefined)
    status.write(
      statusOf({
        job,
        view,
        wallMs: realClock.wallMs(),
        chores: report.chores.length,
        end: report.end,
        exitCode: report.exitCode,
      }),
    );
  await status.settled();
  return report;
}

const enteringStates: ReadonlySet<SlotState> = new Set<SlotState>(['identifying', 'waitingForBoot', 'entering', 'connecting']);

/** A fixture that closes the strap with the power would bring a board that can still tell who it is into download mode. */
function cyclesAtStart(
  job: BatchSettings,
  settings: StationSettings,
  profiles: ReadonlyMap<string, LoadedProfile>,
  { powerSwitchFor }: HardwareBench,
): HubTurnsOptions['cycleFor'] {
  const slots = new Map(settings.slots.map((slot) => [slot.usbPath, slot]));
  const profilesOf = (slot: SlotSettings) => [...slot.profiles.values()].flatMap((id) => profiles.get(id)?.profile ?? []);
  return (device) => {
    const slot = slots.get(device.usbPath);
    if (!job.powerCycle.atStart || slot === undefined || slot.fixed !== null || slot.powerSwitch.kind === 'prompt') return null;
    if (slot.fixtureStrap === true && modeOf(device, profilesOf(slot)) === 'normal') return null;
    return (signal) => powerSwitchFor(slot).cycle(device.usbPath, signal);
  };
}

async function readJob(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (thrown) {
    throw fault('batch-file-invalid', file, { detail: thrown instanceof Error ? thrown.message : String(thrown) }, thrown);
  }
}

/** Held for as long as this process lives; that of a dead one is taken over. */
async function lockRack(folder: string) {
  await nodeDisk.makeFolder(folder);
  try {
    return await nodeDisk.lock(join(folder, 'rack.lock'));
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'EBUSY') throw thrown;
    throw new Fault({ code: 'rack-in-use', step: 'lock', detail: thrown.message }, { cause: thrown });
  }
}

/** As text on standard error and beside the JSON in `logs/batch/`; the last line of standard output holds it too. */
async function leaveReport(report: BatchReport, folder: string, lang: Language): Promise<void> {
  printJson({ time: new Date(report.endedWallMs).toISOString(), slot: null, type: 'batch.ended', report });
  const text = `${batchText(report, lang, (wallMs) => localTime(wallMs, utcOffset)).join('\n')}\n`;
  process.stderr.write(text);
  await mkdir(folder, { recursive: true });
  const name = localTime(report.startedWallMs, utcOffset).slice(0, 19).replaceAll(':', '-');
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, `${name}.txt`), text);
}

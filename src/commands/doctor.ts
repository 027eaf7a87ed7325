// `flashrack doctor [STATION]`: everything on this machine that spoils a shift, each with a cure. Composes; the checks are doctor/'s.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listHubs, systemRoot } from '../bench/hardware/usb-tree.ts';
import { surveyStation } from '../config/load-station.ts';
import type { StationSettings } from '../config/station-file.ts';
import type { Release, Subject } from '../doctor/check.ts';
import { examine, worstOf } from '../doctor/examine.ts';
import type { Severity } from '../domain/diagnosis.ts';
import { type Failure, Fault, fault } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import { doctorWords } from '../views/words/doctor-words.ts';
import type { Language } from '../views/words/language.ts';
import { thisMachine } from './doctor-machine.ts';
import { doctorJson, doctorLines } from './doctor-text.ts';
import { exitCodes } from './exit-codes.ts';
import { loadKits } from './kits.ts';
import { movedHubs } from './moved-hubs.ts';
import { print, printJson } from './print.ts';
import { projectFolder } from './version.ts';

export interface DoctorOptions {
  readonly lang: Language;
  readonly json: boolean;
  readonly writeUdev: boolean;
}

const linuxFolder = join(projectFolder, 'src', 'launch', 'linux');

export async function doctor(stationFile: string | undefined, options: DoctorOptions): Promise<number> {
  if (options.writeUdev) return writeUdev(options.lang);
  const subject = await subjectOf(stationFile);
  const findings = await examine(thisMachine, subject);
  if (options.json) for (const entry of doctorJson(findings)) printJson(entry);
  else
    for (const line of doctorLines(findings, {
      ...options,
      hasStation: stationFile !== undefined,
      rules: subject.release.udevRules,
    }))
      print(line);
  return exitCodeOf(worstOf(findings));
}

function exitCodeOf(worst: Severity | null): number {
  switch (worst) {
    case null:
      return exitCodes.pass;
    case 'warning':
      return exitCodes.notPass;
    case 'blocking':
      return exitCodes.refused;
  }
}

/** By the installer's own hand: one place knows the files, the folders and how udev is told. */
async function writeUdev(lang: Language): Promise<number> {
  if (!thisMachine.isRoot) {
    process.stderr.write(`${doctorWords[lang].needsRoot}\n`);
    return exitCodes.refused;
  }
  await promisify(execFile)(join(linuxFolder, 'install.sh'), ['--rules-only']);
  print(doctorWords[lang].installed);
  return exitCodes.pass;
}

async function subjectOf(stationFile: string | undefined): Promise<Subject> {
  const release = await readRelease();
  const logsFolder = join(process.cwd(), 'logs');
  if (stationFile === undefined) return { station: null, profiles: new Map(), failures: [], logsFolder, release };
  const { station, profiles, faults } = await surveyStation(readFile, stationFile);
  const failures = [
    ...faults.map(({ failure }) => failure),
    ...(await hubFailures(station)),
    // The demo makes its packages itself when it starts.
    ...(station?.bench === 'hardware' ? await packageFailures(profiles) : []),
  ];
  return { station, profiles, failures, logsFolder: station?.logsFolder ?? logsFolder, release };
}

async function hubFailures(station: StationSettings | null): Promise<readonly Failure[]> {
  if (station === null || station.hubs.length === 0) return [];
  const moved = movedHubs(station.hubs, await listHubs(systemRoot));
  return moved.length === 0 ? [] : [fault('station-file-invalid', 'hubs', { detail: moved.join('\n') }).failure];
}

/** Each profile by itself: one bad package does not hide the next. */
async function packageFailures(profiles: ReadonlyMap<string, LoadedProfile>): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const [id, loaded] of profiles) {
    try {
      await loadKits(new Map([[id, loaded]]));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      failures.push(thrown.failure);
    }
  }
  return failures;
}

async function readRelease(): Promise<Release> {
  const manifest = JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  return {
    folder: projectFolder,
    nodeVersion: manifest.optionalDependencies[`node-${process.platform}-${process.arch}`] ?? '24',
    libraries: new Map(Object.entries(manifest.dependencies)),
    udevRules: await thisMachine.readText(join(linuxFolder, '70-flashrack.rules')),
  };
}

// `flashrack profile check`: every profile of a folder, or those of a station: the file, its package, its plan; and pins their digests
// in the station file. Opens nothing but files.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { surveyStation } from '../config/load-station.ts';
import { isUnpinned, readTemplate } from '../config/profile-draft.ts';
import { parseProfile } from '../config/profile-file.ts';
import { describeFailure, type Failure, Fault, failureOf, fault } from '../domain/failure.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { printable } from '../views/words/escape.ts';
import type { Language } from '../views/words/language.ts';
import { profileWords } from '../views/words/profile-words.ts';
import { exitCodes } from './exit-codes.ts';
import { loadKits } from './kits.ts';
import { print, printJson } from './print.ts';

export interface ProfileCheckOptions {
  readonly lang: Language;
  readonly json: boolean;
  readonly station?: string;
  readonly pin: boolean;
}

interface CheckedProfile {
  readonly id: string;
  readonly state: 'good' | 'template' | 'refused';
  /** Of the file; null where it could not be read as a profile. */
  readonly sha256: string | null;
  readonly failure: Failure | null;
}

export async function profileCheck(folder: string, options: ProfileCheckOptions): Promise<number> {
  if (options.pin && options.station === undefined)
    throw fault('answer-missing', 'profile check', { expected: '--station FILE with --pin', actual: 'not given' });
  const survey = options.station === undefined ? null : await surveyStation(readFile, options.station);
  const ofStation = (survey?.faults ?? []).filter(({ failure }) => !(options.pin && failure.code === 'profile-changed'));
  const [first] = ofStation;
  if (survey !== null && first !== undefined) throw first;
  const files = survey === null ? await filesIn(folder) : [...survey.profiles.values()].map(({ file }) => file);
  const checked: CheckedProfile[] = [];
  for (const file of files) checked.push(await checkProfile(file));
  show(checked, options);
  const isRefused = checked.some(({ state }) => state === 'refused');
  if (isRefused || checked.length === 0) return exitCodes.refused;
  if (options.pin && options.station !== undefined) await pin(options.station, checked, options);
  return exitCodes.pass;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
      .sort()
      .map((name) => join(folder, name));
  } catch (thrown) {
    throw fault(
      'profile-invalid',
      'profile check',
      { detail: thrown instanceof Error ? thrown.message : String(thrown) },
      thrown,
    );
  }
}

async function checkProfile(file: string): Promise<CheckedProfile> {
  const id = basename(file, '.json');
  try {
    const bytes = await readFile(file);
    const template = readTemplate(bytes);
    if (template !== null && isUnpinned(template)) return { id, state: 'template', sha256: null, failure: null };
    const loaded = parseProfile(bytes, file);
    await loadKits(new Map([[id, loaded]]));
    return { id, state: 'good', sha256: loaded.sha256, failure: null };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { id, state: 'refused', sha256: null, failure: failureOf(thrown, 'profile check') };
  }
}

function show(checked: readonly CheckedProfile[], { lang, json }: ProfileCheckOptions): void {
  const words = profileWords[lang];
  if (json) {
    for (const profile of checked) printJson(profile);
    return;
  }
  for (const { id, state, sha256, failure } of checked) {
    print([id, words[state], sha256 ?? ''].join('  ').trimEnd());
    if (failure === null) continue;
    for (const line of describeFailure(failure).split('\n')) print(`    ${printable(line, 1000)}`);
  }
  const count = (wanted: CheckedProfile['state']): number => checked.filter(({ state }) => state === wanted).length;
  print(words.sums(count('good'), count('template'), count('refused')));
}

/** Replaces the station file's pins by those of the profiles it maps, and says what changed. */
async function pin(stationFile: string, checked: readonly CheckedProfile[], { lang, json }: ProfileCheckOptions): Promise<void> {
  const words = profileWords[lang];
  const station = JSON.parse(await readFile(stationFile, 'utf8')) as { readonly pinned?: Readonly<Record<string, string>> };
  const pinned = Object.fromEntries(checked.flatMap(({ id, sha256 }) => (sha256 === null ? [] : [[id, sha256] as const])));
  await nodeDisk.writeWhole(stationFile, Buffer.from(`${JSON.stringify({ ...station, pinned }, null, 2)}\n`));
  if (json) return;
  for (const [id, now] of Object.entries(pinned)) {
    const before = station.pinned?.[id];
    if (before !== undefined && before !== now) print(words.changed(id, before, now));
  }
  print(words.pinned(Object.keys(pinned).length, stationFile));
}

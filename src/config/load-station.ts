// Loads a station file with the profiles it names, through an injected file reader. Everything wrong is told at once.
import { join } from 'node:path';
import { type Fault, fault } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import type { JsonPath } from './json-text.ts';
import { type Finding, faultOf, type Problem, readAs, shown } from './problems.ts';
import type { ProductionSettings } from './production-fields.ts';
import { readProfile } from './profile-file.ts';
import { findStationFaults } from './station-checks.ts';
import { type StationFile, type StationSettings, stationFile, toStationSettings } from './station-file.ts';
import { type LinkSettings, toLinkSettings } from './station-links.ts';

/** Rejects with an error that has an errno `code`; `readFile` of node:fs/promises fits. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

export interface LoadedStation {
  readonly station: StationSettings;
  readonly links: LinkSettings;
  /** Every profile that the file maps, for a slot or by default, by id. */
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
}

/** A model → profile entry of the station file, wherever it stands. */
interface Mapping {
  readonly path: JsonPath;
  readonly model: string;
  readonly profileId: string;
}

/**
 * The station and the profiles its slots map. Rejects with a `Fault` whose detail has one line per problem (file, place, JSON
 * path, found, expected): `station-file-invalid` when the station file has any, else `profile-invalid`; then `profile-changed` for
 * a profile that is not the one the station file pins, with both digests.
 */
export async function loadStation(readFile: ReadFile, path: string): Promise<LoadedStation> {
  const { station, links, profiles, faults } = await surveyStation(readFile, path);
  const [first] = faults;
  if (first !== undefined) throw first;
  if (station === null || links === null) throw faultOf('station-file-invalid', []);
  return { station, links, profiles };
}

/** As far as a station can be read: for whoever tells all of its troubles at once. */
export interface StationSurvey {
  /** Null when the station file itself cannot be used. */
  readonly station: StationSettings | null;
  /** Null with it. */
  readonly links: LinkSettings | null;
  /** Those that can be used, by id. */
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
  /** What `loadStation` would reject with, the first first. */
  readonly faults: readonly Fault[];
}

export async function surveyStation(readFile: ReadFile, path: string): Promise<StationSurvey> {
  const refused = (problems: readonly Problem[]): StationSurvey => ({
    station: null,
    links: null,
    profiles: new Map(),
    faults: [faultOf('station-file-invalid', problems)],
  });
  const bytes = await readOrExplain(readFile, path);
  if (typeof bytes === 'string') return refused([{ file: path, path: '(whole file)', found: bytes, expected: 'a station file' }]);
  const { outcome, place } = readAs(stationFile, bytes, path, findStationFaults);
  if (outcome.value === null) return refused(outcome.problems);

  const station = toStationSettings(outcome.value, path);
  const mappings = mappingsOf(outcome.value);
  const files = await readProfiles(readFile, station.profilesFolder, mappings);
  const loaded = loadedOf(files);
  const stationProblems = place(
    mappings.flatMap((mapping) => mappingFaults(mapping, files.get(mapping.profileId), station.production)),
  );
  const profileProblems = [...files.values()].flatMap((file) => ('problems' in file ? file.problems : []));
  const faults = [
    ...(stationProblems.length > 0 ? [faultOf('station-file-invalid', [...stationProblems, ...profileProblems])] : []),
    ...(stationProblems.length === 0 && profileProblems.length > 0 ? [faultOf('profile-invalid', profileProblems)] : []),
    ...changedProfiles(outcome.value.pinned, loaded),
  ];
  return { station, links: toLinkSettings(outcome.value, path), profiles: loaded, faults };
}

/** A station file that pins its profiles pins all that it maps. */
function changedProfiles(
  pinned: Readonly<Record<string, string>> | undefined,
  loaded: ReadonlyMap<string, LoadedProfile>,
): readonly Fault[] {
  if (pinned === undefined) return [];
  return [...loaded].flatMap(([id, { sha256, file }]) =>
    pinned[id] === sha256
      ? []
      : [fault('profile-changed', `profile ${id}`, { expected: pinned[id] ?? 'a digest', actual: sha256, detail: file })],
  );
}

type ProfileOutcome =
  | LoadedProfile
  | { readonly problems: readonly Problem[] }
  | { readonly unreadable: string; readonly file: string };

async function readProfiles(
  readFile: ReadFile,
  folder: string,
  mappings: readonly Mapping[],
): Promise<ReadonlyMap<string, ProfileOutcome>> {
  const ids = [...new Set(mappings.map(({ profileId }) => profileId))];
  const read = async (id: string): Promise<[string, ProfileOutcome]> => {
    const file = join(folder, `${id}.json`);
    const bytes = await readOrExplain(readFile, file);
    return [id, typeof bytes === 'string' ? { unreadable: bytes, file } : readProfile(bytes, file)];
  };
  return new Map(await Promise.all(ids.map(read)));
}

function loadedOf(files: ReadonlyMap<string, ProfileOutcome>): ReadonlyMap<string, LoadedProfile> {
  return new Map([...files].flatMap(([id, file]) => ('profile' in file ? [[id, file] as const] : [])));
}

function mappingsOf(file: StationFile): readonly Mapping[] {
  const maps: [JsonPath, Readonly<Record<string, string>>][] = [
    [['defaults', 'profiles'], file.defaults.profiles ?? {}],
    ...file.slots.map((entry, index): [JsonPath, Readonly<Record<string, string>>] => [
      ['slots', index, 'profiles'],
      entry.profiles ?? {},
    ]),
  ];
  return maps.flatMap(([path, map]) =>
    Object.entries(map).map(([model, profileId]) => ({ path: [...path, model], model, profileId })),
  );
}

function mappingFaults(
  { path, model, profileId }: Mapping,
  file: ProfileOutcome | undefined,
  { requireOrderingCode }: ProductionSettings,
): readonly Finding[] {
  if (file === undefined || 'problems' in file) return [];
  if ('unreadable' in file) {
    return [{ path, found: `${shown(profileId)}, but ${file.unreadable}`, expected: `a profile file ${file.file}` }];
  }
  const { models, subModels } = file.profile;
  if (requireOrderingCode && subModels.orderingCodes.length === 0) {
    return [
      { path, found: shown(profileId), expected: 'a profile that lists ordering codes: production.requireOrderingCode is set' },
    ];
  }
  if (models.includes(model)) return [];
  return [{ path, found: shown(profileId), expected: `a profile for ${model}; this one is for ${models.join(', ')}` }];
}

/** The bytes, or what is in the way as text. */
async function readOrExplain(readFile: ReadFile, path: string): Promise<Uint8Array | string> {
  try {
    return await readFile(path);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    return code === 'ENOENT' ? `no file at ${path}` : `a file that cannot be read (${code})`;
  }
}

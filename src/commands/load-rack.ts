// Reads a station file with its profiles and packages: everything that can be refused before a board is touched. Knows no bench.
import { readFile } from 'node:fs/promises';
import { type LoadedStation, loadStation } from '../config/load-station.ts';
import { parseProfile } from '../config/profile-file.ts';
import { fault } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import type { FlashJobKit } from '../slot/slot-services.ts';
import { loadKits } from './kits.ts';

export interface LoadedRack extends LoadedStation {
  readonly kits: ReadonlyMap<string, FlashJobKit>;
}

/** `onlyProfiles` is the work order's: it can narrow the slots' profile maps, never widen them. */
export async function loadRack(stationFile: string, onlyProfiles: readonly string[] = []): Promise<LoadedRack> {
  const loaded = narrowed(await loadStation(readFile, stationFile), onlyProfiles);
  return { ...loaded, kits: await loadKits(loaded.profiles) };
}

function narrowed(loaded: LoadedStation, only: readonly string[]): LoadedStation {
  if (only.length === 0) return loaded;
  const unknown = only.filter((id) => !loaded.profiles.has(id));
  if (unknown.length > 0) {
    throw fault('station-file-invalid', 'work order', {
      expected: [...loaded.profiles.keys()].join(' or '),
      actual: unknown.join(', '),
    });
  }
  const allowed = new Set(only);
  const slots = loaded.station.slots.map((slot) => {
    const { unidentified } = slot;
    const isNarrowedOut = unidentified.policy !== 'refuse' && !allowed.has(unidentified.profileId);
    return {
      ...slot,
      profiles: new Map([...slot.profiles].filter(([, id]) => allowed.has(id))),
      unidentified: isNarrowedOut ? ({ policy: 'refuse' } as const) : unidentified,
    };
  });
  const profiles = new Map([...loaded.profiles].filter(([id]) => allowed.has(id)));
  return { ...loaded, station: { ...loaded.station, slots }, profiles };
}

export async function loadProfileFile(file: string): Promise<LoadedProfile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (thrown) {
    throw fault('profile-invalid', file, { detail: thrown instanceof Error ? thrown.message : String(thrown) }, thrown);
  }
  return parseProfile(bytes, file);
}

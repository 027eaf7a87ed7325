// Reads each profile's package once and plans it once, for all slots. Knows files and readers, no bench.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fault } from '../domain/failure.ts';
import type { LoadedProfile } from '../domain/profile.ts';
import { sha256Hex } from '../firmware/digest.ts';
import { withAgentboot } from '../firmware/eigencomm-package.ts';
import type { FirmwarePackage, ImagePart } from '../firmware/package.ts';
import { loadAgentboot, readPackage } from '../firmware/read-package.ts';
import { flasherFor } from '../platforms.ts';
import type { FlashJobKit } from '../slot/slot-services.ts';

/**
 * The kits of all profiles, by profile id. Rejects with the first refusal: `package-unreadable`, `package-digest-mismatch`, or
 * any `package-…` code of reader and plan. Nothing is opened but files.
 */
export async function loadKits(profiles: ReadonlyMap<string, LoadedProfile>): Promise<ReadonlyMap<string, FlashJobKit>> {
  const packages = new Map<string, Promise<FirmwarePackage>>();
  const kits = new Map<string, FlashJobKit>();
  for (const [id, loaded] of profiles) {
    const { path, sha256 } = loaded.profile.package;
    const file = resolve(dirname(loaded.file), path);
    const reading = packages.get(file) ?? readPinned(file, loaded);
    packages.set(file, reading);
    const read = await reading;
    checkDigest(read.identity.sha256, sha256, loaded, file);
    const agentboot = await operatorsAgentboot(loaded);
    const firmware = agentboot === null ? read : withAgentboot(read, agentboot);
    kits.set(id, { loaded, firmware, plan: flasherFor(loaded.profile.platform).plan(firmware, loaded.profile) });
  }
  return kits;
}

async function readPinned(file: string, loaded: LoadedProfile): Promise<FirmwarePackage> {
  const bytes = await readBytes(file, `package of profile ${loaded.profile.id}`);
  // Before it is read: a changed package may also be a broken one, and the two digests say more than what broke.
  checkDigest(sha256Hex(bytes), loaded.profile.package.sha256, loaded, file);
  return readPackage(bytes, file);
}

function checkDigest(actual: string, expected: string, loaded: LoadedProfile, file: string): void {
  if (actual === expected.toLowerCase()) return;
  throw fault('package-digest-mismatch', `profile ${loaded.profile.id}`, { expected, actual, detail: file });
}

/** The agentboot that a profile pins beside its package; null when the package brings its own. */
export async function operatorsAgentboot({ profile, file }: LoadedProfile): Promise<ImagePart | null> {
  const pinned = profile.package.agentboot;
  if (pinned === undefined) return null;
  const bytes = await readBytes(resolve(dirname(file), pinned.path), `agentboot of profile ${profile.id}`);
  return loadAgentboot(bytes, pinned.sha256);
}

export async function readBytes(file: string, step: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (thrown) {
    throw fault('package-unreadable', step, { detail: thrown instanceof Error ? thrown.message : String(thrown) }, thrown);
  }
}

// The models of a campaign with small packages, read and planned once for all runs of a process. The one part that touches the real disk.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildAsrDemoPackage } from '../../src/bench/simulator/demo-package/demo-asr-package.ts';
import { buildDemoPackage } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { buildUnisocDemoPackage } from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import { parseProfile } from '../../src/config/profile-file.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { flasherFor } from '../../src/platforms.ts';
import type { FlashJobKit } from '../../src/slot/slot-services.ts';

export const campaignModels = ['EC600E', 'EC800E', 'EC600U', 'EC800G', 'EC800N'] as const;
export type CampaignModel = (typeof campaignModels)[number];

/** The two UNISOC chips have flows of their own. */
export const campaignPlatforms = ['eigencomm', 'unisoc8910', 'unisoc8850', 'asr'] as const;
export type CampaignPlatform = (typeof campaignPlatforms)[number];

/** Also of a model that the rack has no profile for. */
export function platformOf(model: string): CampaignPlatform {
  if (model.endsWith('E')) return 'eigencomm';
  if (model.endsWith('U')) return 'unisoc8910';
  return model.endsWith('G') ? 'unisoc8850' : 'asr';
}

/** By model. */
export type CampaignKits = ReadonlyMap<string, FlashJobKit>;

/**
 * At most 64 KiB of images in each package. The file of an UNISOC one cannot be that small: a pac has 2,580 bytes of header for each of its
 * eleven entries, and its NV template has the SDK's own item lengths, 53 KB, at any scale.
 */
const builders: Readonly<Record<CampaignModel, (revision: string) => Uint8Array>> = {
  EC600E: (revision) => buildDemoPackage({ model: 'EC600E', revision, scale: 1 / 16 }),
  EC800E: (revision) => buildDemoPackage({ model: 'EC800E', revision, scale: 1 / 16 }),
  EC600U: (revision) => buildUnisocDemoPackage({ model: 'EC600U', revision, scale: 1 / 64 }),
  EC800G: (revision) => buildUnisocDemoPackage({ model: 'EC800G', revision, scale: 1 / 64 }),
  EC800N: (revision) => buildAsrDemoPackage({ model: 'EC800N', revision, scale: 1 / 16 }),
};

const profilesFolder = join(import.meta.dirname, '..', '..', 'profiles');
let prepared: Promise<CampaignKits> | null = null;

export function campaignKits(): Promise<CampaignKits> {
  prepared ??= Promise.all(campaignModels.map(async (model) => [model, await kitOf(model)] as const)).then(
    (kits) => new Map(kits),
  );
  return prepared;
}

async function kitOf(model: CampaignModel): Promise<FlashJobKit> {
  const file = join(profilesFolder, `demo-${model.toLowerCase()}.json`);
  const loaded = parseProfile(await readFile(file), file);
  const { profile } = loaded;
  const firmware = await readPackage(builders[model](profile.expectedRevision.value), `${model}_CAMPAIGN.bin`);
  return { loaded, firmware, plan: flasherFor(profile.platform).plan(firmware, profile) };
}

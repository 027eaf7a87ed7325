// The rack's station settings for a campaign: slots on hubs, switches, policies, and the profiles in which a defect can be planted.

import type { BoardIdentity } from '../../src/bench/simulator/board.ts';
import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import { createRandom, drawIdentity } from '../../src/bench/simulator/random.ts';
import { noOversight, type OversightSettings } from '../../src/config/oversight-fields.ts';
import type { HistorySettings, StationSettings } from '../../src/config/station-file.ts';
import type { LoadedProfile, Profile } from '../../src/domain/profile.ts';
import { historyDefaults } from '../support/history-defaults.ts';
import type { CampaignKits } from './campaign-kits.ts';
import { type CampaignScript, slotsPerHub } from './campaign-script.ts';

export const usbPathOf = (slot: number): string =>
  `pci-0000:00:14.0/${Math.ceil(slot / slotsPerHub)}.${((slot - 1) % slotsPerHub) + 1}`;

/** A passed unit is asked for, one for rework is blocked, and the station tries again once by itself. */
export const campaignHistory: HistorySettings = { ...historyDefaults, twiceInOrder: 'ask', automaticRetries: 1 };

export const goldenUnit: BoardIdentity = drawIdentity(createRandom(0).fork('golden'), 'EC600E', factoryRevisionOf('EC600E'));

/** Narrow enough for a campaign, in which most boards have trouble, to meet every rule and to go on all the same. */
export const campaignOversight: OversightSettings = {
  blame: { quarantineBoards: 3, rejectSlots: 2, sameCodeSlots: 4, sameCodeMinutes: 10 },
  stop: { failuresInRow: 8, yieldBelowPercent: 25, yieldOver: 40 },
  golden: { units: [goldenUnit.imei], each: 'shift', validHours: 12 },
  supervisors: [{ name: 'simulated', salt: '', hash: '' }],
  marginWarnPercent: 25,
};

export const switchesPower = (slot: number): boolean => slot % 5 === 0;
const policyOf = (slot: number): 'refuse' | 'requireLabel' | 'accept' =>
  slot % 4 === 1 ? 'accept' : slot % 8 === 2 ? 'requireLabel' : 'refuse';

/** A strapped board without identification is taken for one of these, by slot. */
const unidentifiedModels = ['EC600U', 'EC600E', 'EC800G', 'EC800N'] as const;

const profileIdOf = (model: string, slot: number): string => `${model} in slot ${slot}`;

export interface StationLimits {
  readonly perHub: number | null;
  readonly station: number | null;
}

export function campaignSettings(
  { slots, isOverseen }: CampaignScript,
  kits: CampaignKits,
  limits: StationLimits,
): StationSettings {
  return {
    station: { id: 'campaign', line: 'simulated' },
    bench: 'simulator',
    profilesFolder: '',
    logsFolder: '',
    slots: Array.from({ length: slots }, (_, index) => {
      const number = index + 1;
      const policy = policyOf(number);
      const unidentified = unidentifiedModels[Math.floor(index / 8) % unidentifiedModels.length] ?? 'EC600E';
      return {
        number,
        usbPath: usbPathOf(number),
        fixed: null,
        baudRate: 115_200,
        profiles: new Map([...kits.keys()].map((model) => [model, profileIdOf(model, number)])),
        unidentified: policy === 'refuse' ? { policy } : { policy, profileId: profileIdOf(unidentified, number) },
        powerSwitch: { kind: 'prompt' as const },
      };
    }),
    limits: { ...limits, perController: null, perSlot: 1 },
    hubs: [],
    powerUpGapMs: 300,
    atEntryGapMs: 0,
    removalMs: 2_000,
    production: { requireOperator: false, requireWorkOrder: false },
    oversight: isOverseen ? campaignOversight : noOversight,
    history: campaignHistory,
  };
}

/** Every slot has profiles of its own, so that a defect strikes one slot alone: `readProfile` is called before each look at one. */
export function campaignProfiles(
  slots: number,
  kits: CampaignKits,
  readProfile: (slot: number) => void,
): ReadonlyMap<string, LoadedProfile> {
  const profiles = new Map<string, LoadedProfile>();
  for (let slot = 1; slot <= slots; slot++) {
    for (const [model, { loaded }] of kits) {
      const profile: Profile = new Proxy(loaded.profile, {
        get(target, key, receiver) {
          readProfile(slot);
          return Reflect.get(target, key, receiver);
        },
      });
      profiles.set(profileIdOf(model, slot), { ...loaded, profile });
    }
  }
  return profiles;
}

// Whether a batch can run with nobody at the rack, and the station as the job file narrows it. Pure; knows no device.
import { type Fault, fault } from '../domain/failure.ts';
import type { LoadedProfile, Profile } from '../domain/profile.ts';
import type { BatchSettings } from './batch-file.ts';
import type { SlotSettings, StationSettings } from './station-file.ts';

export interface BatchStation {
  readonly settings: StationSettings;
  readonly profiles: ReadonlyMap<string, LoadedProfile>;
}

/**
 * The station as this batch runs it. Throws `batch-file-invalid` for a model that no slot maps to that profile, and `batch-needs-hands` with
 * one line per slot and reason for what only a person could do.
 */
export function stationOfBatch({ settings, profiles }: BatchStation, job: BatchSettings): BatchStation {
  const slots = settings.slots.map((slot) => narrowed(slot, job.profiles)).filter((slot) => slot.profiles.size > 0);
  const unmapped = [...(job.profiles ?? [])].filter(([model, id]) => !slots.some((slot) => slot.profiles.get(model) === id));
  if (unmapped.length > 0) {
    const actual = unmapped.map(([model, id]) => `${model}: ${id}`).join(', ');
    throw fault('batch-file-invalid', 'profiles', { expected: 'models and profiles that a slot of the station maps', actual });
  }
  const used = new Set(slots.flatMap((slot) => [...slot.profiles.values()]));
  const narrowedProfiles = new Map([...profiles].filter(([id]) => used.has(id)));
  const needed = missingWork(settings, job);
  if (needed !== null) throw needed;
  const hands = slots.flatMap((slot) => handsNeeded(slot, narrowedProfiles));
  if (hands.length > 0) throw fault('batch-needs-hands', 'job file', { detail: hands.join('\n') });
  const oversight = { ...settings.oversight, stop: { ...settings.oversight.stop, ...job.stop } };
  const history = { ...settings.history, automaticRetries: job.retries };
  return { settings: { ...settings, slots, oversight, history }, profiles: narrowedProfiles };
}

function narrowed(slot: SlotSettings, only: BatchSettings['profiles']): SlotSettings {
  if (only === null) return slot;
  const profiles = new Map([...slot.profiles].filter(([model, id]) => only.get(model) === id));
  const { unidentified } = slot;
  const isOut = unidentified.policy !== 'refuse' && ![...profiles.values()].includes(unidentified.profileId);
  return { ...slot, profiles, unidentified: isOut ? { policy: 'refuse' } : unidentified };
}

function missingWork({ production }: StationSettings, { work }: BatchSettings): Fault | null {
  if (!production.requireWorkOrder || work.workOrder !== null) return null;
  return fault('batch-file-invalid', 'workOrder', { expected: 'a work order: this station requires it', actual: 'none' });
}

/** One line per reason. */
export function handsNeeded(slot: SlotSettings, profiles: ReadonlyMap<string, LoadedProfile>): readonly string[] {
  const ids = [...new Set(slot.profiles.values())];
  return [
    ...(slot.unidentified.policy === 'requireLabel' ? ['"unidentified" is "requireLabel": somebody must scan'] : []),
    ...ids.flatMap((id) => {
      const profile = profiles.get(id)?.profile;
      return profile === undefined ? [] : [...entryNeeds(slot, profile), ...restartNeeds(slot, profile)];
    }),
  ].map((reason) => `slot ${slot.number}: ${reason}`);
}

const switchesItself = ({ powerSwitch }: SlotSettings): boolean => powerSwitch.kind !== 'prompt';

function entryNeeds(slot: SlotSettings, { id, entry }: Profile): readonly string[] {
  if (slot.fixed?.startsIn === 'download' || entry.methods.includes('at')) return [];
  if (slot.fixed === null && slot.fixtureStrap === true && switchesItself(slot)) return [];
  return [`profile ${id} enters download mode by its strap only: the slot needs "fixtureStrap" and a power switch`];
}

function restartNeeds(slot: SlotSettings, { id, restart }: Profile): readonly string[] {
  if (restart === 'prompt') return [`profile ${id} is restarted by hand ("restart": "prompt")`];
  if (restart === 'powerCycle' && !switchesItself(slot))
    return [`profile ${id} is restarted by its power, and nothing switches it here`];
  if (restart === 'powerCycle' && slot.fixtureStrap === true)
    return [`profile ${id} is restarted by its power, and the fixture closes the strap whenever power comes`];
  return [];
}

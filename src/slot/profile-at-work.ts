// Which profile a piece of work goes by: the one chosen for the job, or before that the mapped one that fits. Pure.
import type { Device } from '../bench/device-source.ts';
import { fault } from '../domain/failure.ts';
import type { Profile } from '../domain/profile.ts';
import { modeOf } from './decisions.ts';
import type { SlotContext } from './slot-types.ts';

export function profileOf(context: SlotContext): Profile {
  if (context.profile === null) throw fault('station-defect', 'programming', { detail: 'no profile was chosen' });
  return context.profile;
}

/** For dialogue before any identification: at a fixed serial path all mapped profiles share the line. */
export function anyProfile(context: SlotContext): Profile {
  const { unidentified, byModel } = context.settings.profiles;
  const profile = context.profile ?? unidentified ?? Object.values(byModel)[0];
  if (profile === undefined) throw fault('station-defect', 'identifying', { detail: 'the slot has no profile' });
  return profile;
}

/** The mapped profile whose normal-mode ids this device has: it says which interface answers AT. */
export function normalProfile(context: SlotContext, device: Device | null): Profile {
  const mapped = Object.values(context.settings.profiles.byModel);
  return mapped.find((profile) => device !== null && modeOf(device, [profile]) === 'normal') ?? anyProfile(context);
}

// What a slot's job is now, asked and answered as pure functions of its context. Knows no state and no timer.

import { type Failure, type FailureCode, failureOf } from '../domain/failure.ts';
import type { Profile, UsbId } from '../domain/profile.ts';
import type { RecordKind } from '../domain/verdict.ts';
import type { Clearance } from './clearance.ts';
import { type Decision, judgeBeforeIntent, judgeReadBack, judgeRestored, modeOf } from './decisions.ts';
import type { DeviceRef, SlotContext, VerifyOutput } from './slot-types.ts';

export const aborted = (code: FailureCode, step: string, facts: Partial<Failure> = {}): Decision => ({
  verdict: 'ABORTED',
  written: 'none',
  failure: { code, step, ...facts },
});

export const failedBefore = (thrown: unknown, step: string): Partial<SlotContext> => ({
  decision: judgeBeforeIntent(failureOf(thrown, step)),
});

export const noJob: Omit<
  SlotContext,
  'settings' | 'intakeOpen' | 'quarantined' | 'device' | 'insertion' | 'jobsOpened' | 'passedImei' | 'retries' | 'retryOf'
> = {
  jobId: null,
  identification: null,
  label: {},
  profile: null,
  imeiFromSession: null,
  entryMethod: null,
  continuous: true,
  programmedDeviceId: null,
  judgedDeviceId: null,
  powerCycles: 0,
  bootLoops: 0,
  strapTries: 0,
  romLoops: 0,
  reachedRom: false,
  mayReturn: false,
  marks: null,
  asked: null,
  decision: null,
  swappedWith: null,
};

/** A board in download mode tells nothing of itself: it is the one that was known before, or one for the unidentified. */
const knownInDownload = ({ device, retryOf, settings }: SlotContext): Partial<SlotContext> =>
  device?.mode === 'download' ? (retryOf?.known ?? { profile: settings.profiles.unidentified }) : {};

export const newJob = (context: SlotContext): Partial<SlotContext> => ({
  ...noJob,
  label: context.label,
  jobsOpened: context.jobsOpened + 1,
  jobId: `${context.settings.runId}-${context.settings.number}-${context.jobsOpened + 1}`,
  entryMethod: context.settings.fixedStart === 'download' ? 'fixed' : context.device?.mode === 'download' ? 'found' : null,
  ...knownInDownload(context),
});

export const timeouts = (context: SlotContext): Profile['timeouts'] => {
  const { byModel, unidentified } = context.settings.profiles;
  const profile = context.profile ?? unidentified ?? Object.values(byModel)[0];
  if (!profile) throw new Error('a slot without any profile');
  return profile.timeouts;
};

export const windowMs = (context: SlotContext): number => (context.profile?.downloadWindow.seconds ?? 0) * 1000;

/** A device that has waited here: how much of its window is gone is no longer what the event said. */
export function withoutAge(device: DeviceRef | null): DeviceRef | null {
  return device === null ? null : { ...device, ageMs: null };
}

export function windowLeft(context: SlotContext): number {
  return Math.max(0, windowMs(context) - (context.device?.ageMs ?? 0));
}

export function windowMissed(context: SlotContext): Decision {
  return aborted('window-missed', 'connecting', { expected: `a ROM reply within ${windowMs(context)} ms` });
}

export function romNeverHeard({ romLoops }: SlotContext): Decision {
  return aborted('window-missed', 'connecting', {
    expected: 'a ROM reply',
    actual: `none while it came and went ${romLoops} times`,
  });
}

/** A fixed serial path tells no ids: a board that comes back there after it was programmed is asked as one in normal mode. */
export function modeNow({ settings, programmedDeviceId }: SlotContext, device: DeviceRef): DeviceRef['mode'] {
  return settings.fixedStart !== null && programmedDeviceId !== null ? 'normal' : device.mode;
}

/** Its ids are those of another profile's boot ROM, to which not one byte of this profile's protocol may go. */
export function isOfAnotherProfile({ device, profile }: SlotContext): boolean {
  return device?.ids !== undefined && profile !== null && modeOf(device.ids, [profile]) !== 'download';
}

export const idText = ({ vendorId, productId }: UsbId): string =>
  [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');

/** This job only looks: not one byte goes to a download mode, and none is asked for. */
export function isReadOnly({ settings, retryOf }: Pick<SlotContext, 'settings' | 'retryOf'>): boolean {
  return settings.purpose?.kind === 'verify' && retryOf?.afterVerify !== true;
}

/** Before the rules have said what it is. */
export function kindOf(context: SlotContext): RecordKind {
  if (isReadOnly(context)) return 'verify';
  return context.settings.purpose?.kind === 'nvRestore' ? 'nvRestore' : 'flash';
}

/** Nothing tells a module that was mute for a while on a fixed serial path from one that was taken out: a passed unit never enters again. */
export function hasPassedHere({ settings, identification, passedImei }: SlotContext): boolean {
  return settings.fixedStart !== null && passedImei !== null && identification?.imei === passedImei;
}

export function allowsStrap(context: SlotContext): boolean {
  return context.profile?.entry.methods.includes('strap') ?? false;
}

/** The session could read the identity before anything was written, and it is not the one that was identified or scanned. */
export function isAnotherUnit({ imeiFromSession, identification, label }: SlotContext): boolean {
  const expected = identification?.imei ?? label.imei;
  return imeiFromSession !== null && expected !== undefined && expected !== imeiFromSession;
}

export function swappedBefore({ imeiFromSession, identification, label }: SlotContext): Decision {
  return aborted('swapped', 'holding', {
    expected: identification?.imei ?? label.imei ?? '',
    actual: imeiFromSession ?? '',
  });
}

/** A restore gives the module the IMEI it is then asked for: only what was known before can prove that it is the right one. */
export function mayBeAnotherUnit({ settings: { purpose }, continuous, imeiFromSession }: SlotContext): boolean {
  return purpose?.kind === 'nvRestore' && !continuous && imeiFromSession !== purpose.unit.imei;
}

export function needsLabel(context: SlotContext): boolean {
  return context.identification === null && context.settings.unidentified === 'requireLabel';
}

export function labelFits(context: SlotContext): boolean {
  return context.profile?.subModels.orderingCodes.includes(context.label.orderingCode ?? '') ?? false;
}

export function hasReturned(context: SlotContext, mode: 'normal' | 'download'): boolean {
  return context.device !== null && context.device.id !== context.programmedDeviceId && context.device.mode === mode;
}

export function judged(context: SlotContext, output: VerifyOutput): Partial<SlotContext> {
  const { identification, imeiFromSession, label, profile, continuous } = context;
  const { purpose } = context.settings;
  if (output.after === null || profile === null) throw new Error('nothing was read back');
  const decision =
    purpose?.kind === 'nvRestore'
      ? judgeRestored({ before: identification, after: output.after, unit: purpose.unit })
      : judgeReadBack({
          before: identification,
          imeiBefore: imeiFromSession ?? label.imei ?? null,
          after: output.after,
          profile,
          revision: output.revision,
          continuousInsertion: continuous,
        });
  const isSwap = decision.failure?.code === 'swapped';
  return { decision, swappedWith: isSwap ? output.after : null };
}

/** What the rules' answer makes of the job. An open question leaves it unmarked. */
export function cleared(clearance: Clearance): Partial<SlotContext> {
  switch (clearance.kind) {
    case 'cleared':
      return { marks: clearance.marks };
    case 'ask':
      return { asked: clearance };
    case 'skip':
      return { marks: clearance.marks, decision: { verdict: 'ABORTED', written: 'none', failure: clearance.reason } };
    case 'refused':
      return { marks: clearance.marks, decision: judgeBeforeIntent(clearance.reason) };
    case 'seen': {
      const { found, marks } = clearance;
      return { marks, decision: found === null ? seenToBeGood : judgeBeforeIntent(found) };
    }
  }
}

const seenToBeGood: Decision = { verdict: 'PASS', written: 'none', failure: null };

/** Nobody said that the unit may be flashed again: the rule stands. */
export const notAllowed = ({ asked }: SlotContext): Partial<SlotContext> =>
  asked === null ? {} : { marks: asked.marks, asked: null, decision: judgeBeforeIntent(asked.reason) };

export const allowed = ({ asked, marks }: SlotContext): Partial<SlotContext> => ({
  marks: asked?.ifAllowed ?? marks,
  asked: null,
});

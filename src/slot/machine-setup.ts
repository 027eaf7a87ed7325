// What the slot machine is made of: its types, the actors it needs, its guards, delays and the actions that states share. Knows no state.

import { fromPromise, setup } from 'xstate';
import { type FailureCode, failureOf } from '../domain/failure.ts';
import type { Identification } from '../domain/unit.ts';
import type { Clearance } from './clearance.ts';
import type { Decision } from './decisions.ts';
import { aborted, modeNow, timeouts, windowLeft } from './job-questions.ts';
import { goneForGoodMs } from './returning.ts';
import type {
  EnterOutput,
  JobInput,
  MachineEvent,
  RecordOutput,
  SessionOutput,
  SlotContext,
  SlotSettings,
  VerifyOutput,
} from './slot-types.ts';

export interface SlotMachineInput {
  readonly settings: SlotSettings;
  readonly locked: boolean;
  readonly intakeOpen: boolean;
  /** Absent: not. */
  readonly quarantined?: boolean;
  /** For a job that is run again: what its slot knew before it. Default: nothing. */
  readonly earlier?: Pick<SlotContext, 'passedImei' | 'retryOf'>;
}

/** More tries than this with a strap that does not take, and the job is over. */
export const maxStrapTries = 5;

/** What work says when its board is gone, or its node: before the device source may have told it. */
const leavings: ReadonlySet<FailureCode> = new Set<FailureCode>(['unplugged', 'serial-path-missing']);

/** Stands in until `provide` gives the real one: a machine without its actors must not look as if it worked. */
const notProvided = <Output>() =>
  fromPromise<Output, JobInput>(() => Promise.reject(new Error('this actor was not provided to the slot machine')));

export const jobInput = ({ context }: { context: SlotContext }): JobInput => ({ jobId: context.jobId ?? '', context });

export const machineSetup = setup({
  types: {
    context: {} as SlotContext,
    events: {} as MachineEvent,
    input: {} as SlotMachineInput,
  },
  actors: {
    /** Fixed serial paths: resolves at the first dialogue that succeeds. */
    probe: notProvided<void>(),
    identify: notProvided<Identification | 'silent'>(),
    entryTurn: notProvided<void>(),
    clear: notProvided<Clearance>(),
    enter: notProvided<EnterOutput>(),
    powerCycle: notProvided<void>(),
    connect: notProvided<SessionOutput>(),
    hold: notProvided<void>(),
    permit: notProvided<void>(),
    intent: notProvided<void>(),
    program: notProvided<SessionOutput>(),
    leave: notProvided<void>(),
    restart: notProvided<void>(),
    verify: notProvided<VerifyOutput>(),
    record: notProvided<RecordOutput>(),
    release: notProvided<void>(),
    /** Fixed serial paths: resolves when the board no longer answers. */
    absence: notProvided<void>(),
  },
  guards: {
    isFixed: ({ context }) => context.settings.fixedStart !== null,
    mayStart: ({ context }) => context.intakeOpen && context.device !== null && context.settings.fixedStart === null,
    mayProbe: ({ context }) => context.intakeOpen && context.device !== null && context.settings.fixedStart !== null,
    isDownload: ({ context, event }) => event.type === 'device.attached' && modeNow(context, event.device) === 'download',
    isNormal: ({ context, event }) => event.type === 'device.attached' && modeNow(context, event.device) === 'normal',
    isOwnDevice: ({ context, event }) => event.type === 'device.detached' && event.deviceId === context.device?.id,
    isOwnJob: ({ context, event }) => event.type === 'handshake.completed' && event.jobId === context.jobId,
    mayRetry: ({ context }) =>
      context.intakeOpen && !context.quarantined && context.device !== null && context.decision?.verdict !== 'PASS',
    canCyclePower: ({ context }) => context.settings.powerSwitch === 'command',
    startsByPowerCycle: ({ context }) => context.settings.powerSwitch === 'command' && context.profile?.restart === 'powerCycle',
    mayCyclePowerAgain: ({ context }) => context.powerCycles < (context.profile?.powerCycles ?? 0),
    hasLeft: ({ event }) => 'error' in event && leavings.has(failureOf(event.error, 'connecting').code),
  },
  delays: {
    retryPause: 1_000,
    removal: ({ context }) => context.settings.removalMs,
    goneForGood: ({ context }) => goneForGoodMs(context, timeouts(context)),
    entry: ({ context }) => timeouts(context).entryMs,
    reenumerate: ({ context }) => timeouts(context).reenumerateMs,
    holdLimit: ({ context }) => timeouts(context).holdLimitMs,
    windowLeft: ({ context }) => windowLeft(context),
  },
});

export const remember = machineSetup.assign(({ context, event }) => {
  if (event.type === 'device.attached') return { device: event.device };
  if (event.type === 'device.detached' && event.deviceId === context.device?.id) return { device: null };
  return {};
});

export const breakContinuity = machineSetup.assign({ continuous: false });

export const breakContinuityOfIdentified = machineSetup.assign(({ context }) => ({
  continuous: context.continuous && context.identification === null,
}));

/** Those tried on a mute module; the one that a profile restarts with is not among them. */
export const countPowerCycle = machineSetup.assign(({ context }) => ({ powerCycles: context.powerCycles + 1 }));

export const countRomLoop = machineSetup.assign(({ context }) => ({ romLoops: context.romLoops + 1 }));

export const decide = (make: (context: SlotContext) => Decision) =>
  machineSetup.assign(({ context }) => ({ decision: make(context) }));

/** Without a bound, a strap that never takes would keep a job open for as long as somebody goes on trying. */
export const countStrapTry = machineSetup.assign(({ context }) => ({ strapTries: context.strapTries + 1 }));

export const newInsertion = machineSetup.assign(({ context }) => ({
  insertion: context.insertion + 1,
  label: {},
  retries: 0,
  // What the slot was given at its start is of its first job.
  retryOf: context.insertion === 0 ? context.retryOf : null,
}));

export const cancelled = (step: string) => ({
  target: '#slot.recording' as const,
  actions: decide(() => aborted('operator-cancelled', step)),
});

export const takeLabel = machineSetup.assign(({ event }) => {
  if (event.type !== 'operator.label') return {};
  const { type: _, ...label } = event;
  return { label };
});

/** A label scanned after the writing is no identity from before: the board under the scanner may be another one by then. */
export const labelTooLate = { 'operator.label': {} } as const;

export function keepOrTakeUnidentifiedProfile() {
  return machineSetup.assign(({ context }) => ({ profile: context.profile ?? context.settings.profiles.unidentified }));
}

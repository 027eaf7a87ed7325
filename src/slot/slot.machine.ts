// What happens in one slot, from a board's arrival to its record: states, order and time limits. Pure: the work is done by
// actors given with `provide`; it knows no device, no protocol, no disk and no clock but the machine's own.
import { and, assign, fromPromise, setup, stateIn } from 'xstate';
import { type Failure, type FailureCode, failureOf } from '../domain/failure.ts';
import type { Profile, UsbId } from '../domain/profile.ts';
import type { Identification } from '../domain/unit.ts';
import {
  type Decision,
  gateIdentity,
  gateRestore,
  judgeAfterIntent,
  judgeBeforeIntent,
  judgeReadBack,
  judgeRestored,
  modeOf,
} from './decisions.ts';
import { goneForGoodMs, mayReturn } from './returning.ts';
import type {
  DeviceRef,
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
}

/** More returns than this while it should be answering AT, and the module is looping. */
const maxBootLoops = 3;
/** More returns than this of a ROM that comes and goes about once a second, and nobody hears it. */
const maxRomLoops = 30;

/** More tries than this with a strap that does not take, and the job is over. */
const maxStrapTries = 5;

/** What work says when its board is gone, or its node: before the device source may have told it. */
const leavings: ReadonlySet<FailureCode> = new Set<FailureCode>(['unplugged', 'serial-path-missing']);

/** Stands in until `provide` gives the real one: a machine without its actors must not look as if it worked. */
const notProvided = <Output>() =>
  fromPromise<Output, JobInput>(() => Promise.reject(new Error('this actor was not provided to the slot machine')));

const aborted = (code: FailureCode, step: string, facts: Partial<Failure> = {}): Decision => ({
  verdict: 'ABORTED',
  written: 'none',
  failure: { code, step, ...facts },
});

const noJob: Omit<SlotContext, 'settings' | 'intakeOpen' | 'device' | 'insertion' | 'jobsOpened' | 'passedImei'> = {
  jobId: null,
  identification: null,
  label: {},
  profile: null,
  imeiFromSession: null,
  entryMethod: null,
  continuous: true,
  programmedDeviceId: null,
  powerCycles: 0,
  bootLoops: 0,
  strapTries: 0,
  romLoops: 0,
  reachedRom: false,
  mayReturn: false,
  decision: null,
  swappedWith: null,
};

const newJob = (context: SlotContext): Partial<SlotContext> => ({
  ...noJob,
  label: context.label,
  jobsOpened: context.jobsOpened + 1,
  jobId: `${context.settings.runId}-${context.settings.number}-${context.jobsOpened + 1}`,
  entryMethod: context.settings.fixedStart === 'download' ? 'fixed' : context.device?.mode === 'download' ? 'found' : null,
  profile: context.device?.mode === 'download' ? context.settings.profiles.unidentified : null,
});

const jobInput = ({ context }: { context: SlotContext }): JobInput => ({ jobId: context.jobId ?? '', context });

const timeouts = (context: SlotContext): Profile['timeouts'] => {
  const { byModel, unidentified } = context.settings.profiles;
  const profile = context.profile ?? unidentified ?? Object.values(byModel)[0];
  if (!profile) throw new Error('a slot without any profile');
  return profile.timeouts;
};

const windowMs = (context: SlotContext): number => (context.profile?.downloadWindow.seconds ?? 0) * 1000;

const machineSetup = setup({
  types: {
    context: {} as SlotContext,
    events: {} as MachineEvent,
    input: {} as SlotMachineInput,
  },
  actors: {
    /** Fixed serial paths: resolves at the first dialogue that succeeds. */
    probe: notProvided<void>(),
    identify: notProvided<Identification | 'silent'>(),
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
    mayRetry: ({ context }) => context.intakeOpen && context.device !== null && context.decision?.verdict !== 'PASS',
    canCyclePower: ({ context }) => context.settings.powerSwitch === 'command',
    startsByPowerCycle: ({ context }) => context.settings.powerSwitch === 'command' && context.profile?.restart === 'powerCycle',
    mayCyclePowerAgain: ({ context }) => context.powerCycles < (context.profile?.powerCycles ?? 0),
    hasLeft: ({ event }) => 'error' in event && leavings.has(failureOf(event.error, 'connecting').code),
  },
  delays: {
    removal: ({ context }) => context.settings.removalMs,
    goneForGood: ({ context }) => goneForGoodMs(context, timeouts(context)),
    entry: ({ context }) => timeouts(context).entryMs,
    reenumerate: ({ context }) => timeouts(context).reenumerateMs,
    holdLimit: ({ context }) => timeouts(context).holdLimitMs,
    windowLeft: ({ context }) => windowLeft(context),
  },
});

const remember = machineSetup.assign(({ context, event }) => {
  if (event.type === 'device.attached') return { device: event.device };
  if (event.type === 'device.detached' && event.deviceId === context.device?.id) return { device: null };
  return {};
});

const breakContinuity = machineSetup.assign({ continuous: false });

const breakContinuityOfIdentified = machineSetup.assign(({ context }) => ({
  continuous: context.continuous && context.identification === null,
}));

/** Those tried on a mute module; the one that a profile restarts with is not among them. */
const countPowerCycle = machineSetup.assign(({ context }) => ({ powerCycles: context.powerCycles + 1 }));

const countRomLoop = machineSetup.assign(({ context }) => ({ romLoops: context.romLoops + 1 }));

const decide = (make: (context: SlotContext) => Decision) => machineSetup.assign(({ context }) => ({ decision: make(context) }));

/** Without a bound, a strap that never takes would keep a job open for as long as somebody goes on trying. */
const countStrapTry = machineSetup.assign(({ context }) => ({ strapTries: context.strapTries + 1 }));

const failedBefore = (thrown: unknown, step: string): Partial<SlotContext> => ({
  decision: judgeBeforeIntent(failureOf(thrown, step)),
});

const newInsertion = machineSetup.assign(({ context }) => ({ insertion: context.insertion + 1, label: {} }));

const cancelled = (step: string) => ({
  target: '#slot.recording' as const,
  actions: decide(() => aborted('operator-cancelled', step)),
});

/** A label scanned after the writing is no identity from before: the board under the scanner may be another one by then. */
const labelTooLate = { 'operator.label': {} } as const;

/**
 * A verdict stands until the path has been empty for `removalMs`, or for as long as a restart takes where the board left at once, by the
 * exit of its own protocol. Only an operator starts another job on the same insertion: else a board that fails would be tried for ever.
 */
const settled = {
  entry: machineSetup.assign(({ context }) => ({ mayReturn: mayReturn(context) })),
  initial: 'present',
  states: {
    present: {
      after: { removal: { actions: machineSetup.assign({ mayReturn: false }) } },
      always: { guard: ({ context }: { context: SlotContext }) => context.device === null, target: 'absent' },
      invoke: { src: 'absence' as const, input: jobInput, onDone: '#slot.removed' },
      on: {
        'device.detached': { guard: 'isOwnDevice' as const, actions: remember, target: 'absent' },
        'operator.retry': {
          guard: 'mayRetry' as const,
          target: '#slot.arrived',
          actions: machineSetup.assign(({ context }) => ({ device: withoutAge(context.device) })),
        },
      },
    },
    absent: {
      after: { goneForGood: '#slot.removed' },
      on: { 'device.attached': { actions: [remember, machineSetup.assign({ mayReturn: false })], target: 'present' } },
    },
  },
} as const;

export const slotMachine = machineSetup.createMachine({
  id: 'slot',
  context: ({ input }) => ({
    settings: input.settings,
    intakeOpen: input.intakeOpen,
    device: null,
    insertion: 0,
    jobsOpened: 0,
    passedImei: null,
    ...noJob,
    decision: input.locked ? { verdict: 'UNKNOWN', written: 'maybe', failure: null } : null,
  }),
  initial: 'starting',
  on: {
    'device.attached': { actions: remember },
    'device.detached': { actions: remember },
    'intake.opened': { actions: assign(({ context }) => ({ intakeOpen: true, device: withoutAge(context.device) })) },
    'intake.closed': { actions: assign({ intakeOpen: false }) },
    'operator.label': { actions: assign(({ event: { type: _, ...label } }) => ({ label })) },
  },
  states: {
    starting: {
      always: [{ guard: ({ context }) => context.decision !== null, target: 'locked' }, { target: 'empty' }],
    },

    locked: {
      on: { 'operator.release': 'releasing' },
    },
    releasing: {
      invoke: { src: 'release', input: jobInput, onDone: 'removed' },
    },

    removed: {
      entry: assign(({ context }) => ({ ...noJob, device: withoutAge(context.device) })),
      always: 'empty',
    },
    empty: {
      always: [
        { guard: 'mayStart', target: 'arrived', actions: newInsertion },
        { guard: 'mayProbe', target: 'probing' },
      ],
    },
    probing: {
      invoke: {
        src: 'probe',
        input: jobInput,
        onDone: { target: 'arrived', actions: newInsertion },
      },
      on: {
        'device.detached': { guard: 'isOwnDevice', actions: remember, target: 'empty' },
        'intake.closed': { actions: assign({ intakeOpen: false }), target: 'empty' },
      },
    },
    arrived: {
      always: [
        { guard: ({ context }) => context.device === null, target: 'empty' },
        { guard: ({ context }) => context.device?.mode === null, target: 'skipped' },
        {
          guard: ({ context }) => context.device?.mode === 'normal',
          target: 'identifying',
          actions: assign(({ context }) => newJob(context)),
        },
        { target: 'approaching', actions: assign(({ context }) => newJob(context)) },
      ],
    },
    skipped: settled,

    identifying: {
      invoke: {
        src: 'identify',
        input: jobInput,
        onDone: [
          { guard: ({ event }) => event.output === 'silent', target: 'waitingForBoot' },
          {
            guard: ({ context, event }) =>
              event.output !== 'silent' && context.identification !== null && context.identification.imei !== event.output.imei,
            target: 'recording',
            actions: assign(({ context, event }) => ({
              decision: aborted('swapped', 'identifying', {
                expected: context.identification?.imei ?? '',
                actual: event.output === 'silent' ? '' : (event.output.imei ?? ''),
              }),
            })),
          },
          {
            target: 'gating',
            actions: assign(({ event }) => (event.output === 'silent' ? {} : { identification: event.output })),
          },
        ],
        onError: { target: 'recording', actions: assign(({ event }) => failedBefore(event.error, 'identifying')) },
      },
      on: {
        'device.detached': {
          guard: 'isOwnDevice',
          target: 'recording',
          actions: [remember, decide(() => aborted('removed-early', 'identifying'))],
        },
        'operator.cancel': cancelled('identifying'),
      },
    },
    gating: {
      entry: assign(({ context }) => {
        if (context.identification === null) return {};
        if (hasPassedHere(context)) return { decision: aborted('already-passed', 'identifying') };
        const { profiles, purpose } = context.settings;
        const gate =
          purpose?.kind === 'nvRestore'
            ? gateRestore(context.identification, purpose.unit, profiles)
            : gateIdentity(context.identification, context.label, profiles);
        if ('profile' in gate) return { profile: gate.profile };
        return { decision: judgeBeforeIntent(gate.failure) };
      }),
      always: [
        { guard: ({ context }) => context.decision !== null, target: 'recording' },
        { guard: ({ context }) => context.profile?.entry.methods[0] === 'at', target: 'entering' },
        { target: 'waitingForBoot' },
      ],
    },

    entering: {
      entry: assign({ entryMethod: 'at' }),
      invoke: {
        src: 'enter',
        input: jobInput,
        onDone: [
          {
            guard: ({ context, event }) => typeof event.output !== 'string' && allowsStrap(context),
            target: 'waitingForBoot',
          },
          {
            guard: ({ event }) => typeof event.output !== 'string',
            target: 'recording',
            actions: assign(({ event }) =>
              typeof event.output === 'string' ? {} : { decision: judgeBeforeIntent(event.output) },
            ),
          },
          { guard: 'isFixed', target: 'approaching' },
        ],
        onError: { target: 'recording', actions: assign(({ event }) => failedBefore(event.error, 'entering')) },
      },
      after: {
        reenumerate: { actions: breakContinuity },
        entry: { target: 'recording', actions: decide(() => aborted('entry-timed-out', 'entering')) },
      },
      on: {
        'device.attached': [
          { guard: 'isDownload', target: 'approaching', actions: remember },
          { guard: ({ context }) => allowsStrap(context), target: 'waitingForBoot', actions: remember },
          {
            target: 'recording',
            actions: [remember, decide(() => judgeBeforeIntent({ code: 'download-mode-refused', step: 'entering' }))],
          },
        ],
        'operator.cancel': cancelled('entering'),
      },
    },

    waitingForBoot: {
      entry: assign({ entryMethod: 'strap' }),
      initial: 'prompting',
      states: {
        prompting: {},
        cycling: {
          invoke: {
            src: 'powerCycle',
            input: jobInput,
            onDone: 'prompting',
            onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'waitingForBoot')) },
          },
        },
      },
      after: { entry: { target: 'recording', actions: decide(() => aborted('entry-timed-out', 'waitingForBoot')) } },
      on: {
        'device.attached': [
          { guard: 'isDownload', target: 'approaching', actions: [remember, breakContinuity, keepOrTakeUnidentifiedProfile()] },
          {
            guard: ({ context, event }) => modeNow(context, event.device) === 'normal' && context.strapTries >= maxStrapTries,
            target: 'recording',
            actions: [
              remember,
              breakContinuity,
              decide(() => aborted('entry-timed-out', 'waitingForBoot', { detail: 'it starts in normal mode again and again' })),
            ],
          },
          { guard: 'isNormal', target: 'identifying', actions: [remember, breakContinuity, countStrapTry] },
          { actions: [remember, breakContinuity] },
        ],
        'operator.confirm': [
          { guard: 'isFixed', target: 'approaching', actions: [breakContinuity, keepOrTakeUnidentifiedProfile()] },
          { guard: 'canCyclePower', target: '.cycling' },
        ],
        'operator.cancel': cancelled('waitingForBoot'),
      },
    },

    /** In download mode: is it known what to load, and is there still a window? Nothing was sent yet. */
    approaching: {
      always: [
        {
          guard: ({ context }) => context.profile === null,
          target: 'recording',
          actions: decide(() => aborted('board-unidentified', 'connecting')),
        },
        { guard: 'isFixed', target: 'connecting' },
        {
          guard: ({ context }) => isOfAnotherProfile(context),
          target: 'recording',
          actions: decide((context) =>
            aborted(context.identification === null ? 'board-unidentified' : 'swapped', 'connecting', {
              expected: context.profile?.modes.download.ids.map(idText).join(' or ') ?? '',
              actual: context.device?.ids ? idText(context.device.ids) : '',
            }),
          ),
        },
        {
          guard: ({ context }) => context.device?.ageMs === null,
          target: 'recording',
          actions: decide(() => aborted('device-age-unknown', 'connecting')),
        },
        { guard: ({ context }) => windowLeft(context) === 0, target: 'recording', actions: decide(windowMissed) },
        { target: 'connecting' },
      ],
    },
    connecting: {
      entry: machineSetup.assign({ reachedRom: true }),
      initial: 'handshaking',
      states: {
        handshaking: {
          after: {
            windowLeft: {
              guard: ({ context }) => context.settings.fixedStart === null,
              target: '#slot.recording',
              actions: decide(windowMissed),
            },
          },
          on: {
            'handshake.completed': { guard: 'isOwnJob', target: 'loading' },
            'device.detached': { guard: 'isOwnDevice', target: '#slot.reappearing', actions: [remember, countRomLoop] },
          },
        },
        loading: {},
      },
      invoke: {
        src: 'connect',
        input: jobInput,
        onDone: { target: 'holding', actions: assign(({ event }) => ({ imeiFromSession: event.output.imei })) },
        onError: [
          {
            guard: and([stateIn({ connecting: 'handshaking' }), 'hasLeft']),
            target: 'reappearing',
            actions: [countRomLoop, assign(({ event }) => failedBefore(event.error, 'connecting'))],
          },
          { target: 'recording', actions: assign(({ event }) => failedBefore(event.error, 'connecting')) },
        ],
      },
      on: {
        'device.detached': {
          guard: 'isOwnDevice',
          target: 'recording',
          actions: [remember, decide(() => aborted('removed-early', 'connecting'))],
        },
        'operator.cancel': cancelled('connecting'),
      },
    },

    /**
     * It left before its ROM was heard: one without an application comes and goes every half second (asr.md §4). The same insertion and
     * job, each time with a window of its own. Nothing is known yet of a board found in download mode that could have changed.
     */
    reappearing: {
      always: { guard: ({ context }) => context.romLoops > maxRomLoops, target: 'recording', actions: decide(romNeverHeard) },
      after: {
        removal: { target: 'recording', actions: decide(({ decision }) => decision ?? aborted('removed-early', 'connecting')) },
      },
      on: {
        'device.attached': [
          {
            guard: 'isDownload',
            target: 'approaching',
            actions: [remember, breakContinuityOfIdentified, assign({ decision: null })],
          },
          { guard: 'isNormal', target: 'recording', actions: [remember, decide(windowMissed)] },
        ],
        'operator.cancel': cancelled('connecting'),
      },
    },

    holding: {
      always: [
        {
          guard: ({ context }) => context.identification === null && context.settings.unidentified === 'refuse',
          target: 'leaving',
          actions: decide(() => aborted('board-unidentified', 'holding')),
        },
        { guard: ({ context }) => isAnotherUnit(context), target: 'leaving', actions: decide(swappedBefore) },
        {
          guard: ({ context }) => mayBeAnotherUnit(context),
          target: 'leaving',
          actions: decide(() => aborted('identity-unproven', 'holding')),
        },
      ],
      invoke: {
        src: 'hold',
        input: jobInput,
        onError: { target: 'recording', actions: assign(({ event }) => failedBefore(event.error, 'holding')) },
      },
      after: { holdLimit: { target: 'leaving', actions: decide(() => aborted('hold-expired', 'holding')) } },
      initial: 'labelling',
      states: {
        labelling: {
          always: [
            { guard: ({ context }) => !needsLabel(context), target: 'queueing' },
            {
              guard: ({ context }) => context.label.orderingCode !== undefined && labelFits(context),
              target: 'queueing',
            },
            {
              guard: ({ context }) => context.label.orderingCode !== undefined,
              target: '#slot.leaving',
              actions: decide((context) =>
                judgeBeforeIntent({
                  code: 'sub-model-not-allowed',
                  step: 'holding',
                  expected: context.profile?.subModels.orderingCodes.join(' or ') ?? '',
                  actual: context.label.orderingCode ?? '',
                }),
              ),
            },
          ],
        },
        queueing: {
          invoke: {
            src: 'permit',
            input: jobInput,
            onDone: 'intending',
            onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'holding')) },
          },
        },
        intending: {
          invoke: {
            src: 'intent',
            input: jobInput,
            onDone: '#slot.programming',
            onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'holding')) },
          },
        },
      },
      on: {
        'device.detached': {
          guard: 'isOwnDevice',
          target: 'recording',
          actions: [remember, decide(() => aborted('removed-early', 'holding'))],
        },
        'operator.cancel': { target: 'leaving', actions: decide(() => aborted('operator-cancelled', 'holding')) },
      },
    },
    leaving: {
      invoke: { src: 'leave', input: jobInput, onDone: 'recording', onError: 'recording' },
    },

    programming: {
      entry: assign(({ context }) => ({ programmedDeviceId: context.device?.id ?? null })),
      invoke: {
        src: 'program',
        input: jobInput,
        onDone: {
          target: 'restarting',
          actions: assign(({ context, event }) => ({ imeiFromSession: event.output.imei ?? context.imeiFromSession })),
        },
        onError: {
          target: 'recording',
          actions: assign(({ event }) => ({ decision: judgeAfterIntent(failureOf(event.error, 'programming'), 'maybe') })),
        },
      },
      on: {
        'device.detached': {
          guard: 'isOwnDevice',
          target: 'recording',
          actions: [remember, decide(() => judgeAfterIntent({ code: 'unplugged', step: 'programming' }, 'maybe'))],
        },
        ...labelTooLate,
      },
    },

    restarting: {
      on: labelTooLate,
      initial: 'resetting',
      states: {
        resetting: {
          invoke: { src: 'restart', input: jobInput, onDone: 'chosen', onError: 'chosen' },
        },
        chosen: {
          always: [
            { guard: ({ context }) => context.profile?.restart === 'reset', target: 'awaiting' },
            { guard: 'startsByPowerCycle', target: 'cycling' },
            { target: 'prompting' },
          ],
        },
        awaiting: {
          always: [
            { guard: ({ context }) => context.settings.fixedStart !== null, target: '#slot.verifying' },
            { guard: ({ context }) => hasReturned(context, 'normal'), target: '#slot.verifying' },
            {
              // Its strap is closed, or it stays in its ROM until its power is cut (asr.md §10): nobody has to come for the second.
              guard: and([({ context }) => hasReturned(context, 'download'), 'canCyclePower', 'mayCyclePowerAgain']),
              target: 'cycling',
              actions: countPowerCycle,
            },
            { guard: ({ context }) => hasReturned(context, 'download'), target: 'strapClosed' },
          ],
          after: { reenumerate: 'recovering' },
        },
        recovering: {
          always: [
            {
              guard: ({ context }) => context.powerCycles >= (context.profile?.powerCycles ?? 0),
              target: '#slot.recording',
              actions: decide(() => judgeAfterIntent({ code: 'does-not-boot', step: 'restarting' }, 'all')),
            },
            { guard: 'canCyclePower', target: 'cycling', actions: countPowerCycle },
            { target: 'prompting', actions: countPowerCycle },
          ],
        },
        cycling: {
          invoke: { src: 'powerCycle', input: jobInput, onDone: 'awaiting', onError: 'prompting' },
        },
        prompting: {
          after: {
            entry: {
              target: '#slot.recording',
              actions: decide(() => judgeAfterIntent({ code: 'restart-not-seen', step: 'restarting' }, 'all')),
            },
          },
          on: {
            'device.attached': [
              { guard: 'isDownload', actions: [remember, breakContinuity], target: 'strapClosed' },
              { guard: 'isNormal', actions: [remember, breakContinuity], target: '#slot.verifying' },
              { actions: [remember, breakContinuity] },
            ],
            'operator.confirm': { actions: breakContinuity, target: 'awaiting' },
          },
        },
        strapClosed: {
          entry: breakContinuity,
          after: {
            entry: {
              target: '#slot.recording',
              actions: decide(() => judgeAfterIntent({ code: 'strap-still-closed', step: 'restarting' }, 'all')),
            },
          },
          on: {
            'device.attached': [{ guard: 'isNormal', actions: remember, target: '#slot.verifying' }, { actions: remember }],
            'operator.confirm': {
              guard: ({ context }) => context.settings.powerSwitch === 'command' && context.strapTries < maxStrapTries,
              target: 'strapCycling',
              actions: countStrapTry,
            },
          },
        },
        strapCycling: {
          invoke: { src: 'powerCycle', input: jobInput, onDone: 'awaiting', onError: 'strapClosed' },
        },
      },
    },

    verifying: {
      invoke: {
        src: 'verify',
        input: jobInput,
        onDone: [
          { guard: ({ event }) => event.output.after === null, target: 'restarting.recovering' },
          { target: 'recording', actions: assign(({ context, event }) => judged(context, event.output)) },
        ],
        onError: {
          target: 'recording',
          actions: assign(({ event }) => ({ decision: judgeAfterIntent(failureOf(event.error, 'verifying'), 'all') })),
        },
      },
      on: {
        'device.detached': [
          {
            guard: ({ context, event }) => event.deviceId === context.device?.id && context.bootLoops >= maxBootLoops,
            target: 'recording',
            actions: [
              remember,
              decide(() =>
                judgeAfterIntent({ code: 'does-not-boot', step: 'verifying', detail: 'it restarts again and again' }, 'all'),
              ),
            ],
          },
          {
            guard: 'isOwnDevice',
            target: 'returning',
            actions: [remember, breakContinuity, assign(({ context }) => ({ bootLoops: context.bootLoops + 1 }))],
          },
        ],
        ...labelTooLate,
      },
    },
    /** It left while it was being read back: restarting again, or pulled. */
    returning: {
      after: {
        reenumerate: {
          target: 'recording',
          actions: decide(() => judgeAfterIntent({ code: 'unplugged', step: 'verifying' }, 'all')),
        },
      },
      on: {
        'device.attached': [
          { guard: 'isNormal', actions: remember, target: 'verifying' },
          { guard: 'isDownload', actions: remember, target: 'restarting.strapClosed' },
        ],
        ...labelTooLate,
      },
    },

    recording: {
      on: labelTooLate,
      invoke: {
        src: 'record',
        input: jobInput,
        onDone: [
          { guard: ({ event }) => !event.output.released, target: 'outOfService' },
          {
            guard: ({ event }) => event.output.verdict === 'PASS',
            target: 'passed',
            actions: assign(({ context }) => ({ passedImei: context.identification?.imei ?? context.imeiFromSession })),
          },
          { guard: ({ event }) => event.output.verdict === 'FAIL', target: 'failed' },
          { guard: ({ event }) => event.output.verdict === 'UNKNOWN', target: 'unknown' },
          { target: 'aborted' },
        ],
      },
    },

    passed: settled,
    failed: settled,
    unknown: settled,
    aborted: settled,
    outOfService: {},
  },
});

/** A device that has waited here: how much of its window is gone is no longer what the event said. */
function withoutAge(device: DeviceRef | null): DeviceRef | null {
  return device === null ? null : { ...device, ageMs: null };
}

function windowLeft(context: SlotContext): number {
  return Math.max(0, windowMs(context) - (context.device?.ageMs ?? 0));
}

function windowMissed(context: SlotContext): Decision {
  return aborted('window-missed', 'connecting', { expected: `a ROM reply within ${windowMs(context)} ms` });
}

function romNeverHeard({ romLoops }: SlotContext): Decision {
  return aborted('window-missed', 'connecting', {
    expected: 'a ROM reply',
    actual: `none while it came and went ${romLoops} times`,
  });
}

/** A fixed serial path tells no ids: a board that comes back there after it was programmed is asked as one in normal mode. */
function modeNow({ settings, programmedDeviceId }: SlotContext, device: DeviceRef): DeviceRef['mode'] {
  return settings.fixedStart !== null && programmedDeviceId !== null ? 'normal' : device.mode;
}

/** Its ids are those of another profile's boot ROM, to which not one byte of this profile's protocol may go. */
function isOfAnotherProfile({ device, profile }: SlotContext): boolean {
  return device?.ids !== undefined && profile !== null && modeOf(device.ids, [profile]) !== 'download';
}

const idText = ({ vendorId, productId }: UsbId): string =>
  [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');

/** Nothing tells a module that was mute for a while on a fixed serial path from one that was taken out: a passed unit never enters again. */
function hasPassedHere({ settings, identification, passedImei }: SlotContext): boolean {
  return settings.fixedStart !== null && passedImei !== null && identification?.imei === passedImei;
}

function allowsStrap(context: SlotContext): boolean {
  return context.profile?.entry.methods.includes('strap') ?? false;
}

/** The session could read the identity before anything was written, and it is not the one that was identified or scanned. */
function isAnotherUnit({ imeiFromSession, identification, label }: SlotContext): boolean {
  const expected = identification?.imei ?? label.imei;
  return imeiFromSession !== null && expected !== undefined && expected !== imeiFromSession;
}

function swappedBefore({ imeiFromSession, identification, label }: SlotContext): Decision {
  return aborted('swapped', 'holding', {
    expected: identification?.imei ?? label.imei ?? '',
    actual: imeiFromSession ?? '',
  });
}

/** A restore gives the module the IMEI it is then asked for: only what was known before can prove that it is the right one. */
function mayBeAnotherUnit({ settings: { purpose }, continuous, imeiFromSession }: SlotContext): boolean {
  return purpose?.kind === 'nvRestore' && !continuous && imeiFromSession !== purpose.unit.imei;
}

function keepOrTakeUnidentifiedProfile() {
  return machineSetup.assign(({ context }) => ({ profile: context.profile ?? context.settings.profiles.unidentified }));
}

function needsLabel(context: SlotContext): boolean {
  return context.identification === null && context.settings.unidentified === 'requireLabel';
}

function labelFits(context: SlotContext): boolean {
  return context.profile?.subModels.orderingCodes.includes(context.label.orderingCode ?? '') ?? false;
}

function hasReturned(context: SlotContext, mode: 'normal' | 'download'): boolean {
  return context.device !== null && context.device.id !== context.programmedDeviceId && context.device.mode === mode;
}

function judged(context: SlotContext, output: VerifyOutput): Partial<SlotContext> {
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

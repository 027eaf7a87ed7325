// The states of a job up to its durable intent: nothing of the package has been written. Pure, like the machine they are part of.

import { and, assign, stateIn } from 'xstate';
import { gateIdentity, gateRestore, gateUnit, judgeBeforeIntent } from './decisions.ts';
import {
  aborted,
  allowed,
  allowsStrap,
  cleared,
  failedBefore,
  hasPassedHere,
  idText,
  isAnotherUnit,
  isOfAnotherProfile,
  isReadOnly,
  isUncleared,
  labelFits,
  mayBeAllowed,
  mayBeAnotherUnit,
  modeNow,
  needsLabel,
  notAllowed,
  romNeverHeard,
  swappedBefore,
  windowLeft,
  windowMissed,
} from './job-questions.ts';
import {
  breakContinuity,
  breakContinuityOfIdentified,
  cancelled,
  countRomLoop,
  countStrapTry,
  decide,
  jobInput,
  keepOrTakeUnidentifiedProfile,
  labelTooLate,
  machineSetup,
  maxStrapTries,
  remember,
  takeLabel,
} from './machine-setup.ts';

/** More returns than this of a ROM that comes and goes about once a second, and nobody hears it. */
const maxRomLoops = 30;

export const identifying = machineSetup.createStateConfig({
  invoke: {
    src: 'identify',
    input: jobInput,
    onDone: [
      {
        guard: ({ context, event }) => event.output === 'silent' && isReadOnly(context),
        target: 'recording',
        actions: decide(() => judgeBeforeIntent({ code: 'module-silent', step: 'identifying' })),
      },
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
});

export const gating = machineSetup.createStateConfig({
  entry: assign(({ context }) => {
    if (context.identification === null) return {};
    const { profiles, purpose } = context.settings;
    if (hasPassedHere(context) && !isReadOnly(context)) return { decision: aborted('already-passed', 'identifying') };
    const gate = isReadOnly(context)
      ? gateUnit(context.identification, context.label, profiles)
      : purpose?.kind === 'nvRestore'
        ? gateRestore(context.identification, purpose.unit, profiles)
        : gateIdentity(context.identification, context.label, profiles);
    if ('profile' in gate) return { profile: gate.profile };
    return { decision: judgeBeforeIntent(gate.failure) };
  }),
  always: [{ guard: ({ context }) => context.decision !== null, target: 'recording' }, { target: 'clearing' }],
});

/** It is known who it is, and nothing but AT was spoken: what do the rules say of this unit? */
export const clearing = machineSetup.createStateConfig({
  initial: 'deciding',
  states: {
    deciding: {
      invoke: {
        src: 'clear',
        input: jobInput,
        onDone: { target: 'decided', actions: assign(({ context, event }) => cleared(context, event.output)) },
        onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'clearing')) },
      },
      on: { 'operator.label': { target: 'deciding', reenter: true, actions: takeLabel } },
    },
    decided: {
      always: [
        { guard: ({ context }) => context.decision !== null, target: '#slot.recording' },
        { guard: ({ context }) => context.asked !== null, target: 'asking' },
        { guard: ({ context }) => context.profile?.entry.methods[0] === 'at', target: '#slot.entering' },
        { target: '#slot.waitingForBoot' },
      ],
    },
    asking: {
      after: { entry: { target: 'decided', actions: assign(({ context }) => notAllowed(context)) } },
      on: {
        'operator.confirm': {
          guard: ({ context }) => mayBeAllowed(context),
          target: 'decided',
          actions: assign(({ context }) => allowed(context)),
        },
        'operator.label': { target: 'deciding', actions: [takeLabel, assign({ asked: null })] },
        'operator.cancel': { target: 'decided', actions: assign(({ context }) => notAllowed(context)) },
      },
    },
  },
  on: {
    'device.detached': {
      guard: 'isOwnDevice',
      target: 'recording',
      actions: [remember, decide(() => aborted('removed-early', 'clearing'))],
    },
    'operator.cancel': cancelled('clearing'),
  },
});

export const entering = machineSetup.createStateConfig({
  entry: assign({ entryMethod: 'at' }),
  initial: 'queueing',
  states: {
    /** Nothing was asked of it yet: what leaves or comes here does so by itself, or by a hand. */
    queueing: {
      invoke: {
        src: 'entryTurn',
        input: jobInput,
        onDone: 'asking',
        onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'entering')) },
      },
      on: {
        'device.detached': {
          guard: 'isOwnDevice',
          target: '#slot.recording',
          actions: [remember, decide(() => aborted('removed-early', 'entering'))],
        },
      },
    },
    asking: {
      invoke: {
        src: 'enter',
        input: jobInput,
        onDone: [
          {
            guard: ({ context, event }) => typeof event.output !== 'string' && allowsStrap(context),
            target: '#slot.waitingForBoot',
          },
          {
            guard: ({ event }) => typeof event.output !== 'string',
            target: '#slot.recording',
            actions: assign(({ event }) =>
              typeof event.output === 'string' ? {} : { decision: judgeBeforeIntent(event.output) },
            ),
          },
          { guard: 'isFixed', target: '#slot.approaching' },
        ],
        onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'entering')) },
      },
      after: {
        reenumerate: { actions: breakContinuity },
        entry: { target: '#slot.recording', actions: decide(() => aborted('entry-timed-out', 'entering')) },
      },
    },
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
});

export const waitingForBoot = machineSetup.createStateConfig({
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
});

/** In download mode: is it known what to load, and is there still a window? Nothing was sent yet. */
export const approaching = machineSetup.createStateConfig({
  always: [
    {
      guard: ({ context }) => isReadOnly(context),
      target: 'recording',
      actions: decide(() =>
        aborted('strap-still-closed', 'identifying', { detail: 'a board in download mode cannot be looked at' }),
      ),
    },
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
});

export const connecting = machineSetup.createStateConfig({
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
});

/**
 * It left before its ROM was heard: one without an application comes and goes every half second (asr.md §4). The same insertion and
 * job, each time with a window of its own. Nothing is known yet of a board found in download mode that could have changed.
 */
export const reappearing = machineSetup.createStateConfig({
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
    // Whatever failed at a board that leaves, failed because it leaves: the kernel tells a pull seconds late while an open waits for the device.
    'device.detached': {
      guard: 'isOwnDevice',
      target: 'reappearing',
      reenter: true,
      actions: [remember, assign({ decision: null })],
    },
    'operator.cancel': cancelled('connecting'),
  },
});

export const holding = machineSetup.createStateConfig({
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
        { guard: ({ context }) => !needsLabel(context), target: 'decided' },
        {
          guard: ({ context }) => context.label.orderingCode !== undefined && labelFits(context),
          target: 'decided',
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
    /** A board that was found in download mode is asked for here: nothing is known of it earlier. */
    decided: {
      always: [
        { guard: ({ context }) => context.decision !== null, target: '#slot.leaving' },
        { guard: ({ context }) => context.asked !== null, target: 'asking' },
        { guard: ({ context }) => isUncleared(context), target: 'deciding' },
        { target: 'queueing' },
      ],
    },
    deciding: {
      invoke: {
        src: 'clear',
        input: jobInput,
        onDone: { target: 'decided', actions: assign(({ context, event }) => cleared(context, event.output)) },
        onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'holding')) },
      },
      on: { 'operator.label': { target: 'deciding', reenter: true, actions: takeLabel } },
    },
    asking: {
      on: {
        'operator.confirm': {
          guard: ({ context }) => mayBeAllowed(context),
          target: 'decided',
          actions: assign(({ context }) => allowed(context)),
        },
        'operator.cancel': { target: 'decided', actions: assign(({ context }) => notAllowed(context)) },
        'operator.label': { target: 'deciding', actions: [takeLabel, assign({ asked: null })] },
      },
    },
    queueing: {
      /** Another label is another claim of who it is. */
      on: { 'operator.label': { target: 'labelling', actions: [takeLabel, assign({ marks: null })] } },
      invoke: {
        src: 'permit',
        input: jobInput,
        onDone: 'intending',
        onError: { target: '#slot.recording', actions: assign(({ event }) => failedBefore(event.error, 'holding')) },
      },
    },
    intending: {
      on: labelTooLate,
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
});

export const leaving = machineSetup.createStateConfig({
  invoke: { src: 'leave', input: jobInput, onDone: 'recording', onError: 'recording' },
});

// The states of a job from its durable intent to its record: flash may have been written. Pure, like the machine they are part of.

import { and, assign } from 'xstate';
import { failureOf } from '../domain/failure.ts';
import { judgeAfterIntent } from './decisions.ts';
import { hasReturned, isReadOnly, judged } from './job-questions.ts';
import {
  breakContinuity,
  countPowerCycle,
  countStrapTry,
  decide,
  jobInput,
  labelTooLate,
  machineSetup,
  maxStrapTries,
  remember,
} from './machine-setup.ts';

import { triesAgain } from './retries.ts';
import { mayReturn } from './returning.ts';

/** More returns than this while it should be answering AT, and the module is looping. */
const maxBootLoops = 3;

export const programming = machineSetup.createStateConfig({
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
});

export const restarting = machineSetup.createStateConfig({
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
});

export const verifying = machineSetup.createStateConfig({
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
});

/** It left while it was being read back: restarting again, or pulled. */
export const returning = machineSetup.createStateConfig({
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
});

export const recording = machineSetup.createStateConfig({
  entry: assign(({ context }) => ({ judgedDeviceId: context.device?.id ?? null })),
  on: labelTooLate,
  invoke: {
    src: 'record',
    input: jobInput,
    onDone: [
      { guard: ({ event }) => !event.output.released, target: 'outOfService' },
      {
        guard: ({ context }) => triesAgain(context),
        target: 'retrying',
        actions: assign(({ context }) => ({ mayReturn: mayReturn(context) })),
      },
      { guard: ({ context }) => context.marks?.kind === 'skip', target: 'skipped' },
      {
        guard: ({ context, event }) => event.output.verdict === 'PASS' && isReadOnly(context),
        target: 'passed',
      },
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
});

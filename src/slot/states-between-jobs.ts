// Between two jobs on the same insertion: the station tries again by itself, from a fresh start. Pure, like the machine it is part of.

import { assign } from 'xstate';
import { isReadOnly, withoutAge } from './job-questions.ts';
import { jobInput, machineSetup, remember } from './machine-setup.ts';
import { retryOf } from './retries.ts';

/** The flash after a read-only look is the first of its kind. */
const tryAgain = machineSetup.assign(({ context }) => ({
  retries: context.retries + (isReadOnly(context) ? 0 : 1),
  retryOf: retryOf(context),
}));

/** What came while its power was being switched has waited for an unknown time. */
const ageUnknown = machineSetup.assign(({ context }) => ({ device: withoutAge(context.device) }));

/**
 * Every download protocol starts from a board that has just been powered on: one that answers AT again, or one whose power this slot can
 * cut. Anything else stays with its verdict.
 */
export const retrying = machineSetup.createStateConfig({
  initial: 'pausing',
  states: {
    pausing: {
      after: {
        retryPause: {
          target: 'choosing',
          actions: assign(({ context }) => ({ programmedDeviceId: context.device?.id ?? null })),
        },
      },
    },
    choosing: {
      always: [
        { guard: ({ context }) => context.device?.mode === 'normal', target: '#slot.arrived', actions: tryAgain },
        { guard: ({ context }) => context.device === null && !context.mayReturn, target: 'givingUp' },
        { guard: 'canCyclePower', target: 'cycling' },
        { target: 'awaiting' },
      ],
    },
    cycling: {
      invoke: { src: 'powerCycle', input: jobInput, onDone: 'awaiting', onError: 'givingUp' },
    },
    awaiting: {
      always: {
        guard: ({ context }) => context.device !== null && context.device.id !== context.programmedDeviceId,
        target: '#slot.arrived',
        actions: [ageUnknown, tryAgain],
      },
      after: { reenumerate: 'givingUp' },
      on: {
        'device.attached': [
          { guard: 'isNormal', target: '#slot.arrived', actions: [remember, tryAgain] },
          { guard: 'isDownload', target: '#slot.arrived', actions: [remember, tryAgain] },
          { actions: remember },
        ],
      },
    },
    givingUp: {
      always: [
        { guard: ({ context }) => context.decision?.verdict === 'FAIL', target: '#slot.failed' },
        { guard: ({ context }) => context.decision?.verdict === 'UNKNOWN', target: '#slot.unknown' },
        { target: '#slot.aborted' },
      ],
    },
  },
  on: {
    'operator.cancel': '.givingUp',
    'intake.closed': { target: '.givingUp', actions: assign({ intakeOpen: false }) },
    'quarantine.imposed': { target: '.givingUp', actions: assign({ quarantined: true }) },
  },
});

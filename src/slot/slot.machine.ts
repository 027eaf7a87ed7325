// What happens in one slot, from a board's arrival to its record: states, order and time limits. Pure: the work is done by
// actors given with `provide`; it knows no device, no protocol, no disk and no clock but the machine's own.

import { assign } from 'xstate';
import { newJob, noJob, withoutAge } from './job-questions.ts';
import { jobInput, machineSetup, newInsertion, remember, takeLabel } from './machine-setup.ts';
import { mayReturn } from './returning.ts';
import type { SlotContext } from './slot-types.ts';
import { programming, recording, restarting, returning, verifying } from './states-after-intent.ts';
import {
  approaching,
  clearing,
  connecting,
  entering,
  gating,
  holding,
  identifying,
  leaving,
  reappearing,
  waitingForBoot,
} from './states-before-intent.ts';
import { retrying } from './states-between-jobs.ts';

const leftBehind = {
  after: { goneForGood: '#slot.removed' },
  on: { 'device.attached': { actions: [remember, machineSetup.assign({ mayReturn: false })], target: 'present' } },
} as const;

/** What came within `removalMs` may be another board than the one that the verdict calls good: the light is not for it. */
const isOther = ({ context: { device, judgedDeviceId } }: { context: SlotContext }): boolean =>
  device !== null && device.id !== judgedDeviceId;

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
        'device.detached': { guard: 'isOwnDevice' as const, actions: remember, target: 'away' },
        'operator.retry': {
          guard: 'mayRetry' as const,
          target: '#slot.arrived',
          actions: machineSetup.assign(({ context }) => ({ device: withoutAge(context.device), retryOf: null })),
        },
      },
    },
    /** Gone by the time of the verdict. */
    absent: leftBehind,
    /** Seen since, and asked for: one that loops in its ROM comes and goes, and is asked for all the time. */
    away: leftBehind,
  },
} as const;

/** Says of one device that it is good, or good already. */
const vouching = { ...settled, always: { guard: isOther, target: '#slot.replaced' } } as const;
const skipped = {
  ...settled,
  always: {
    guard: ({ context }: { context: SlotContext }) => context.marks?.kind === 'skip' && isOther({ context }),
    target: '#slot.replaced',
  },
} as const;

export const slotMachine = machineSetup.createMachine({
  id: 'slot',
  context: ({ input }) => ({
    settings: input.settings,
    intakeOpen: input.intakeOpen,
    quarantined: input.quarantined ?? false,
    device: null,
    insertion: 0,
    jobsOpened: 0,
    passedImei: input.earlier?.passedImei ?? null,
    retries: 0,
    retryOf: input.earlier?.retryOf ?? null,
    ...noJob,
    decision: input.locked ? { verdict: 'UNKNOWN', written: 'maybe', failure: null } : null,
  }),
  initial: 'starting',
  on: {
    'device.attached': { actions: remember },
    'device.detached': { actions: remember },
    'intake.opened': { actions: assign(({ context }) => ({ intakeOpen: true, device: withoutAge(context.device) })) },
    'intake.closed': { actions: assign({ intakeOpen: false }) },
    'quarantine.imposed': { actions: assign({ quarantined: true }) },
    'quarantine.lifted': { actions: assign({ quarantined: false }) },
    'operator.label': { actions: takeLabel },
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
        { guard: ({ context }) => context.quarantined, target: 'quarantined' },
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
        'quarantine.imposed': { actions: assign({ quarantined: true }), target: 'empty' },
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
    skipped,
    replaced: settled,
    identifying,
    gating,
    clearing,
    entering,

    waitingForBoot,
    approaching,
    connecting,
    reappearing,

    holding,
    leaving,
    programming,

    restarting,
    verifying,
    returning,
    recording,
    retrying,

    passed: vouching,
    failed: settled,
    unknown: settled,
    aborted: settled,
    quarantined: {
      always: { guard: ({ context }) => !context.quarantined, target: 'removed' },
    },
    outOfService: {},
  },
});

// Draws what the person and the surroundings do to one board: at a time after its insertion, or in a state of its slot.
import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import { drawIdentity, type Random } from '../../src/bench/simulator/random.ts';
import type { PromptKind, SlotState } from '../../src/domain/slot.ts';
import { drawLie, drawMoment, drawRefusal, drawStartFault, stationEffects } from './campaign-draw.ts';
import type { BoardScript, Effect, HandFault, Place, SlotEffect, WireEffect } from './campaign-script.ts';

/** Those in which a job is open. */
export const jobStates = [
  'identifying',
  'waitingForBoot',
  'entering',
  'connecting',
  'holding',
  'programming',
  'restarting',
  'verifying',
  'recording',
] as const satisfies readonly SlotState[];

const statesOfDefects = [...jobStates, 'passed'] as const;

/** One single trouble, so that the board comes to the state that it is meant for. The place's turn goes through all there are. */
export function drawTarget(random: Random, model: string, place: Place): Pick<BoardScript, 'faults' | 'hand' | 'order'> {
  const round = Math.floor(place.turn / 7);
  switch (place.turn % 7) {
    case 0:
      return { faults: [drawStartFault(random)], hand: [], order: {} };
    case 1:
      return { faults: [drawRefusal(random, model, round)], hand: [], order: {} };
    case 2:
      return {
        faults: [random.below(2) === 0 ? drawLie(random, model) : drawRefusal(random, model, round * 5)],
        hand: [],
        order: {},
      };
    default: {
      const trouble = drawInState(random, model, place, round * 4 + (place.turn % 7) - 3);
      // A module that enters by AT is brought to its strap by saying nothing.
      const order = trouble.kind === 'inState' && trouble.state === 'waitingForBoot' ? { at: { silent: true } } : {};
      return { faults: [], hand: [trouble], order };
    }
  }
}

/** States in which few messages cross the wire: a fault of a late one would find none. */
const tersest: ReadonlySet<SlotState> = new Set<SlotState>(['entering', 'holding', 'restarting']);

function drawInState(random: Random, model: string, place: Place, turn: number): HandFault {
  const troubles = [
    ...wireEffects(random.between(1, random.pick([1, 3, 12, 60]))),
    ...slotEffects(random, model),
    ...stationEffects(random, place.slots, place.slot),
  ] as const satisfies readonly Effect[];
  const state = jobStates[Math.floor(turn / troubles.length) % jobStates.length] ?? jobStates[0];
  const drawn = troubles[turn % troubles.length] ?? troubles[0];
  if ('nth' in drawn && tersest.has(state))
    return { kind: 'inState', state, afterMs: 0, effect: { ...drawn, nth: random.between(1, 2) } };
  // A record is written within one sync of the disk.
  const afterMs = state === 'recording' ? random.below(3) : random.pick([0, 0, 1, 30, 300, 1_200]);
  return { kind: 'inState', state, afterMs, effect: drawn };
}

function wireEffects(nth: number): readonly [WireEffect, ...WireEffect[]] {
  return [
    { kind: 'dropReply', nth },
    { kind: 'duplicateReply', nth },
    { kind: 'corruptReply', nth },
    { kind: 'corruptRequest', nth },
    { kind: 'refusal', nth },
    { kind: 'stall' },
  ];
}

function slotEffects(random: Random, model: string): readonly [SlotEffect, ...SlotEffect[]] {
  const other = drawIdentity(random.fork('other'), model, factoryRevisionOf(model));
  const backMs = random.pick([100, 700, 1_900, 2_100, 6_000, 40_000]);
  return [
    { kind: 'pull' },
    { kind: 'reseat', backMs },
    { kind: 'swap', backMs, other },
    { kind: 'brownOut', times: random.between(2, 12), offMs: random.between(1, 900), onMs: random.between(1, 6_000) },
    { kind: 'occupy', forMs: random.pick([400, 3_000, 15_000, 60_000]) },
    { kind: 'press', command: { type: 'operator.cancel' } },
  ];
}

/** Any number of them, whatever they make of each other. */
export function drawHand(random: Random, model: string, place: Place): readonly HandFault[] {
  const count = random.pick([0, 0, 1, 1, 2]);
  const drawn = Array.from({ length: count }, (_, index) => drawHandFault(random.fork(`hand ${index}`), model, place));
  const defect = { kind: 'defect', state: random.pick(statesOfDefects) } as const;
  return place.isLast && random.below(8) === 0 ? [...drawn, defect] : drawn;
}

function drawHandFault(random: Random, model: string, place: Place): HandFault {
  const afterMs = drawMoment(random);
  const atTime = (effect: SlotEffect): HandFault => ({ kind: 'atTime', afterMs, effect });
  const label = { type: 'operator.label', imei: '861234567890127', orderingCode: 'EC600ECNLC-DEMO' } as const;
  return random.pick<() => HandFault>([
    () => atTime(random.pick(slotEffects(random, model))),
    () => atTime(random.pick(slotEffects(random, model))),
    () => atTime(random.pick(slotEffects(random, model))),
    () => drawInState(random, model, place, random.below(10_000)),
    () => drawInState(random, model, place, random.below(10_000)),
    () => atTime({ kind: 'press', command: { type: 'operator.retry' } }),
    () => atTime({ kind: 'press', command: { type: 'operator.confirm' } }),
    () => atTime({ kind: 'press', command: label }),
    () => ({ kind: 'ignore', prompt: random.pick<PromptKind>(['closeStrap', 'releaseStrap', 'powerCycle', 'scanLabel']) }),
    () => ({ kind: 'wrongLabel' }),
    () => ({ kind: 'holdsStrap' }),
  ])();
}

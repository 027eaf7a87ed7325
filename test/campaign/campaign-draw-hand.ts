// Draws what the person and the surroundings do to one board: at a time after its insertion, or in a state of its slot.
import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import { drawIdentity, type Random } from '../../src/bench/simulator/random.ts';
import type { PromptKind, SlotState } from '../../src/domain/slot.ts';
import { drawLie, drawMoment, drawRefusal, drawStartFault, drawStationEffect } from './campaign-draw.ts';
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

/** One single trouble, so that the board comes to the state that it is meant for. */
export function drawTarget(random: Random, model: string, place: Place): Pick<BoardScript, 'faults' | 'hand'> {
  switch (random.below(8)) {
    case 0:
      return { faults: [drawStartFault(random)], hand: [] };
    case 1:
      return { faults: [random.below(4) === 0 ? drawLie(random, model) : drawRefusal(random, model)], hand: [] };
    default:
      return { faults: [], hand: [drawInState(random, model, place)] };
  }
}

function drawInState(random: Random, model: string, place: Place): HandFault {
  const effect = random.pick<() => Effect>([
    () => drawWire(random),
    () => drawSlotEffect(random, model),
    () => drawStationEffect(random, place.slots, place.slot),
  ])();
  const state = random.pick(jobStates);
  // A record is written within one sync of the disk.
  const afterMs = state === 'recording' ? random.below(3) : random.pick([0, 1, 30, 300, 1_200]);
  return { kind: 'inState', state, afterMs, effect };
}

function drawWire(random: Random): WireEffect {
  const nth = random.between(1, random.pick([1, 3, 12, 60]));
  return random.pick<WireEffect>([
    { kind: 'dropReply', nth },
    { kind: 'duplicateReply', nth },
    { kind: 'corruptReply', nth },
    { kind: 'corruptRequest', nth },
    { kind: 'refusal', nth },
    { kind: 'stall' },
  ]);
}

function drawSlotEffect(random: Random, model: string): SlotEffect {
  const other = drawIdentity(random.fork('other'), model, factoryRevisionOf(model));
  const backMs = random.pick([100, 700, 1_900, 2_100, 6_000, 40_000]);
  return random.pick<SlotEffect>([
    { kind: 'pull' },
    { kind: 'reseat', backMs },
    { kind: 'swap', backMs, other },
    { kind: 'brownOut', times: random.between(1, 12), offMs: random.between(1, 900), onMs: random.between(1, 6_000) },
    { kind: 'occupy', forMs: random.pick([400, 3_000, 15_000, 60_000]) },
    { kind: 'press', command: { type: 'operator.cancel' } },
  ]);
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
    () => atTime(drawSlotEffect(random, model)),
    () => atTime(drawSlotEffect(random, model)),
    () => atTime(drawSlotEffect(random, model)),
    () => drawInState(random, model, place),
    () => drawInState(random, model, place),
    () => atTime({ kind: 'press', command: { type: 'operator.retry' } }),
    () => atTime({ kind: 'press', command: { type: 'operator.confirm' } }),
    () => atTime({ kind: 'press', command: label }),
    () => ({ kind: 'ignore', prompt: random.pick<PromptKind>(['closeStrap', 'releaseStrap', 'powerCycle', 'scanLabel']) }),
    () => ({ kind: 'wrongLabel' }),
    () => ({ kind: 'holdsStrap' }),
  ])();
}

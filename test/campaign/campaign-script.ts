// A campaign as a value: which board comes to which slot, what is wrong with it, what is done to it, and what strikes the whole
// station. Drawn from a seed; every board is drawn from its own generator, so that leaving one out changes no other.
import type { BoardIdentity } from '../../src/bench/simulator/board.ts';
import { type BoardOrder, factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { createRandom, drawIdentity, type Random } from '../../src/bench/simulator/random.ts';
import type { OperatorCommand, PromptKind, SlotState } from '../../src/domain/slot.ts';
import { drawBoardFaults, drawHabits, drawStationEffect } from './campaign-draw.ts';
import { drawHand, drawTarget } from './campaign-draw-hand.ts';
import { type CampaignPlatform, campaignModels, platformOf } from './campaign-kits.ts';

/** What strikes more than one slot. */
export type StationEffect =
  | { readonly kind: 'hubDrop'; readonly hub: number; readonly forMs: number }
  /** A person mixes up the boards of two slots. */
  | { readonly kind: 'exchange'; readonly slots: readonly [number, number] }
  | { readonly kind: 'slowDisk'; readonly syncMs: number; readonly forMs: number }
  | { readonly kind: 'fullDisk'; readonly bytes: number; readonly forMs: number }
  | { readonly kind: 'failingSync'; readonly count: number }
  | { readonly kind: 'clockJump'; readonly byMs: number };

/** What becomes of the n-th message that crosses the wire from now on; `stall`: nothing of the board's arrives until it enumerates again. */
export type WireEffect =
  | {
      readonly kind: 'dropReply' | 'duplicateReply' | 'corruptReply' | 'corruptRequest' | 'refusal';
      readonly nth: number;
    }
  | { readonly kind: 'stall' };

/** What the person or the surroundings do to one slot. */
export type SlotEffect =
  | { readonly kind: 'pull' }
  /** Out, and back after `backMs`: shorter or longer than the station takes for a removal. */
  | { readonly kind: 'reseat'; readonly backMs: number }
  /** Out, and another board in its place. */
  | { readonly kind: 'swap'; readonly backMs: number; readonly other: BoardIdentity }
  | { readonly kind: 'brownOut'; readonly times: number; readonly offMs: number; readonly onMs: number }
  /** Another program holds the node. */
  | { readonly kind: 'occupy'; readonly forMs: number }
  | { readonly kind: 'press'; readonly command: OperatorCommand };

export type Effect = SlotEffect | WireEffect | StationEffect;

export type HandFault =
  /** So long after the insertion. */
  | { readonly kind: 'atTime'; readonly afterMs: number; readonly effect: SlotEffect }
  /** So long after the slot came to this state for the first time, if it is still in it. */
  | { readonly kind: 'inState'; readonly state: SlotState; readonly afterMs: number; readonly effect: Effect }
  | { readonly kind: 'ignore'; readonly prompt: PromptKind }
  | { readonly kind: 'wrongLabel' }
  | { readonly kind: 'holdsStrap' }
  /** A defect of the station itself: the slot's profile throws once when it is read in this state. */
  | { readonly kind: 'defect'; readonly state: string };

export interface BoardScript {
  readonly number: number;
  readonly slot: number;
  readonly identity: BoardIdentity;
  /** It has IMEI and serial number of another board of the campaign. */
  readonly isTwin: boolean;
  /** The unit that was in this slot before, or in the one beside it, comes again. */
  readonly isBack: boolean;
  readonly order: Pick<BoardOrder, 'at' | 'asr' | 'unisoc' | 'lapseMs'>;
  readonly faults: readonly BoardFault[];
  readonly hand: readonly HandFault[];
  readonly insertedStrapped: boolean;
}

/** Strikes at a time of the run. */
export interface Incident {
  readonly number: number;
  readonly atMs: number;
  readonly effect: StationEffect;
}

export interface CampaignScript {
  readonly seed: number;
  readonly slots: number;
  readonly boards: readonly BoardScript[];
  readonly incidents: readonly Incident[];
  /** The station concludes from its records: quarantine, rejection, stop rules, golden unit. */
  readonly isOverseen: boolean;
}

export interface ScriptSize {
  readonly seed: number;
  readonly slots: number;
  readonly boards: number;
}

export const slotsPerHub = 8;

export function drawScript({ seed, slots, boards }: ScriptSize): CampaignScript {
  const random = createRandom(seed);
  const isOverseen = seed % 2 === 0;
  const perSlot = Math.ceil(boards / slots);
  const drawn: BoardScript[] = [];
  const turns = new Map<CampaignPlatform, number>();
  for (let number = 1; number <= boards; number++) {
    const own = random.fork(`board ${number}`);
    // Where boards are blamed, a unit comes back to the next slot.
    const earlier = isOverseen && number % slots !== 0 ? drawn.at(1 - slots) : drawn.at(-slots);
    // A unit that has come back once is the more likely to come again.
    const returns = drawn.length >= slots && earlier !== undefined && own.below(earlier.isBack ? 2 : 10) === 0;
    const model = returns ? earlier.identity.model : own.below(30) === 0 ? own.pick(strangers) : own.pick(campaignModels);
    const turn = turns.get(platformOf(model)) ?? seed * turnsPerSeed;
    const place = { number, slot: ((number - 1) % slots) + 1, slots, isLast: Math.ceil(number / slots) === perSlot, turn };
    const board = drawBoard(own, model, place, drawn.at(-1));
    drawn.push(returns ? { ...board, identity: earlier.identity, isTwin: earlier.isTwin, isBack: true } : board);
    turns.set(platformOf(model), turn + 1);
  }
  return { seed, slots, boards: drawn, incidents: drawIncidents(random.fork('incidents'), slots, perSlot), isOverseen };
}

export interface Place {
  readonly number: number;
  readonly slot: number;
  readonly slots: number;
  /** No board comes to this slot after it. */
  readonly isLast: boolean;
  /** Counts the boards of a platform over the seeds of a campaign, so that each finds another trouble. */
  readonly turn: number;
}

/** As many boards of its rarest platform as a seed of 1,000 has, about. */
const turnsPerSeed = 199;

/** One per platform that the rack has no profile for. */
const strangers = ['EC801E', 'EC200U', 'EC600G', 'EC800M'] as const;

function drawBoard(random: Random, model: string, place: Place, previous?: BoardScript): BoardScript {
  const { number, slot } = place;
  const own = drawIdentity(random.fork('identity'), model, factoryRevisionOf(model));
  const isTwin = previous !== undefined && random.below(25) === 0;
  const identity = isTwin ? { ...own, imei: previous.identity.imei, sn: previous.identity.sn } : own;
  const kind = random.pick(['good', 'targeted', 'targeted', 'targeted', 'wild'] as const);
  const board = {
    number,
    slot,
    identity,
    isTwin,
    isBack: false,
    order: {},
    faults: [],
    hand: [],
    insertedStrapped: random.below(6) === 0,
  };
  switch (kind) {
    case 'good':
      return board;
    case 'targeted':
      return { ...board, ...drawTarget(random.fork('target'), model, place) };
    case 'wild':
      return {
        ...board,
        faults: drawBoardFaults(random.fork('faults'), model),
        hand: drawHand(random.fork('hand'), model, place),
        order: drawHabits(random.fork('habits'), model),
      };
  }
}

/** One round of boards takes about a minute. */
function drawIncidents(random: Random, slots: number, rounds: number): readonly Incident[] {
  return Array.from({ length: rounds * 2 }, (_, index) => {
    const own = random.fork(`incident ${index}`);
    const atMs = own.between(1_000, rounds * 60_000);
    return { number: index + 1, atMs, effect: drawStationEffect(own, slots) };
  });
}

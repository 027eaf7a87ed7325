// Draws a campaign from its seed: which board comes to which slot, what is wrong with it, what the person does to it, and what
// strikes the whole station. Values only; every board is drawn from its own generator, so that leaving one out changes no other.

import type { BoardIdentity } from '../../src/bench/simulator/board.ts';
import type { BoardOrder } from '../../src/bench/simulator/board-kinds.ts';
import { factoryRevisionOf } from '../../src/bench/simulator/board-kinds.ts';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { createRandom, drawIdentity, type Random } from '../../src/bench/simulator/random.ts';
import type { OperatorCommand, PromptKind } from '../../src/domain/slot.ts';
import { campaignModels } from './campaign-kits.ts';

/** What the person or the surroundings do to one board, in milliseconds after its insertion. */
export type HandFault =
  /** Out, and back after `backMs`: shorter or longer than the station takes for a removal. */
  | { readonly kind: 'reseat'; readonly afterMs: number; readonly backMs: number }
  /** Out, and another board in its place. */
  | { readonly kind: 'swap'; readonly afterMs: number; readonly backMs: number; readonly other: BoardIdentity }
  | { readonly kind: 'brownOut'; readonly afterMs: number; readonly times: number; readonly offMs: number; readonly onMs: number }
  /** Another program holds the node. */
  | { readonly kind: 'occupy'; readonly afterMs: number; readonly forMs: number }
  | { readonly kind: 'press'; readonly afterMs: number; readonly command: OperatorCommand }
  | { readonly kind: 'ignore'; readonly prompt: PromptKind }
  | { readonly kind: 'wrongLabel' }
  | { readonly kind: 'holdsStrap' }
  /** A defect of the station itself: the slot's profile throws once when it is read in this state. */
  | { readonly kind: 'defect'; readonly state: string };

export interface BoardScript {
  readonly number: number;
  readonly slot: number;
  readonly identity: BoardIdentity;
  readonly order: Pick<BoardOrder, 'at' | 'asr' | 'unisoc' | 'lapseMs'>;
  readonly faults: readonly BoardFault[];
  readonly hand: readonly HandFault[];
  readonly insertedStrapped: boolean;
}

/** What strikes more than one slot, at a time of the run. */
export type Incident =
  | { readonly kind: 'hubDrop'; readonly atMs: number; readonly hub: number; readonly forMs: number }
  | { readonly kind: 'exchange'; readonly atMs: number; readonly slots: readonly [number, number] }
  | { readonly kind: 'slowDisk'; readonly atMs: number; readonly syncMs: number; readonly forMs: number }
  | { readonly kind: 'fullDisk'; readonly atMs: number; readonly bytes: number; readonly forMs: number }
  | { readonly kind: 'failingSync'; readonly atMs: number; readonly count: number }
  | { readonly kind: 'clockJump'; readonly atMs: number; readonly byMs: number };

export interface CampaignScript {
  readonly seed: number;
  readonly slots: number;
  readonly boards: readonly BoardScript[];
  readonly incidents: readonly Incident[];
}

export interface ScriptSize {
  readonly seed: number;
  readonly slots: number;
  readonly boards: number;
}

export const slotsPerHub = 8;

export function drawScript({ seed, slots, boards }: ScriptSize): CampaignScript {
  const random = createRandom(seed);
  const perSlot = Math.ceil(boards / slots);
  const drawn: BoardScript[] = [];
  for (let number = 1; number <= boards; number++) {
    const isLast = Math.ceil(number / slots) === perSlot;
    drawn.push(drawBoard(random.fork(`board ${number}`), number, ((number - 1) % slots) + 1, isLast, drawn.at(-1)));
  }
  return { seed, slots, boards: drawn, incidents: drawIncidents(random.fork('incidents'), slots, perSlot) };
}

function drawBoard(random: Random, number: number, slot: number, isLast: boolean, previous?: BoardScript): BoardScript {
  const model = random.below(40) === 0 ? 'EC801E' : random.pick(campaignModels);
  const own = drawIdentity(random.fork('identity'), model, factoryRevisionOf(model));
  const isTwin = previous !== undefined && random.below(25) === 0;
  const identity = isTwin ? { ...own, imei: previous.identity.imei, sn: previous.identity.sn } : own;
  const isGood = random.below(5) < 2;
  const faults = isGood ? [] : drawBoardFaults(random.fork('faults'));
  const hand = isGood ? [] : drawHand(random.fork('hand'), model, isLast);
  const order = isGood ? {} : drawHabits(random.fork('habits'), model);
  return { number, slot, identity, order, faults, hand, insertedStrapped: random.below(6) === 0 };
}

function drawBoardFaults(random: Random): readonly BoardFault[] {
  const count = random.pick([0, 1, 1, 1, 2]);
  return Array.from({ length: count }, (_, index) => drawBoardFault(random.fork(`fault ${index}`)));
}

/** As many of the early commands as of the late ones: a session has some twenty to some five hundred. */
const drawCommand = (random: Random): number => random.between(1, random.pick([6, 20, 60, 180, 500]));
const drawMoment = (random: Random): number => random.between(0, random.pick([2_000, 8_000, 15_000, 30_000]));

function drawBoardFault(random: Random): BoardFault {
  const when = { count: drawCommand(random) };
  const late = { afterMs: drawMoment(random) };
  return random.pick<BoardFault>([
    { kind: 'pull', when },
    { kind: 'pull', when: late },
    { kind: 'stall', when },
    { kind: 'stall', when: late },
    { kind: 'stopReading', when },
    { kind: 'nak', when, errorCode: random.pick([0x82, 0x01, 0x8b, 0xfe]) },
    { kind: 'dropReply', when },
    { kind: 'duplicateReply', when },
    { kind: 'corruptReply', when },
    { kind: 'lyingStatus', status: random.pick([0, 1, 2, 0xff]), count: random.between(1, 6) },
    { kind: 'deadCell', address: random.pick([0x4100, 0x24480, 0x25000, 0x200010, 0x60010400, 0x60020400, 0x53c400, 0x40100]) },
    { kind: 'doesNotBoot' },
    { kind: 'strapStaysClosed' },
    { kind: 'lateReenumeration', delayMs: random.pick([500, 3_000, 12_000, 29_000, 45_000, 90_000]) },
    { kind: 'noReenumeration' },
    { kind: 'wrongIds', mode: random.pick(['normal', 'download']), vendorId: 0x0bda, productId: 0x8153 },
  ]);
}

function drawHabits(random: Random, model: string): BoardScript['order'] {
  const at = random.below(3) > 0 ? {} : drawAt(random);
  const lapseMs = random.pick([undefined, undefined, 10_000, 14_000, null]);
  const unisoc = random.below(4) > 0 ? {} : { nv: random.pick(['badCrc', 'readRefused', 'missingImei', 'blankImei'] as const) };
  const asr =
    random.below(3) > 0
      ? {}
      : random.pick<NonNullable<BoardOrder['asr']>>([
          { staysInRom: true },
          { losesCallOkay: true },
          { earlyOkay: true },
          { splitWrites: { bytes: 7, gapMs: 1 } },
          { heartbeatMs: null },
          { link: 'ethos' as const },
          { bootRom: '1999.01.01' },
          { wrongDataSize: { download: 2, size: 17 } },
          { extraGreetings: 2, infoLines: 40 },
        ]);
  return {
    ...(lapseMs !== undefined && { lapseMs }),
    ...(Object.keys(at).length > 0 && { at }),
    ...(model.endsWith('U') || model.endsWith('G') ? { unisoc } : {}),
    ...(model.endsWith('N') ? { asr } : {}),
  };
}

function drawAt(random: Random): NonNullable<BoardOrder['at']> {
  return random.pick<NonNullable<BoardOrder['at']>>([
    { silent: true },
    { echo: false },
    { answerDelayMs: 700 },
    { answerDelayMs: 4_000 },
    { allowsDownload: false },
    { unsolicited: ['+QIND: SMS DONE', 'RDY', '+CPIN: NOT INSERTED'] },
    { errors: { 'AT+CGSN': 'ERROR', 'AT+EGMR=0,7': 'ERROR' } },
    { errors: { 'AT+CGMR': '+CME ERROR: 100' } },
    { errors: { ATI: 'ERROR' } },
  ]);
}

function drawHand(random: Random, model: string, isLast: boolean): readonly HandFault[] {
  const count = random.pick([0, 0, 1, 1, 2]);
  const drawn = Array.from({ length: count }, (_, index) => drawHandFault(random.fork(`hand ${index}`), model));
  const defect = { kind: 'defect', state: random.pick(statesOfDefects) } as const;
  return isLast && random.below(8) === 0 ? [...drawn, defect] : drawn;
}

const statesOfDefects: readonly [string, ...string[]] = [
  'identifying',
  'waitingForBoot',
  'entering',
  'connecting',
  'holding',
  'programming',
  'restarting',
  'verifying',
  'recording',
  'passed',
];

function drawHandFault(random: Random, model: string): HandFault {
  const afterMs = drawMoment(random);
  const other = drawIdentity(random.fork('other'), model, factoryRevisionOf(model));
  const backMs = random.pick([100, 700, 1_900, 2_100, 6_000, 40_000]);
  return random.pick<HandFault>([
    { kind: 'reseat', afterMs, backMs },
    { kind: 'reseat', afterMs, backMs },
    { kind: 'swap', afterMs, backMs, other },
    { kind: 'swap', afterMs, backMs, other },
    { kind: 'brownOut', afterMs, times: random.between(1, 12), offMs: random.between(1, 900), onMs: random.between(1, 6_000) },
    { kind: 'occupy', afterMs: random.pick([0, afterMs]), forMs: random.pick([400, 3_000, 15_000, 60_000]) },
    { kind: 'press', afterMs, command: { type: 'operator.cancel' } },
    { kind: 'press', afterMs, command: { type: 'operator.retry' } },
    { kind: 'press', afterMs, command: { type: 'operator.confirm' } },
    { kind: 'press', afterMs, command: { type: 'operator.label', imei: '861234567890127', orderingCode: 'EC600ECNLC-DEMO' } },
    { kind: 'ignore', prompt: random.pick<PromptKind>(['closeStrap', 'releaseStrap', 'powerCycle', 'scanLabel']) },
    { kind: 'wrongLabel' },
    { kind: 'holdsStrap' },
  ]);
}

/** One round of boards takes about a minute. */
function drawIncidents(random: Random, slots: number, rounds: number): readonly Incident[] {
  const lastMs = rounds * 60_000;
  const hubs = Math.ceil(slots / slotsPerHub);
  return Array.from({ length: rounds * 2 }, (_, index) => {
    const own = random.fork(`incident ${index}`);
    const atMs = own.between(1_000, lastMs);
    return own.pick<Incident>([
      { kind: 'hubDrop', atMs, hub: own.between(1, hubs), forMs: own.pick([20, 400, 3_000, 12_000]) },
      { kind: 'exchange', atMs, slots: [own.between(1, slots), own.between(1, slots)] },
      { kind: 'slowDisk', atMs, syncMs: own.pick([5, 80, 900, 4_000]), forMs: own.between(1_000, 20_000) },
      { kind: 'fullDisk', atMs, bytes: own.between(0, 3_000), forMs: own.between(100, 25_000) },
      { kind: 'failingSync', atMs, count: own.between(1, 4) },
      { kind: 'clockJump', atMs, byMs: own.pick([-86_400_000, -3_600_000, -5_000, 5_000, 3_600_000, 86_400_000]) },
    ]);
  });
}

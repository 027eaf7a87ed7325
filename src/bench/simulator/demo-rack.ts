// The racks of `npm start`: eight boards, what is wrong with them, and a person who inserts them and does what the prompts ask.
// Knows the prompts by name; nothing of the slot machine, and no protocol beyond the names of commands in faults.
import type { PromptKind } from '../../domain/slot.ts';
import type { Clock, Timer } from '../clock.ts';
import type { BoardReport, SimulatedBoard } from './board.ts';
import { buildBoardAs, factoryRevisionOf } from './board-kinds.ts';
import type { BoardFault } from './faults.ts';
import { createRandom, drawIdentity, type Random } from './random.ts';
import { realistic, type TimeModel } from './time-model.ts';
import { type TappedBytes, VirtualRack } from './virtual-rack.ts';

export type DemoScenario = 'calm' | 'rough';

/** One board and how the person handles it. */
export interface BoardScript {
  readonly model: string;
  readonly faults: readonly BoardFault[];
  /** Whether the person lets go of BOOT as soon as the module has started, as the carrier's steps say, or only when told. */
  readonly releasesStrap: 'atOnce' | 'whenPrompted';
}

export interface DemoPosition {
  readonly slot: number;
  readonly usbPath: string;
}

export interface DemoRackOptions {
  readonly clock: Clock;
  readonly scenario: DemoScenario;
  /** Eight positions; the n-th gets the n-th board of the scenario. */
  readonly positions: readonly DemoPosition[];
  /** Default 1. Identities and human delays come from it. */
  readonly seed?: number;
  /** Default realistic. */
  readonly time?: TimeModel;
  readonly tap?: (entry: TappedBytes) => void;
  readonly onReset?: (usbPath: string, report: BoardReport) => void;
}

export interface DemoRack {
  /** A person switches its power: `kind` is `prompt`. */
  readonly rack: VirtualRack;
  /** By slot number, whether inserted or not. */
  readonly boards: ReadonlyMap<number, SimulatedBoard>;
  /** The person begins to insert the boards. */
  begin(): void;
  /** The slot asks the person for something; a later prompt replaces an earlier one that was not yet followed. */
  onPrompt(slot: number, prompt: PromptKind): void;
  /** The person leaves. */
  end(): void;
}

const good = (model: string): BoardScript => ({ model, faults: [], releasesStrap: 'atOnce' });
const midFlash = (count: number): { command: string; count: number } => ({ command: 'AGBOOT DOWNLOAD_DATA', count });

export const scenarios: Readonly<Record<DemoScenario, readonly BoardScript[]>> = {
  calm: ['EC600E', 'EC800E', 'EC600E', 'EC800E', 'EC600E', 'EC800N', 'EC600U', 'EC800G'].map(good),
  rough: [
    good('EC600E'),
    // Another model behind the same USB ids.
    good('EC801E'),
    // The ROM hangs before its first reply: the window passes.
    { ...good('EC600E'), faults: [{ kind: 'stall', when: { command: 'DLBOOT sync' } }] },
    { ...good('EC800E'), releasesStrap: 'whenPrompted' },
    { ...good('EC600E'), faults: [{ kind: 'pull', when: midFlash(5) }] },
    { ...good('EC800E'), faults: [{ kind: 'stall', when: midFlash(6) }] },
    good('EC600U'),
    good('EC800G'),
  ],
};

/** Milliseconds between low and high, drawn for each act. */
const human = {
  insert: [200, 900],
  react: [800, 2_000],
  holdBoot: [1_200, 1_800],
  remove: [2_000, 4_000],
} as const satisfies Record<string, readonly [number, number]>;

export function createDemoRack(options: DemoRackOptions): DemoRack {
  const { clock, scenario, positions, time = realistic } = options;
  const random = createRandom(options.seed ?? 1);
  const rack = new VirtualRack({
    clock,
    time,
    usbPaths: positions.map(({ usbPath }) => usbPath),
    powerSwitch: 'prompt',
    ...(options.tap && { tap: options.tap }),
    ...(options.onReset && { onReset: options.onReset }),
  });
  const places = scenarios[scenario].flatMap((script, index) => {
    const position = positions[index];
    if (!position) return [];
    const own = random.fork(`position ${index}`);
    const identity = drawIdentity(own.fork('identity'), script.model, factoryRevisionOf(script.model));
    const board = buildBoardAs(identity, { clock, time, seed: random.seed, faults: script.faults });
    return [{ slot: position.slot, board, hand: new Hand(clock, rack, position.usbPath, board, script, own.fork('hand')) }];
  });
  const hands = new Map(places.map(({ slot, hand }) => [slot, hand]));
  return {
    rack,
    boards: new Map(places.map(({ slot, board }) => [slot, board])),
    begin: () => {
      let atMs = 0;
      for (const hand of hands.values()) {
        atMs += hand.draw('insert');
        hand.insertAfter(atMs);
      }
    },
    onPrompt: (slot, prompt) => hands.get(slot)?.follow(prompt),
    end: () => {
      for (const hand of hands.values()) hand.letGo();
    },
  };
}

/** What the person does at one position. Each has its own randomness: trouble in one slot shifts nothing in another. */
class Hand {
  private readonly clock: Clock;
  private readonly rack: VirtualRack;
  private readonly usbPath: string;
  private readonly board: SimulatedBoard;
  private readonly script: BoardScript;
  private readonly random: Random;
  private planned: Timer | null = null;
  private following: PromptKind | null = null;

  constructor(clock: Clock, rack: VirtualRack, usbPath: string, board: SimulatedBoard, script: BoardScript, random: Random) {
    this.clock = clock;
    this.rack = rack;
    this.usbPath = usbPath;
    this.board = board;
    this.script = script;
    this.random = random;
  }

  draw(act: keyof typeof human): number {
    const [low, high] = human[act];
    return this.random.between(low, high);
  }

  insertAfter(delayMs: number): void {
    this.plan(delayMs, () => this.rack.insert(this.usbPath, this.board));
  }

  follow(prompt: PromptKind): void {
    if (this.following === prompt) return;
    this.planned?.cancel();
    this.following = null;
    const act = this.actFor(prompt);
    if (!act) return;
    this.following = prompt;
    this.plan(this.draw(prompt === 'removeBoard' ? 'remove' : 'react'), () => {
      this.following = null;
      act();
    });
  }

  letGo(): void {
    this.planned?.cancel();
  }

  /** Null: this person does not do that. */
  private actFor(prompt: PromptKind): (() => void) | null {
    switch (prompt) {
      case 'closeStrap':
        return () => this.bootIntoDownload();
      case 'releaseStrap':
        return () => {
          this.rack.openStrap(this.usbPath);
          this.powerCycle();
        };
      case 'powerOn':
      case 'powerCycle':
        return () => this.powerCycle();
      case 'removeBoard':
        return () => {
          this.rack.remove(this.usbPath);
        };
      case 'scanLabel':
      case 'checkBoard':
      case 'checkSlot':
      case 'allowRetest':
        return null;
    }
  }

  private powerCycle(): void {
    void this.rack.powerCycle(this.usbPath);
  }

  /** Hold BOOT, switch the module on, let go of BOOT once it has started. */
  private bootIntoDownload(): void {
    this.rack.closeStrap(this.usbPath);
    void this.rack.powerCycle(this.usbPath).then(() => {
      if (this.script.releasesStrap === 'atOnce')
        this.clock.after(this.draw('holdBoot'), () => this.rack.openStrap(this.usbPath));
    });
  }

  private plan(delayMs: number, act: () => void): void {
    this.planned = this.clock.after(delayMs, act);
  }
}

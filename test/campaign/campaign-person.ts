// The person at one slot: puts the boards in one after the other, does what the prompts ask, and does what the script says on top.
// Sees what an operator sees (state and prompt of the slot, the board in front of him), and nothing else.
import type { Clock } from '../../src/bench/clock.ts';
import type { BoardIdentity, SimulatedBoard } from '../../src/bench/simulator/board.ts';
import { buildBoardAs } from '../../src/bench/simulator/board-kinds.ts';
import type { OnStrike } from '../../src/bench/simulator/faults.ts';
import type { Random } from '../../src/bench/simulator/random.ts';
import type { TimeModel } from '../../src/bench/simulator/time-model.ts';
import type { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import type { OperatorCommand, PromptKind, SlotState } from '../../src/domain/slot.ts';
import type { BoardScript, Effect, HandFault } from './campaign-script.ts';
import { goldenUnit } from './campaign-station.ts';
import { calibrate, storageOf } from './campaign-storage.ts';
import type { Supervisor } from './campaign-supervisor.ts';
import type { Visit } from './campaign-trace.ts';

export interface PersonOptions {
  readonly clock: Clock;
  readonly rack: VirtualRack;
  readonly time: TimeModel;
  readonly slot: number;
  readonly usbPath: string;
  /** The station switches the power of this slot. */
  readonly switchesPower: boolean;
  readonly random: Random;
  readonly boards: readonly BoardScript[];
  readonly press: (command: OperatorCommand) => void;
  readonly act: (effect: Effect) => void;
  /** A fault of the board in the slot does something. */
  readonly onStrike: OnStrike;
  /** The device in the slot now is a boot ROM or loader that the station has spoken to. */
  readonly isInSession: () => boolean;
  /** The board has left the slot. */
  readonly onGone: (board: SimulatedBoard) => void;
  readonly supervisor: () => Supervisor;
  readonly visits: Visit[];
  /** Told what never came to rest. */
  readonly unsettled: (text: string) => void;
}

const lookMs = 300;
/** A slot that shows nothing of a board for so long will not. */
const deadBoardMs = 45_000;
/** Longer than any job may take with all its prompts ignored. */
const patienceMs = 30 * 60_000;
const resting: ReadonlySet<SlotState> = new Set([
  'empty',
  'skipped',
  'replaced',
  'quarantined',
  'outOfService',
  'passed',
  'failed',
  'unknown',
  'aborted',
]);

const goldenIn = (slot: number): BoardScript => ({
  ...{ number: 0, slot, identity: goldenUnit, isTwin: false, isBack: false },
  ...{ order: {}, faults: [], hand: [], insertedStrapped: false },
});

export class Person {
  private readonly options: PersonOptions;
  private readonly queue: BoardScript[];
  private board: SimulatedBoard | null = null;
  private visit: Visit | null = null;
  private script: BoardScript | null = null;
  private state: SlotState = 'empty';
  private prompt: PromptKind | null = null;
  private isFollowing = false;
  /** Since when this has been so: the board in or out, and the slot in its state. */
  private sinceMs = 0;
  private hasGone = false;
  private readonly done = new Set<HandFault>();
  /** Until it enumerates again, the board and the host may understand each other wrong. */
  private isTampered = false;

  constructor(options: PersonOptions) {
    this.options = options;
    this.queue = [...options.boards];
  }

  begin(): void {
    const { clock, slot } = this.options;
    clock.after(1 + ((slot * 37) % lookMs), () => this.look());
  }

  get isDone(): boolean {
    return this.hasGone;
  }

  get current(): BoardScript | null {
    return this.board ? this.script : null;
  }

  see(state: SlotState, prompt: PromptKind | null): void {
    this.state = state;
    this.prompt = prompt;
    this.sinceMs = this.options.clock.now();
    this.trouble(state);
    if (prompt !== null) this.follow(prompt);
  }

  get stateNow(): SlotState {
    return this.state;
  }

  pull(): void {
    if (this.board) this.takeOut();
  }

  /** Takes the board out and puts it back, or another one in its place. */
  exchange(other: BoardIdentity | null, backMs: number): void {
    const { board, script } = this;
    if (!board || !script) return;
    this.takeOut();
    const next = other ? this.build(other, { order: {}, faults: [] }) : board;
    this.later(backMs, () => {
      if (this.script === script && this.board === null && !this.options.rack.board(this.options.usbPath)) this.putIn(next);
    });
  }

  /** Hands the board over to whoever exchanges boards; null when there is none. */
  give(): SimulatedBoard | null {
    const board = this.board;
    if (board) this.takeOut();
    return board;
  }

  take(board: SimulatedBoard): void {
    const { rack, usbPath } = this.options;
    if (this.board !== null || this.hasGone || this.script === null || rack.board(usbPath)) return;
    this.putIn(board);
  }

  /** What the host does from now on in this session may be right, and still look wrong to the board. */
  tamper(): void {
    this.askBoard();
    this.isTampered = true;
  }

  /** The device has left the bus: the session that the board had, if any, is over. */
  endSession(): void {
    this.askBoard();
    this.isTampered = false;
  }

  private askBoard(): void {
    if (this.visit === null || this.board === null || this.isTampered || !this.options.isInSession()) return;
    this.visit.violations = [...this.visit.violations, ...this.board.condition().violations];
  }

  private look(): void {
    const { clock, rack, usbPath } = this.options;
    if (this.hasGone) return;
    if (this.board && rack.board(usbPath) === null) this.noteGone();
    const waitedMs = clock.now() - this.sinceMs;
    if (this.state === 'outOfService') this.leave();
    else if (this.board) this.lookAtBoard(waitedMs);
    else if (this.isFree(waitedMs)) this.next();
    else if (waitedMs > patienceMs) this.leave(`slot ${this.options.slot} stays ${this.state} without a board`);
    if (!this.hasGone) clock.after(lookMs, () => this.look());
  }

  /** Some do not read that the slot is quarantined. */
  private isFree(waitedMs: number): boolean {
    if (this.state === 'quarantined') return waitedMs > 3_000 && this.queue[0] !== undefined && this.queue[0].number % 3 === 0;
    return this.state === 'empty' && waitedMs > 400;
  }

  private lookAtBoard(waitedMs: number): void {
    const showsNothing = this.state === 'empty' || this.state === 'skipped' || resting.has(this.state);
    if (showsNothing && waitedMs > deadBoardMs) this.takeOut();
    else if (waitedMs > patienceMs) {
      this.takeOut();
      this.leave(`slot ${this.options.slot} stays ${this.state} with board ${this.script?.number}`);
    }
  }

  /** Not everybody waits for the golden unit. */
  private nextScript(): BoardScript | 'waits' | undefined {
    const { supervisor, slot } = this.options;
    if (supervisor().takeGolden()) return goldenIn(slot);
    const [first] = this.queue;
    if (first !== undefined && supervisor().isGoldenNeeded() && first.number % 16 !== 0) return 'waits';
    return this.queue.shift();
  }

  private next(): void {
    const script = this.nextScript();
    if (script === 'waits') return;
    if (script === undefined) {
      this.leave();
      return;
    }
    this.script = script;
    const board = this.build(script.identity, script);
    if (script.insertedStrapped) board.setStrap(true);
    this.putIn(board);
    if (script.insertedStrapped && !this.does('holdsStrap')) this.later(1_500, () => board.setStrap(false));
    for (const fault of script.hand) this.arrange(fault, script);
  }

  private arrange(fault: HandFault, script: BoardScript): void {
    if (fault.kind !== 'atTime') return;
    this.later(fault.afterMs, () => {
      if (this.script === script && this.board) this.options.act(fault.effect);
    });
  }

  /** What waits for this state of the slot: messages from now on, everything else a little later if the state is still the same. */
  private trouble(state: SlotState): void {
    const { script, visit } = this;
    for (const fault of script?.hand ?? []) {
      if (fault.kind !== 'inState' || fault.state !== state || this.done.has(fault) || !this.board) continue;
      this.done.add(fault);
      this.later(fault.afterMs, () => {
        if (this.state === state && this.visit === visit && this.board) this.options.act(fault.effect);
      });
    }
  }

  private follow(prompt: PromptKind): void {
    const script = this.script;
    if (this.isFollowing || script?.hand.some((fault) => fault.kind === 'ignore' && fault.prompt === prompt)) return;
    this.isFollowing = true;
    this.later(this.options.random.between(500, 3_000), () => {
      this.isFollowing = false;
      // A board that comes and goes takes the request to remove it along each time; the person has read it.
      const stillStands = this.prompt === prompt || (prompt === 'removeBoard' && resting.has(this.state));
      if (stillStands && this.script === script) this.obey(prompt);
      else if (this.prompt !== null) this.follow(this.prompt);
    });
  }

  private obey(prompt: PromptKind): void {
    const { rack, usbPath, random, press } = this.options;
    switch (prompt) {
      case 'closeStrap':
        rack.closeStrap(usbPath);
        this.switchPower();
        if (!this.does('holdsStrap')) this.later(random.between(1_200, 2_400), () => rack.openStrap(usbPath));
        break;
      case 'releaseStrap':
        rack.openStrap(usbPath);
        this.switchPower();
        break;
      case 'powerOn':
      case 'powerCycle':
        this.switchPower();
        break;
      case 'removeBoard':
        if (this.board) this.takeOut();
        break;
      case 'allowRetest':
        press({ type: random.below(3) === 0 ? 'operator.cancel' : 'operator.confirm' });
        break;
      case 'scanLabel':
        press({ type: 'operator.label', orderingCode: this.does('wrongLabel') ? 'EC000X-WRONG' : 'EC600ECNLC-DEMO' });
        break;
      case 'checkBoard':
      case 'checkSlot':
        break;
    }
  }

  private switchPower(): void {
    const { rack, usbPath, switchesPower, press } = this.options;
    if (switchesPower) press({ type: 'operator.confirm' });
    else void rack.powerCycle(usbPath);
  }

  private does(kind: HandFault['kind']): boolean {
    return this.script?.hand.some((fault) => fault.kind === kind) ?? false;
  }

  private build(identity: BoardIdentity, { order, faults }: Pick<BoardScript, 'order' | 'faults'>): SimulatedBoard {
    const { clock, time, random, onStrike } = this.options;
    const board = buildBoardAs(identity, { clock, time, seed: random.seed, faults, onStrike, ...order });
    calibrate(board);
    return board;
  }

  private putIn(board: SimulatedBoard): void {
    const { clock, rack, usbPath, slot, visits } = this.options;
    if (this.script === null) return;
    this.board = board;
    const insertedAtMs = clock.now();
    this.sinceMs = insertedAtMs;
    const { identity } = board;
    this.visit = {
      slot,
      script: this.script,
      identity,
      insertedAtMs,
      before: storageOf(board),
      removedAtMs: null,
      after: null,
      violations: [],
    };
    visits.push(this.visit);
    rack.insert(usbPath, board);
  }

  private takeOut(): void {
    this.options.rack.remove(this.options.usbPath);
    this.noteGone();
  }

  private noteGone(): void {
    const { clock } = this.options;
    if (this.visit && this.board) {
      this.visit.removedAtMs = clock.now();
      this.visit.after = storageOf(this.board);
      this.options.onGone(this.board);
    }
    if (this.board?.identity.imei === goldenUnit.imei) this.options.supervisor().putGoldenBack();
    this.board = null;
    this.visit = null;
    this.sinceMs = clock.now();
  }

  private leave(trouble?: string): void {
    if (trouble) this.options.unsettled(trouble);
    if (this.board) this.takeOut();
    this.hasGone = true;
  }

  private later(delayMs: number, run: () => void): void {
    this.options.clock.after(delayMs, () => {
      if (!this.hasGone) run();
    });
  }
}

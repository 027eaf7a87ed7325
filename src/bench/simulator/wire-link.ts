// One wire between a board's interface and whoever reads the other end, at a bounded rate each way. Knows neither end.
import type { Clock } from '../clock.ts';
import { TimerGroup } from './timer-group.ts';

export interface WireLinkOptions {
  readonly clock: Clock;
  /** Infinity: bytes arrive within the call that sends them. */
  readonly bytesPerMs: number;
  readonly toBoard: (bytes: Uint8Array) => void;
  readonly toHost: (bytes: Uint8Array) => void;
}

export class WireLink {
  private readonly timers: TimerGroup;
  private readonly down: Lane;
  private readonly up: Lane;
  private isCut = false;

  constructor({ clock, bytesPerMs, toBoard, toHost }: WireLinkOptions) {
    this.timers = new TimerGroup(clock);
    this.down = new Lane(clock, this.timers, bytesPerMs, toBoard);
    this.up = new Lane(clock, this.timers, bytesPerMs, toHost);
  }

  /** `onArrived` is called when the board has taken the last byte; never, when the wire is cut before. */
  sendToBoard(bytes: Uint8Array, onArrived: () => void = () => undefined): void {
    if (!this.isCut) this.down.send(bytes, onArrived);
  }

  sendToHost(bytes: Uint8Array): void {
    if (!this.isCut) this.up.send(bytes, () => undefined);
  }

  /** While the board does not read, its bytes wait on the wire. */
  setBoardReads(reads: boolean): void {
    if (!this.isCut) this.down.setOpen(reads);
  }

  /** What is on the wire is lost. */
  cut(): void {
    this.isCut = true;
    this.down.setOpen(false);
    this.timers.cancelAll();
  }
}

interface Burst {
  readonly bytes: Uint8Array;
  readonly onArrived: () => void;
}

/** One direction: bytes arrive in the order they were sent, each burst as one arrival. */
class Lane {
  private readonly clock: Clock;
  private readonly timers: TimerGroup;
  private readonly bytesPerMs: number;
  private readonly deliver: (bytes: Uint8Array) => void;
  private freeAtMs = 0;
  private isOpen = true;
  /** On the wire, oldest first: on a real clock a later timer may fire before an earlier one, and no wire swaps bytes. */
  private readonly travelling: Burst[] = [];
  /** Bursts that are through the wire and not taken. */
  private readonly arrived: Burst[] = [];

  constructor(clock: Clock, timers: TimerGroup, bytesPerMs: number, deliver: (bytes: Uint8Array) => void) {
    this.clock = clock;
    this.timers = timers;
    this.bytesPerMs = bytesPerMs;
    this.deliver = deliver;
  }

  send(bytes: Uint8Array, onArrived: () => void): void {
    // A Buffer's own slice() would share its memory with the caller.
    this.travelling.push({ bytes: new Uint8Array(bytes), onArrived });
    const now = this.clock.now();
    this.freeAtMs = Math.max(now, this.freeAtMs) + bytes.length / this.bytesPerMs;
    this.timers.afterOrNow(this.freeAtMs - now, () => {
      this.arrived.push(...this.travelling.splice(0, 1));
      this.handOver();
    });
  }

  setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.handOver();
  }

  private handOver(): void {
    while (this.isOpen) {
      const burst = this.arrived.shift();
      if (!burst) return;
      this.deliver(burst.bytes);
      burst.onArrived();
    }
  }
}

// Where frames leave the board: each in one write, or in pieces where the module's habits say so. Knows no frame's meaning.
import type { TimerGroup } from '../timer-group.ts';

export interface OutletOptions {
  readonly timers: TimerGroup;
  readonly split: { readonly bytes: number; readonly gapMs: number } | null;
  readonly write: (bytes: Uint8Array) => void;
}

export class Outlet {
  private readonly options: OutletOptions;
  private readonly waiting: Uint8Array[] = [];
  private isSending = false;

  constructor(options: OutletOptions) {
    this.options = options;
  }

  /** Frames leave in the order of these calls. */
  send(frame: Uint8Array): void {
    const { split, write } = this.options;
    if (!split) {
      write(frame);
      return;
    }
    for (let at = 0; at < frame.length; at += split.bytes) this.waiting.push(frame.subarray(at, at + split.bytes));
    if (!this.isSending) this.sendNext(split.gapMs);
  }

  /** One timer at a time: on a real clock two timers of different length do not keep their order to the millisecond. */
  private sendNext(gapMs: number): void {
    const piece = this.waiting.shift();
    this.isSending = piece !== undefined;
    if (piece === undefined) return;
    this.options.write(piece);
    this.options.timers.afterOrNow(gapMs, () => this.sendNext(gapMs));
  }
}

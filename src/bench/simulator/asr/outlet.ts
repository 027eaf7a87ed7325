// Where frames leave the board: each in one write, or in pieces where the module's habits say so. Knows no frame's meaning.
import type { Clock } from '../../clock.ts';
import type { TimerGroup } from '../timer-group.ts';

export interface OutletOptions {
  readonly clock: Clock;
  readonly timers: TimerGroup;
  readonly split: { readonly bytes: number; readonly gapMs: number } | null;
  readonly write: (bytes: Uint8Array) => void;
}

export class Outlet {
  private readonly options: OutletOptions;
  private freeAtMs = 0;

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
    for (let at = 0; at < frame.length; at += split.bytes) this.sendLater(frame.subarray(at, at + split.bytes), split.gapMs);
  }

  private sendLater(piece: Uint8Array, gapMs: number): void {
    const { clock, timers, write } = this.options;
    const now = clock.now();
    const atMs = Math.max(now, this.freeAtMs);
    this.freeAtMs = atMs + gapMs;
    timers.afterOrNow(atMs - now, () => write(piece));
  }
}

// What the station process and the process that plays its boards tell each other, and the names of the places both know. Knows neither.
import type { Device } from '../../src/bench/device-source.ts';
import type { BoardReport } from '../../src/bench/simulator/board.ts';
import type { TimeModel } from '../../src/bench/simulator/time-model.ts';

export type ToBoards =
  /** Strapped: it starts in download mode. */
  | {
      readonly type: 'insert';
      readonly usbPath: string;
      readonly model: string;
      readonly seed: number;
      readonly time: Partial<TimeModel>;
    }
  | { readonly type: 'remove'; readonly usbPath: string }
  | { readonly type: 'end' };

/** Times are of the computer's own monotonic clock, which all processes share. */
export type FromBoards =
  | { readonly type: 'ready' }
  | { readonly type: 'attached'; readonly device: Omit<Device, 'enumeratedAtMs'>; readonly monotonicMs: number }
  | { readonly type: 'detached'; readonly deviceId: string }
  | { readonly type: 'heard'; readonly deviceId: string; readonly monotonicMs: number }
  | { readonly type: 'reset'; readonly usbPath: string; readonly report: BoardReport };

export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const usbPathOf = (slot: number): string => `pci-0000:00:14.0/1.${Math.ceil(slot / 8)}.${((slot - 1) % 8) + 1}`;

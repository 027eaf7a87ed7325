// The machine as the doctor's checks ask it: nothing but questions, so that a test plants any trouble. Knows no station.
import type { Clock } from '../bench/clock.ts';
import type { Trouble } from '../bench/hardware/usb-readiness.ts';
import type { NodeRights, UsbDevice, UsbHub } from '../bench/hardware/usb-tree.ts';

export interface Machine {
  /** Text of a small file; null when it is absent or may not be read. */
  readText(path: string): Promise<string | null>;
  /** Names in a folder; empty when it is absent or may not be read. */
  list(folder: string): Promise<readonly string[]>;
  /** The path behind all symbolic links; null when there is none. */
  resolved(path: string): Promise<string | null>;
  /** Whether this process may read and write a node. */
  rights(path: string): NodeRights;
  /** Runs a program without a shell and with a time limit; null when it is not there or did not end. */
  run(program: string, args: readonly string[]): Promise<ProgramAnswer | null>;
  env(name: string): string | undefined;
  readonly clock: Clock;
  readonly pid: number;
  readonly isRoot: boolean;
  /** Without a leading `v`. */
  readonly nodeVersion: string;
  /** Null without a terminal. */
  readonly terminal: { readonly columns: number; readonly rows: number } | null;
  /** Bytes that this user can still write in a folder, or in the nearest one above that is there. */
  freeBytes(folder: string): Promise<number>;
  /** Milliseconds of each of some appends of a journal line with its fdatasync. Rejects with an errno `code`. Leaves nothing behind. */
  timeSyncs(folder: string): Promise<readonly number[]>;
  /** Whether an index of records can be kept in a folder. Rejects with SQLite's own error. Leaves nothing behind. */
  tryIndex(folder: string): Promise<void>;
  readonly usb: MachineUsb;
}

export interface ProgramAnswer {
  readonly exitCode: number;
  readonly stdout: string;
}

export interface MachineUsb {
  readonly isPresent: boolean;
  devices(): Promise<readonly UsbDevice[]>;
  /** Root hubs included. */
  hubs(): Promise<readonly UsbHub[]>;
  /** What keeps a device from being opened; null when nothing does. */
  troubleWith(device: UsbDevice): Trouble | null;
}

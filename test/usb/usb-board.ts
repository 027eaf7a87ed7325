// A simulated board on an emulated USB bus: one place in the rack, one socket to QEMU. Knows boards and usbredir, no flasher.
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BoardEnumeration, SimulatedBoard } from '../../src/bench/simulator/board.ts';
import { type BoardDescriptors, describeBoard } from './descriptors.ts';
import { UsbRedirPort } from './usbredir.ts';

const pieceBytes = 4096;

export interface Enumeration {
  readonly shown: BoardEnumeration;
  /** Milliseconds from showing it to QEMU until the host's first byte; null while there is none. */
  readonly firstByteMs: number | null;
}

/** A place with a socket that QEMU connects to. A hand puts boards in and takes them out. */
export class UsbPlace {
  /** Hub port chain, as QEMU's `port=` has it. */
  readonly chain: string;
  readonly socketPath: string;
  readonly #server: Server;
  #port: UsbRedirPort | null = null;
  #board: SimulatedBoard | null = null;
  #shown: { readonly enumeration: BoardEnumeration; readonly descriptors: BoardDescriptors } | null = null;
  #reads = true;
  /** Bytes that the board has not taken, with what tells the host that it has. */
  #stuck: (() => void)[] = [];
  readonly #past: Enumeration[] = [];

  constructor(chain: string, socketPath: string) {
    this.chain = chain;
    this.socketPath = socketPath;
    this.#server = createServer((socket) => {
      this.#port = new UsbRedirPort(socket);
      if (this.#shown !== null) this.#show();
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => this.#server.once('error', reject).listen(this.socketPath, resolve));
  }

  /** What was shown here so far, what is shown now last. */
  get enumerations(): readonly Enumeration[] {
    const now = this.#times();
    return now === null ? this.#past : [...this.#past, now];
  }

  get board(): SimulatedBoard | null {
    return this.#board;
  }

  insert(board: SimulatedBoard): void {
    if (this.#board !== null) throw new Error(`a board is already at ${this.chain}`);
    this.#board = board;
    board.listen({
      onEnumerate: (enumeration) => this.#enumerate(enumeration),
      onSend: (interfaceNumber, bytes) => {
        const endpoint = this.#shown?.descriptors.byInterface.get(interfaceNumber)?.in;
        if (endpoint !== undefined) this.#port?.sendIn(endpoint, bytes);
      },
      onReading: (reads) => {
        this.#reads = reads;
        if (reads) for (const taken of this.#stuck.splice(0)) taken();
      },
      onReset: () => undefined,
      onPull: () => this.remove(),
    });
    board.setPower(true);
  }

  remove(): SimulatedBoard | null {
    const board = this.#board;
    board?.setPower(false);
    board?.listen(null);
    this.#board = null;
    if (this.#shown !== null) this.#enumerate(null);
    return board;
  }

  /** Every byte, however many: each piece when the host has taken the one before. Ends early when the board leaves. */
  async sendAll(interfaceNumber: number, bytes: Uint8Array): Promise<void> {
    const shown = this.#shown;
    const endpoint = shown?.descriptors.byInterface.get(interfaceNumber)?.in;
    if (endpoint === undefined) return;
    for (let offset = 0; offset < bytes.length && this.#shown === shown; offset += pieceBytes) {
      this.#port?.sendIn(endpoint, bytes.subarray(offset, offset + pieceBytes));
      while (this.#shown === shown && (this.#port?.unsent(endpoint) ?? 0) > 0) await sleep(1);
    }
  }

  close(): void {
    this.remove();
    this.#server.close();
  }

  #enumerate(enumeration: BoardEnumeration | null): void {
    const ended = this.#times();
    if (ended !== null) this.#past.push(ended);
    this.#shown = enumeration === null ? null : { enumeration, descriptors: describeBoard(enumeration) };
    this.#reads = true;
    this.#stuck = [];
    if (this.#shown === null) this.#port?.disconnect();
    else this.#show();
  }

  #show(): void {
    const shown = this.#shown;
    if (shown === null) return;
    const { descriptors } = shown;
    this.#port?.connect({
      descriptors,
      onBulkOut: (endpoint, bytes, taken) => {
        const found = [...descriptors.byInterface].find(([, pair]) => pair.out === endpoint);
        if (found === undefined) return;
        const take = (): void => {
          taken();
          if (this.#shown === shown) this.#board?.receive(found[0], Uint8Array.from(bytes));
        };
        if (this.#reads) take();
        else this.#stuck.push(take);
      },
    });
  }

  #times(): Enumeration | null {
    if (this.#shown === null || this.#port === null) return null;
    const { firstByteAtMs, connectedAtMs } = this.#port;
    const firstByteMs = firstByteAtMs === null || connectedAtMs === null ? null : firstByteAtMs - connectedAtMs;
    return { shown: this.#shown.enumeration, firstByteMs };
  }
}

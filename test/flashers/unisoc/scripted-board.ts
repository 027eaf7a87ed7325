// A scripted peer for the UNISOC flashers: answers as the reference says each stage does, logs what it was told, and does a fault where a
// test wants one. Its frames come from the host's codec, which the golden vectors prove; the simulated boards have their own.
import type { Clock, Timer } from '../../../src/bench/clock.ts';
import type { CloseReason, IoOptions, Transport } from '../../../src/bench/transport.ts';
import { fault } from '../../../src/domain/failure.ts';
import { parseNv } from '../../../src/flashers/unisoc/nv.ts';
import { crc16XmodemCheck, type FrameCheck, HdlcDecoder, HdlcEncoder, sum16Check } from '../../../src/framing/hdlc.ts';
import { buildNv, type NvItems, sealNv } from './nv-samples.ts';

export type BoardStage = 'pdl' | 'rom' | 'fdl1' | 'fdl2' | 'norfdl' | 'reset';

/** One command as the board saw it, e.g. `fdl2 START 60010000 102`. */
export interface Seen {
  readonly text: string;
  readonly stage: BoardStage;
  readonly type: number;
  readonly data: Uint8Array;
  /** Of all commands, from 0. */
  readonly index: number;
}

/** A reply type in place of the board's own, raw bytes, nothing at all, or the end. */
export type Interference = number | Uint8Array | 'silence' | 'unplug';

export interface BoardOptions {
  readonly chip: '8910' | '8850';
  readonly nv: Uint8Array;
  readonly interfere?: (seen: Seen, board: ScriptedBoard) => Interference | undefined;
  /** What EXEC is answered with; default ACK. */
  readonly execReply?: number;
  /** After the command was done, before its reply goes out. */
  readonly afterwards?: (seen: Seen, board: ScriptedBoard) => void;
  /** The ROM has sent its VER to somebody before. */
  readonly isAwake?: boolean;
  /** How many bytes one read gives at most. */
  readonly pieceBytes?: number;
}

const names: Readonly<Record<number, string>> = {
  0: 'CONNECT',
  1: 'START',
  2: 'MIDST',
  3: 'END',
  4: 'EXEC',
  5: 'RESET',
  6: 'READ',
  10: 'ERASE',
};
const pdlNames: Readonly<Record<number, string>> = { 0: 'CONNECT', 4: 'START', 5: 'MID', 6: 'END', 7: 'EXEC' };
const versions = { rom: 'SPRD3\0', fdl: 'Spreadtrum Boot Block version 1.2\0' };
const fixedNv = 0xfe000003;

export class ScriptedBoard implements Transport {
  readonly serialPath = '/dev/scripted';
  readonly seen: Seen[] = [];
  readonly writes: Uint8Array[] = [];
  /** Address to the bytes that an END completed, RAM loaders too. */
  readonly images = new Map<number, Uint8Array>();
  readonly erased: string[] = [];
  stage: BoardStage;
  items: NvItems;
  readonly closed: Promise<CloseReason>;
  readonly #options: BoardOptions;
  readonly #clock: Clock;
  #nv: Uint8Array;
  #flags = 0;
  #isInPackets: boolean;
  #decoder: HdlcDecoder;
  #pdl: number[] = [];
  #download: { readonly address: number; readonly size: number; readonly parts: number[] } | null = null;
  #received: number[] = [];
  #waiting: { readonly settle: () => void } | null = null;
  #isClosed = false;
  #tellClosed: (reason: CloseReason) => void = () => {};

  constructor(clock: Clock, options: BoardOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#nv = options.nv;
    this.items = itemsOf(options.nv);
    this.stage = options.chip === '8910' ? 'pdl' : 'rom';
    this.#isInPackets = options.isAwake ?? false;
    this.#decoder = new HdlcDecoder(this.#check(), 0x4000);
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
  }

  texts(): string[] {
    return this.seen.map(({ text }) => text);
  }

  unplug(): void {
    this.#isClosed = true;
    this.#tellClosed('unplugged');
    this.#waiting?.settle();
  }

  write(bytes: Uint8Array, { signal }: IoOptions): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#isClosed) return Promise.reject(fault('transport-closed', 'write'));
    this.writes.push(bytes.slice());
    if (this.stage === 'pdl') this.#takePdl(bytes);
    else this.#takeBsl(bytes);
    return Promise.resolve();
  }

  async read({ timeoutMs, signal }: IoOptions): Promise<Uint8Array> {
    if (signal?.aborted) throw signal.reason;
    if (this.#received.length === 0 && !this.#isClosed && timeoutMs > 0) await this.#wait(timeoutMs, signal);
    if (signal?.aborted) throw signal.reason;
    if (this.#received.length === 0 && this.#isClosed) throw fault('transport-closed', 'read');
    return Uint8Array.from(this.#received.splice(0, this.#options.pieceBytes ?? this.#received.length));
  }

  take(): Uint8Array {
    return Uint8Array.from(this.#received.splice(0));
  }

  discardReceived(): number {
    return this.#received.splice(0).length;
  }

  setBaudRate(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.unplug();
    return Promise.resolve();
  }

  /** As the device would send unasked. */
  say(bytes: Uint8Array): void {
    this.#received.push(...bytes);
    this.#waiting?.settle();
  }

  frame(type: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
    return new HdlcEncoder(this.#check(), 0x4000).encode(type, data).slice();
  }

  #wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const settle = (): void => {
        this.#waiting = null;
        timer?.cancel();
        signal?.removeEventListener('abort', settle);
        resolve();
      };
      timer = this.#clock.after(timeoutMs, settle);
      signal?.addEventListener('abort', settle, { once: true });
      this.#waiting = { settle };
    });
  }

  #check(): FrameCheck {
    return this.stage === 'rom' ? crc16XmodemCheck : sum16Check;
  }

  #enter(stage: BoardStage): void {
    this.stage = stage;
    this.#flags = 0;
    this.#isInPackets = stage === 'fdl2';
    this.#download = null;
    this.#decoder = new HdlcDecoder(this.#check(), 0x4000);
  }

  #takeBsl(bytes: Uint8Array): void {
    if (!this.#isInPackets) {
      for (const byte of bytes) this.#flags = byte === 0x7e ? this.#flags + 1 : 0;
      if (this.#flags < (this.stage === 'fdl1' ? 1 : 3)) return;
      this.#isInPackets = true;
      this.say(this.frame(0x81, Buffer.from(this.stage === 'rom' ? versions.rom : versions.fdl)));
      return;
    }
    for (const event of this.#decoder.push(bytes)) {
      if (event.kind === 'broken') throw new Error(`the board panics: ${event.reason}`);
      this.#command(event.type, event.data);
    }
  }

  #command(type: number, data: Uint8Array): void {
    const words = Array.from({ length: data.length >>> 2 }, (_, i) =>
      new DataView(data.buffer, data.byteOffset).getUint32(i * 4),
    );
    const shown = type === 2 ? [data.length] : words.map((word) => word.toString(16));
    const seen: Seen = {
      text: [this.stage, names[type] ?? type, ...shown].join(' '),
      stage: this.stage,
      type,
      data,
      index: this.seen.length,
    };
    this.seen.push(seen);
    if (this.#interfered(seen)) return;
    // Built before the stage changes: the ROM acknowledges EXEC in its own framing.
    const acknowledgement = this.frame(type === 4 ? (this.#options.execReply ?? 0x80) : 0x80);
    const reply = this.#answer(type, data, words);
    this.#options.afterwards?.(seen, this);
    this.say(reply === 0x80 ? acknowledgement : typeof reply === 'number' ? this.frame(reply) : reply);
  }

  #interfered(seen: Seen): boolean {
    const interference = this.#options.interfere?.(seen, this);
    if (interference === undefined) return false;
    if (interference === 'unplug') this.unplug();
    else if (interference !== 'silence') this.say(typeof interference === 'number' ? this.frame(interference) : interference);
    return true;
  }

  #answer(type: number, data: Uint8Array, [address = 0, size = 0, offset = 0]: readonly number[]): number | Uint8Array {
    switch (type) {
      case 0:
        return 0x80;
      case 1:
        this.#download = { address, size, parts: [] };
        return 0x80;
      case 2:
        if (this.#download === null) return 0x86;
        this.#download.parts.push(...data);
        return this.#download.parts.length > this.#download.size ? 0x8a : 0x80;
      case 3:
        return this.#end();
      case 4:
        this.#enter(this.stage === 'rom' ? 'norfdl' : 'fdl2');
        return 0x80;
      case 5:
        this.stage = 'reset';
        return 0x80;
      case 6:
        if (offset >= this.#nv.length) return 0x82;
        return this.frame(0x93, this.#nv.slice(offset, offset + size));
      case 10:
        this.erased.push(`${address.toString(16)} ${size.toString(16)}`);
        return 0x80;
      default:
        return 0x82;
    }
  }

  #end(): number {
    const download = this.#download;
    this.#download = null;
    if (download === null) return 0x86;
    if (download.parts.length !== download.size) return 0x8a;
    const bytes = Uint8Array.from(download.parts);
    this.images.set(download.address, bytes);
    if (download.address === fixedNv) this.writeNv({ ...this.items, ...itemsOf(bytes) });
    return download.address === fixedNv && !isSealed(bytes) ? 0x84 : 0x80;
  }

  writeNv(items: NvItems): void {
    this.items = items;
    this.#nv = buildNv(items, this.#nv.length);
  }

  #takePdl(bytes: Uint8Array): void {
    this.#pdl.push(...bytes);
    const view = new DataView(Uint8Array.from(this.#pdl).buffer);
    if (this.#pdl.length < 8) return;
    const length = view.getUint32(1, true);
    if (this.#pdl.length < 8 + length) return;
    const data = Uint8Array.from(this.#pdl.slice(8 + 12, 8 + length));
    const [type, address, size] = [view.getUint32(8, true), view.getUint32(12, true), view.getUint32(16, true)];
    this.#pdl = [];
    const text = `pdl ${pdlNames[type] ?? type} ${address.toString(16)} ${size.toString(16)}`;
    const seen: Seen = { text, stage: 'pdl', type, data, index: this.seen.length };
    this.seen.push(seen);
    if (this.#interfered(seen)) return;
    if (type === 4) this.#download = { address, size, parts: [] };
    if (type === 5) this.#download?.parts.push(...data);
    if (type === 6 && this.#download) this.images.set(this.#download.address, Uint8Array.from(this.#download.parts));
    if (type === 7) this.#enter('fdl1');
    else this.say(pdlReply(0));
  }
}

export const pdlReply = (status: number): Uint8Array =>
  Uint8Array.of(0xae, 4, 0, 0, 0, status === 0 ? 0xff : 0xee, 0, 0, status, 0, 0, 0);

const itemsOf = (blob: Uint8Array): NvItems => Object.fromEntries((parseNv(blob) ?? []).map(({ id, data }) => [id, [...data]]));

const isSealed = (blob: Uint8Array): boolean => Buffer.from(sealNv(blob.slice())).equals(blob);

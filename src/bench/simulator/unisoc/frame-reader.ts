// Finds frames in what the host sends, as the chip's own byte state machines do. Knows no command and answers nothing.
// Source: unisoc.md §3 rules 4 to 8 (the loaders), §6 and §8.1 (the 8850 ROM).
import { type Checksum, escapeByte, flag } from './wire.ts';

export interface Frame {
  readonly kind: 'frame';
  readonly type: number;
  readonly data: Uint8Array;
  /** The check value holds, and the size field is that of the frame. */
  readonly isSound: boolean;
}

export type Received = Frame | { readonly kind: 'dropped'; readonly reason: string };

export interface FrameReaderOptions {
  readonly checksum: Checksum;
  /** Bytes of type, size, data and check that fit. More are dropped until the next flag. */
  readonly limitBytes: number;
  /** The loaders count the bytes that the size field names; the ROM goes by the flags alone. */
  readonly endsBySize: boolean;
}

const overheadBytes = 6;

export class FrameReader {
  private readonly options: FrameReaderOptions;
  private readonly buffer: Uint8Array;
  private length = 0;
  /** Between flags; else everything up to the next flag is lost. */
  private isRunning = false;
  private isEscaped = false;

  constructor(options: FrameReaderOptions) {
    this.options = options;
    this.buffer = new Uint8Array(options.limitBytes);
  }

  push(bytes: Uint8Array): readonly Received[] {
    const received: Received[] = [];
    const { length } = bytes;
    for (let at = this.takePlain(bytes, 0); at < length; at = this.takePlain(bytes, at + 1)) {
      const byte = bytes[at] ?? 0;
      const found = byte === flag ? this.takeFlag() : this.takeByte(byte);
      if (found) received.push(found);
    }
    return received;
  }

  /** Once the header is in: data up to the next byte that a rule is about. Gives the place of that one. */
  private takePlain(bytes: Uint8Array, start: number): number {
    if (!this.isRunning || this.isEscaped || this.length < overheadBytes) return start;
    const { buffer } = this;
    const { limitBytes, endsBySize } = this.options;
    const fullLength = endsBySize ? Math.min(this.wholeLength(), limitBytes) : limitBytes;
    const end = Math.min(bytes.length, start + fullLength - this.length);
    let { length } = this;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === flag || byte === escapeByte) break;
      buffer[length++] = byte;
    }
    this.length = length;
    return at;
  }

  private takeFlag(): Received | null {
    const { length } = this;
    const isWhole = length >= overheadBytes && (!this.options.endsBySize || length === this.wholeLength());
    const found = isWhole ? this.frame() : length > 0 ? dropped(`a flag after ${length} bytes of a frame`) : null;
    this.isRunning = true;
    this.isEscaped = false;
    this.length = 0;
    return found;
  }

  private takeByte(byte: number): Received | null {
    if (!this.isRunning) return null;
    if (this.options.endsBySize && this.length >= overheadBytes && this.length === this.wholeLength()) {
      return this.giveUp('no flag after the check bytes');
    }
    if (byte === escapeByte) {
      this.isEscaped = true;
      return null;
    }
    if (this.length === this.options.limitBytes) return this.giveUp(`a frame of more than ${this.options.limitBytes} bytes`);
    this.buffer[this.length++] = this.isEscaped ? byte | 0x20 : byte;
    this.isEscaped = false;
    return null;
  }

  private giveUp(reason: string): Received {
    this.isRunning = false;
    this.length = 0;
    return dropped(reason);
  }

  /** What the size field says, as far as it has arrived. */
  private wholeLength(): number {
    return (((this.buffer[2] ?? 0) << 8) | (this.buffer[3] ?? 0)) + overheadBytes;
  }

  private frame(): Frame {
    const body = this.buffer.slice(0, this.length - 2);
    const [first, second] = this.options.checksum(body);
    const checkHolds = this.buffer[this.length - 2] === first && this.buffer[this.length - 1] === second;
    return {
      kind: 'frame',
      type: ((body[0] ?? 0) << 8) | (body[1] ?? 0),
      data: body.subarray(4),
      isSound: checkHolds && this.length === this.wholeLength(),
    };
  }
}

const dropped = (reason: string): Received => ({ kind: 'dropped', reason });

/** What a stage waits for before it reads frames: this many bare flags in a row (unisoc.md §8.4). */
export class FlagGate {
  private readonly needed: number;
  private count = 0;

  constructor(needed: number) {
    this.needed = needed;
  }

  get isOpen(): boolean {
    return this.count >= this.needed;
  }

  /** Takes bytes until it opens. `flags`: how many it saw; `rest`: what came after the one that opened it. */
  take(bytes: Uint8Array): { readonly flags: number; readonly rest: Uint8Array } {
    let flags = 0;
    let taken = 0;
    while (taken < bytes.length && !this.isOpen) {
      const isFlag = bytes[taken++] === flag;
      this.count = isFlag ? this.count + 1 : 0;
      if (isFlag) flags += 1;
    }
    return { flags, rest: bytes.subarray(taken) };
  }
}

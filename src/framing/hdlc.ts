// UNISOC's BSL frames (unisoc.md §3): `7E | escape(type u16BE, size u16BE, data, check) | 7E`, with either check. Knows no
// command, no reply and no stage. Encoding and decoding run on buffers allocated once.
import { crc16Xmodem } from './crc16.ts';
import { sum16 } from './sum16.ts';

export interface FrameCheck {
  readonly name: 'sum16' | 'crc16-xmodem';
  /** The check of `bytes[start, end)`; its high byte goes first on the wire. */
  readonly of: (bytes: Uint8Array, start: number, end: number) => number;
}

export const sum16Check: FrameCheck = { name: 'sum16', of: sum16 };
export const crc16XmodemCheck: FrameCheck = { name: 'crc16-xmodem', of: crc16Xmodem };

export const flagByte = 0x7e;
const escapeByte = 0x7d;
const escapeBit = 0x20;
const headBytes = 4;
const checkBytes = 2;

/** Encodes frames into one buffer of its own. */
export class HdlcEncoder {
  readonly #check: FrameCheck;
  readonly #body: Uint8Array;
  readonly #wire: Uint8Array;

  /** `maxDataBytes`: the largest data a frame will carry. */
  constructor(check: FrameCheck, maxDataBytes: number) {
    const bodyBytes = headBytes + maxDataBytes + checkBytes;
    this.#check = check;
    this.#body = new Uint8Array(bodyBytes);
    this.#wire = new Uint8Array(bodyBytes * 2 + 2);
  }

  /**
   * The whole wire image; everything between the flags is escaped, the size too. The view is valid until the next call.
   * Throws `RangeError` for an odd data size (host and device rules for the check differ there, §4.3) and for one above the buffer.
   */
  encode(type: number, data: Uint8Array): Uint8Array {
    const body = this.#body;
    const checked = headBytes + data.length;
    if (data.length % 2 !== 0) throw new RangeError(`odd data size ${data.length}: never sent`);
    if (checked + checkBytes > body.length) throw new RangeError(`data size ${data.length} is above the encoder's buffer`);
    body[0] = type >>> 8;
    body[1] = type & 0xff;
    body[2] = data.length >>> 8;
    body[3] = data.length & 0xff;
    body.set(data, headBytes);
    const check = this.#check.of(body, 0, checked);
    body[checked] = check >>> 8;
    body[checked + 1] = check & 0xff;
    return this.#wire.subarray(0, this.#escape(checked + checkBytes));
  }

  #escape(length: number): number {
    const body = this.#body;
    const wire = this.#wire;
    let at = 0;
    wire[at++] = flagByte;
    for (let i = 0; i < length; i++) {
      const byte = body[i] ?? 0;
      if (byte === flagByte || byte === escapeByte) {
        wire[at++] = escapeByte;
        wire[at++] = byte ^ escapeBit;
      } else wire[at++] = byte;
    }
    wire[at++] = flagByte;
    return at;
  }
}

export interface HdlcFrame {
  readonly kind: 'frame';
  readonly type: number;
  readonly data: Uint8Array;
}

/** A frame that is not one: wrong check, a size field that does not fit, more than the buffer holds, or an escape before a flag. */
export interface BrokenFrame {
  readonly kind: 'broken';
  readonly reason: 'checksum' | 'size' | 'overlong' | 'escape';
  readonly expected: number;
  readonly actual: number;
}

export type HdlcEvent = HdlcFrame | BrokenFrame;

/**
 * Turns a byte stream into frames, however it is cut. Bytes before the first flag are noise; an empty or short frame between
 * flags is nothing; one flag may close a frame and open the next (§3, rules 5, 7, 13).
 */
export class HdlcDecoder {
  readonly #check: FrameCheck;
  readonly #body: Uint8Array;
  #length = 0;
  #inside = false;
  #escaped = false;
  #overlong = false;

  constructor(check: FrameCheck, maxDataBytes: number) {
    this.#check = check;
    this.#body = new Uint8Array(headBytes + maxDataBytes + checkBytes);
  }

  push(chunk: Uint8Array): HdlcEvent[] {
    const events: HdlcEvent[] = [];
    const { length } = chunk;
    for (let at = 0; at < length; at++) {
      if (this.#inside) at = this.#take(chunk, at);
      if (at < length && chunk[at] === flagByte) this.#close(events);
    }
    return events;
  }

  /** Forgets a frame begun: what comes before the next flag is noise again. */
  reset(): void {
    this.#inside = false;
  }

  /** Takes `chunk` from `start` to the next flag or its end, and gives that place. */
  #take(chunk: Uint8Array, start: number): number {
    const body = this.#body;
    const limit = body.length;
    const end = chunk.length;
    let length = this.#length;
    let escaped = this.#escaped;
    let at = start;
    for (; at < end; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === flagByte) break;
      if (byte === escapeByte && !escaped) escaped = true;
      else if (length === limit) this.#overlong = true;
      else {
        body[length++] = escaped ? byte | escapeBit : byte;
        escaped = false;
      }
    }
    this.#length = length;
    this.#escaped = escaped;
    return at;
  }

  #close(events: HdlcEvent[]): void {
    if (this.#inside && this.#length >= headBytes + checkBytes) events.push(this.#event());
    this.#inside = true;
    this.#length = 0;
    this.#escaped = false;
    this.#overlong = false;
  }

  #event(): HdlcEvent {
    const body = this.#body;
    const size = u16(body, 2);
    const received = this.#length - headBytes - checkBytes;
    if (this.#overlong)
      return { kind: 'broken', reason: 'overlong', expected: body.length - headBytes - checkBytes, actual: size };
    if (this.#escaped) return { kind: 'broken', reason: 'escape', expected: flagByte ^ escapeBit, actual: flagByte };
    if (size !== received) return { kind: 'broken', reason: 'size', expected: size, actual: received };
    const expected = this.#check.of(body, 0, headBytes + size);
    const actual = u16(body, headBytes + size);
    if (expected !== actual) return { kind: 'broken', reason: 'checksum', expected, actual };
    return { kind: 'frame', type: u16(body, 0), data: body.slice(headBytes, headBytes + size) };
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

// ASR's SMUX frames (asr.md §6): `7E | 7D type^20 (not for STDIO) | escaped payload | 7E`. No length, no check, no sequence
// number. Knows no command, no reply and no session. Encoding and decoding run on buffers allocated once.

/** The frame types and the number that goes, XOR 0x20, into the second type byte. STDIO frames carry no type bytes. */
export const smuxTypes = { STDIO: 0, HELLO: 1, HELLO_REPLY: 2, ABOOT_CMD: 3, ABOOT_DATA: 4, HEART_BEAT: 5 } as const;

export type SmuxType = keyof typeof smuxTypes;

export const smuxFlag = 0x7e;
const escapeByte = 0x7d;
const escapeBit = 0x20;
const escapedFlag = smuxFlag ^ escapeBit;
const escapedEscape = escapeByte ^ escapeBit;

const typeNames: readonly SmuxType[] = ['STDIO', 'HELLO', 'HELLO_REPLY', 'ABOOT_CMD', 'ABOOT_DATA', 'HEART_BEAT'];

/** Encodes frames into one buffer of its own. */
export class SmuxEncoder {
  readonly #wire: Uint8Array;
  readonly #maxPayloadBytes: number;

  /** `maxPayloadBytes`: the most a frame will carry before escaping; on the wire it takes up to twice that and 4 bytes. */
  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#wire = new Uint8Array(maxPayloadBytes * 2 + 4);
  }

  /** The whole wire image; the view is valid until the next call. Throws `RangeError` for an empty payload or one above the buffer. */
  encode(type: SmuxType, payload: Uint8Array): Uint8Array {
    const { length } = payload;
    if (length === 0) throw new RangeError('a frame without payload is no frame');
    if (length > this.#maxPayloadBytes) throw new RangeError(`payload of ${length} bytes is above the buffer`);
    const wire = this.#wire;
    let at = 0;
    wire[at++] = smuxFlag;
    if (type !== 'STDIO') {
      wire[at++] = escapeByte;
      wire[at++] = smuxTypes[type] ^ escapeBit;
    }
    for (let i = 0; i < length; i++) {
      const byte = payload[i] ?? 0;
      if (byte === smuxFlag || byte === escapeByte) {
        wire[at++] = escapeByte;
        wire[at++] = byte ^ escapeBit;
      } else wire[at++] = byte;
    }
    wire[at++] = smuxFlag;
    return wire.subarray(0, at);
  }
}

export interface SmuxFrame {
  readonly kind: 'frame';
  readonly type: SmuxType;
  readonly payload: Uint8Array;
}

/** `overlong`: a payload above the MTU, the whole frame dropped. `escape`: one byte after 7D that means nothing, dropped alone. */
export interface SmuxError {
  readonly kind: 'broken';
  readonly reason: 'overlong' | 'escape';
  /** The byte that was one too many, or that followed 7D. */
  readonly byte: number;
}

export type SmuxEvent = SmuxFrame | SmuxError;

/**
 * Turns a byte stream into frames, however it is cut (§6, receiver rules 1 to 6). A frame that ends leaves the stream outside: the next
 * frame needs a 7E of its own. A 7E without payload stays inside and forgets the type.
 */
export class SmuxDecoder {
  readonly #payload: Uint8Array;
  #length = 0;
  #type: SmuxType = 'STDIO';
  #inside = false;
  #escaped = false;

  constructor(maxPayloadBytes: number) {
    this.#payload = new Uint8Array(maxPayloadBytes);
  }

  push(chunk: Uint8Array): SmuxEvent[] {
    const events: SmuxEvent[] = [];
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (!this.#inside) {
        if (byte === smuxFlag) this.#open();
      } else if (this.#escaped) this.#unescape(byte, events);
      else if (byte === smuxFlag) this.#close(events);
      else if (byte === escapeByte) this.#escaped = true;
      else this.#take(byte, events);
    }
    return events;
  }

  #open(): void {
    this.#inside = true;
    this.#length = 0;
    this.#type = 'STDIO';
  }

  #close(events: SmuxEvent[]): void {
    if (this.#length === 0) {
      this.#type = 'STDIO';
      return;
    }
    events.push({ kind: 'frame', type: this.#type, payload: this.#payload.slice(0, this.#length) });
    this.#inside = false;
  }

  #unescape(byte: number, events: SmuxEvent[]): void {
    this.#escaped = false;
    const type = typeNames[byte ^ escapeBit];
    // 5E and 5D are tested first: they are data, never a type.
    if (byte === escapedFlag || byte === escapedEscape) this.#take(byte ^ escapeBit, events);
    else if (type !== undefined) this.#type = type;
    else events.push({ kind: 'broken', reason: 'escape', byte });
  }

  #take(byte: number, events: SmuxEvent[]): void {
    if (this.#length === this.#payload.length) {
      events.push({ kind: 'broken', reason: 'overlong', byte });
      this.#inside = false;
      return;
    }
    this.#payload[this.#length++] = byte;
  }
}

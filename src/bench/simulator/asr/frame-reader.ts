// Cuts the host's byte stream into SMUX frames and preambles, whatever the sizes it comes in. Knows no session.
// Source: asr.md §5.2 and the receiver rules of §6.
import { delimiter, escapeByte, escaped, type FrameType, frameTypes, typeBase } from './wire.ts';

export type Incoming =
  /** `55 55 55 55 7E` */
  | { readonly kind: 'preamble' }
  | { readonly kind: 'frame'; readonly type: FrameType; readonly payload: Uint8Array }
  /** A rule of the framing is broken; what broke it is dropped. */
  | { readonly kind: 'bad'; readonly reason: string };

type State = 'outside' | 'inside' | 'dropping';

const preambleByte = 0x55;
const preambleLength = 4;
const largestPayload = 0x10000;
const types: readonly FrameType[] = Object.values(frameTypes);

export class FrameReader {
  private readonly onMessage: (message: Incoming) => void;
  private readonly payload = new Uint8Array(largestPayload);
  private length = 0;
  private type: FrameType = frameTypes.STDIO;
  private state: State = 'outside';
  private isEscaping = false;
  private preambleBytes = 0;
  private limit: number;

  /** `limit`: the longest payload before escaping. */
  constructor(limit: number, onMessage: (message: Incoming) => void) {
    this.limit = limit;
    this.onMessage = onMessage;
  }

  setLimit(limit: number): void {
    this.limit = Math.min(limit, largestPayload);
  }

  push(bytes: Uint8Array): void {
    const { length } = bytes;
    for (let at = this.takePlain(bytes, 0); at < length; at = this.takePlain(bytes, at + 1)) {
      const byte = bytes[at] ?? 0;
      if (byte === delimiter) this.delimit();
      else if (this.state === 'inside') this.takeInside(byte);
      else this.preambleBytes = this.state === 'outside' && byte === preambleByte ? this.preambleBytes + 1 : 0;
    }
  }

  /** In a frame: payload up to the next byte that a rule is about. Gives the place of that one. */
  private takePlain(bytes: Uint8Array, start: number): number {
    if (this.state !== 'inside' || this.isEscaping) return start;
    const { payload } = this;
    const end = Math.min(bytes.length, start + this.limit - this.length);
    let { length } = this;
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === delimiter || byte === escapeByte) break;
      payload[length++] = byte;
    }
    this.length = length;
    return at;
  }

  private delimit(): void {
    const isPreamble = this.state === 'outside' && this.preambleBytes >= preambleLength;
    const ended = this.state === 'inside' && this.length > 0 ? this.payload.slice(0, this.length) : null;
    const { type } = this;
    this.state = ended || this.state === 'dropping' ? 'outside' : 'inside';
    this.length = 0;
    this.type = frameTypes.STDIO;
    this.isEscaping = false;
    this.preambleBytes = 0;
    if (isPreamble) this.onMessage({ kind: 'preamble' });
    if (ended) this.onMessage(isPreambleText(type, ended) ? { kind: 'preamble' } : { kind: 'frame', type, payload: ended });
  }

  private takeInside(byte: number): void {
    if (!this.isEscaping) {
      if (byte === escapeByte) this.isEscaping = true;
      else this.append(byte);
      return;
    }
    this.isEscaping = false;
    const type = types.find((candidate) => candidate === byte - typeBase);
    if (byte === escaped.delimiter) this.append(delimiter);
    else if (byte === escaped.escapeByte) this.append(escapeByte);
    else if (type !== undefined) this.type = type;
    else this.onMessage({ kind: 'bad', reason: `unknown escape 7D ${byte.toString(16).toUpperCase().padStart(2, '0')}` });
  }

  private append(byte: number): void {
    if (this.length < this.limit) {
      this.payload[this.length++] = byte;
      return;
    }
    this.state = 'dropping';
    this.length = 0;
    this.onMessage({ kind: 'bad', reason: `a payload longer than ${this.limit} bytes` });
  }
}

/** Of two preambles in a row the 7E of the first opens a frame, so the second comes as one. */
const isPreambleText = (type: FrameType, payload: Uint8Array): boolean =>
  type === frameTypes.STDIO && payload.length >= preambleLength && payload.every((byte) => byte === preambleByte);

// Turns the host's bytes into what the device reads: always an 8-byte header first, a pair of sync words being one.
// Knows no state of a download and no time; who owns it says when a partial frame has waited too long. Source: eigencomm.md §4, §5.
import { crc32 } from 'node:zlib';
import { ByteQueue } from '../byte-queue.ts';
import {
  byteSum,
  dataCommands,
  errorCodes,
  type Framing,
  lengthCheckByte,
  orderBytes,
  type Stage,
  syncWords,
  u32At,
} from './wire.ts';

export interface RequestFrame {
  readonly kind: 'frame';
  readonly framing: Framing;
  readonly command: number;
  readonly index: number;
  readonly data: Uint8Array;
}

export interface BadFrame {
  readonly kind: 'bad';
  readonly framing: Framing;
  readonly command: number;
  readonly index: number;
  readonly errorCode: number;
  readonly reason: string;
}

export type Incoming = { readonly kind: 'sync'; readonly stage: Stage } | RequestFrame | BadFrame;

type Header = Omit<RequestFrame, 'kind' | 'data'> & { readonly bytes: Uint8Array };

/** The agent masks a length to 17 bits. */
const agentLengthMask = 0x1ffff;
const romLengthLimit = 0x10000;
const headerBytes = 8;

export class FrameReader {
  private readonly stage: 'rom' | 'agent';
  private readonly queue = new ByteQueue();
  /** After a header that cannot be trusted everything is thrown away until the line falls quiet. */
  private skipping = false;

  constructor(stage: 'rom' | 'agent') {
    this.stage = stage;
  }

  push(bytes: Uint8Array): void {
    if (!this.skipping) this.queue.push(bytes);
  }

  /** `begun`: fewer bytes than a header has, a lone sync word among them. `partial`: a header whose body is not whole. */
  get state(): 'empty' | 'begun' | 'partial' | 'skipping' {
    if (this.skipping) return 'skipping';
    if (this.queue.length >= headerBytes) return 'partial';
    return this.queue.length > 0 ? 'begun' : 'empty';
  }

  /** The line was quiet for too long. Returns the bytes of a frame that never became whole. */
  giveUp(): Uint8Array {
    this.skipping = false;
    return this.queue.take(this.queue.length);
  }

  /** The next whole message, or null. */
  next(): Incoming | null {
    if (this.queue.length < 8) return null;
    const bytes = this.queue.peek(8).slice();
    const stage = syncStage(bytes);
    if (stage) {
      this.queue.take(8);
      return { kind: 'sync', stage };
    }
    const framing = framingOf(bytes);
    const header: Header = { bytes, framing: framing ?? 'control', command: bytes[0] ?? 0, index: bytes[1] ?? 0 };
    if (!framing) return this.distrust(header, errorCodes.badFrame, 'a header with unknown order bytes');
    return this.stage === 'rom' ? this.nextForRom(header) : this.nextForAgent(header);
  }

  private nextForRom(header: Header): Incoming | null {
    if (header.framing !== 'data') return this.distrust(header, errorCodes.badFrame, 'an LPC frame to the mask ROM');
    const length = u32At(header.bytes, 4);
    if (length > romLengthLimit) return this.distrust(header, errorCodes.badArgument, `a frame of ${length} bytes`);
    const hasSum = header.command === dataCommands.DOWNLOAD_DATA;
    const body = this.takeBody(length, hasSum ? 4 : 0);
    if (!body) return null;
    const data = body.subarray(0, length);
    if (hasSum && u32At(body, length) !== byteSum(header.bytes, data)) return bad(header, errorCodes.crc, 'a wrong sum');
    return frame(header, data);
  }

  private nextForAgent(header: Header): Incoming | null {
    const stated = u32At(header.bytes, 4) & 0xffffff;
    const check = stated === 0 ? 0 : lengthCheckByte(stated);
    if (header.bytes[7] !== check) return this.distrust(header, errorCodes.lengthCheck, 'a wrong length check byte');
    const length = stated & agentLengthMask;
    const body = this.takeBody(length, 4);
    if (!body) return null;
    const plainHeader = header.bytes.slice();
    plainHeader[7] = 0;
    const data = body.subarray(0, length);
    if (crc32(data, crc32(plainHeader)) !== u32At(body, length)) return bad(header, errorCodes.crc, 'a wrong CRC-32');
    return frame(header, data);
  }

  private takeBody(length: number, trailer: number): Uint8Array | null {
    if (this.queue.length < 8 + length + trailer) return null;
    return this.queue.take(8 + length + trailer).subarray(8);
  }

  private distrust(header: Header, errorCode: number, reason: string): BadFrame {
    this.queue.clear();
    this.skipping = true;
    return bad(header, errorCode, reason);
  }
}

const frame = ({ framing, command, index }: Header, data: Uint8Array): RequestFrame => ({
  kind: 'frame',
  framing,
  command,
  index,
  data,
});

const bad = ({ framing, command, index }: Header, errorCode: number, reason: string): BadFrame => ({
  kind: 'bad',
  framing,
  command,
  index,
  errorCode,
  reason,
});

const stages: readonly Stage[] = ['DLBOOT', 'AGBOOT', 'LPC'];

function syncStage(header: Uint8Array): Stage | undefined {
  const word = u32At(header, 0);
  return word === u32At(header, 4) ? stages.find((stage) => syncWords[stage] === word) : undefined;
}

/** A single sync word is no message: innocent when it is all that is left over. */
export const isLoneSyncWord = (bytes: Uint8Array): boolean =>
  bytes.length === 4 && stages.some((stage) => syncWords[stage] === u32At(bytes, 0));

function framingOf(header: Uint8Array): Framing | undefined {
  const [, , order, complement] = header;
  if (order === undefined || complement !== (order ^ 0xff)) return undefined;
  if (order === orderBytes.data) return 'data';
  return order === orderBytes.control ? 'control' : undefined;
}

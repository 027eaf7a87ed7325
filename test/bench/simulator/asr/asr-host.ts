// A small SMUX host for tests of the simulated device: encodes and decodes from the reference, on its own. Knows no device.
import { crc32 } from 'node:zlib';

export const types = { STDIO: 0, HELLO: 1, HELLO_REPLY: 2, ABOOT_CMD: 3, ABOOT_DATA: 4, HEART_BEAT: 5 } as const;
export const preamble = Buffer.from('555555557e', 'hex');

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

export function frame(type: number, payload: Uint8Array | string): Buffer {
  const body = Buffer.from(payload)
    .toString('hex')
    .replace(/../g, (byte) => (byte === '7e' ? '7d5e' : byte === '7d' ? '7d5d' : byte));
  const typeBytes = type === 0 ? '' : `7d${(0x20 ^ type).toString(16)}`;
  return Buffer.from(`7e${typeBytes}${body}7e`, 'hex');
}

export const uabt = frame(types.STDIO, 'UABT');
export const hello = (mtu = 1024): Buffer => frame(types.HELLO, Buffer.from([mtu >> 8, mtu & 0xff]));
export const command = (text: string): Buffer => frame(types.ABOOT_CMD, text);
export const data = (bytes: Uint8Array): Buffer => frame(types.ABOOT_DATA, bytes);

/** Frames of a whole stream; an empty frame is no frame. */
export function decode(stream: Buffer): Frame[] {
  const frames: Frame[] = [];
  let body: number[] | null = null;
  let type = 0;
  for (let at = 0; at < stream.length; at++) {
    const byte = stream.readUInt8(at);
    if (byte === 0x7e) {
      if (body && body.length > 0) {
        frames.push({ type, payload: Buffer.from(body) });
        body = null;
      } else body = [];
      type = 0;
    } else if (byte === 0x7d) {
      const next = stream.readUInt8(++at);
      if (next === 0x5e || next === 0x5d) body?.push(next ^ 0x20);
      else type = next ^ 0x20;
    } else body?.push(byte);
  }
  return frames;
}

/** Texts of the CMD frames. */
export const repliesIn = (stream: Buffer): string[] =>
  decode(stream)
    .filter(({ type }) => type === types.ABOOT_CMD)
    .map(({ payload }) => payload.toString('latin1'));

export const logIn = (stream: Buffer): string =>
  decode(stream)
    .filter(({ type }) => type === types.STDIO)
    .map(({ payload }) => payload.toString('latin1'))
    .join('');

const block = 4096;

/** One piece that holds the blocks from `first` on of an image of `totalBlocks`. */
export function sparse(raw: Uint8Array, first = 0, totalBlocks = first + Math.ceil(raw.length / block)): Buffer {
  const blocks = Math.ceil(raw.length / block);
  const padded = Buffer.alloc(blocks * block);
  padded.set(raw);
  const after = totalBlocks - first - blocks;
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crc32(padded));
  return sparseFile(totalBlocks, [
    ...(first > 0 ? [sparseChunk(0xcac3, first)] : []),
    sparseChunk(0xcac1, blocks, padded),
    ...(after > 0 ? [sparseChunk(0xcac3, after)] : []),
    sparseChunk(0xcac4, 0, crc),
  ]);
}

export function sparseChunk(type: number, blocks: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16LE(type);
  head.writeUInt32LE(blocks, 4);
  head.writeUInt32LE(16 + body.length, 8);
  return Buffer.concat([head, body]);
}

export function sparseFile(totalBlocks: number, chunks: readonly Buffer[]): Buffer {
  const head = Buffer.from('3aff26ed010000002000100000100000', 'hex');
  const counts = Buffer.alloc(16);
  counts.writeUInt32LE(totalBlocks);
  counts.writeUInt32LE(chunks.length, 4);
  return Buffer.concat([head, counts, ...chunks]);
}

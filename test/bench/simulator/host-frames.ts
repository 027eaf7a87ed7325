// A small Eigencomm host for tests of the simulated device: builds frames from the reference, on its own. Knows no device.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, i * 4);
  return bytes;
};

export const pair = {
  rom: u32(0x2b02d300, 0x2b02d300),
  agboot: u32(0x2b02d3aa, 0x2b02d3aa),
  lpc: u32(0x2b02d3cd, 0x2b02d3cd),
} as const;
export const echo = { rom: pair.rom.subarray(0, 4), agboot: pair.agboot.subarray(0, 4), lpc: pair.lpc.subarray(0, 4) } as const;
export const resetWord = Buffer.from('2b02d3ee', 'hex');
export const ids = { IMGH: 0x54494d48, BL: 0x4f424d49, AP: 0x444b4249, CP: 0x43504249, FLEX: 0x464c5849 } as const;
export const none = Buffer.alloc(0);

/** A frame to the mask ROM. */
export function romFrame(command: number, data: Uint8Array = none, index = 0): Buffer {
  const body = Buffer.concat([Buffer.from([command, index, 0xcd, 0x32]), u32(data.length), data]);
  return command === 0x32 ? Buffer.concat([body, u32(body.reduce((sum, byte) => sum + byte, 0))]) : body;
}

export const agbootFrame = (command: number, data: Uint8Array = none, index = 0): Buffer =>
  agentFrame(0xcd, command, data, index);
export const lpcFrame = (command: number, data: Uint8Array = none): Buffer => agentFrame(0x4c, command, data, 0);

function agentFrame(order: number, command: number, data: Uint8Array, index: number): Buffer {
  const body = Buffer.concat([Buffer.from([command, index, order, order ^ 0xff]), u32(data.length), data]);
  const crc = crc32(body);
  if (data.length > 0) body[7] = crc8(body.subarray(4, 7));
  return Buffer.concat([body, u32(crc)]);
}

/** CRC-8/MAXIM, bit by bit from the polynomial 0x31. */
function crc8(bytes: Uint8Array): number {
  const mirrored = (value: number): number => Number.parseInt(value.toString(2).padStart(8, '0').split('').reverse().join(''), 2);
  let crc = 0;
  for (const byte of bytes) {
    crc ^= mirrored(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x80 ? 0x131 : 0);
  }
  return mirrored(crc & 0xff);
}

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** The 272-byte head of an image. */
export function imageHead(
  id: number,
  burnAddress: number,
  image: Uint8Array,
  fields: Readonly<Record<number, number>> = {},
): Buffer {
  const head = Buffer.alloc(272);
  const words = { 0: 0x10000001, 4: ids.IMGH, 8: 0x20180507, 16: 1, 20: 0xee, 64: id, 68: burnAddress, 72: 0x04010000 };
  for (const [offset, value] of Object.entries({ ...words, 76: image.length, ...fields }))
    head.writeUInt32LE(value >>> 0, Number(offset));
  sha256(image).copy(head, 0x60);
  sha256(head).copy(head, 0x20);
  return head;
}

export const agentHead = (agentboot: Uint8Array): Buffer => imageHead(ids.BL, 0, agentboot, { 20: 0xa40000ee, 24: 1 });

export const burnOne = (id: number, intoCpFlash = false): Buffer =>
  lpcFrame(0x42, intoCpFlash ? Buffer.concat([u32(id), Buffer.from([0x01, 0xe1])]) : u32(id));
export const getStatus = lpcFrame(0x44);
export const systemReset = lpcFrame(0xaa);
export const erase = (length: number, address: number): Buffer => lpcFrame(0x10, u32(length, address));

/** Made-up bytes in the place of the vendor's agentboot. */
export const madeUp = (length: number, seed = 1): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7 + (i >> 7)) & 0xff));

// The 272-byte image head as ROM, agent and boot loader read it. Knows no flash. Source: eigencomm.md §8.
import { createHash } from 'node:crypto';
import { imageIds, u32At } from './wire.ts';

export const headBytes = 0x110;
const headVersion = 0x10000001;

export interface ImageHead {
  /** Version and head id are right. */
  readonly hasMagic: boolean;
  /** `hashih` holds over the 272 bytes with the field itself zero. */
  readonly hashHolds: boolean;
  readonly loadType: number;
  readonly imageId: number;
  readonly burnAddress: number;
  readonly imageSize: number;
  /** Lower-case hex. */
  readonly imageSha256: string;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

export function parseHead(bytes: Uint8Array): ImageHead {
  return {
    hasMagic: bytes.length === headBytes && u32At(bytes, 0) === headVersion && u32At(bytes, 4) === imageIds.IMGH,
    hashHolds: hexOf(bytes.subarray(0x20, 0x40)) === hashOfHead(bytes),
    loadType: bytes[0x15] ?? 0,
    imageId: u32At(bytes, 0x40),
    burnAddress: u32At(bytes, 0x44),
    imageSize: u32At(bytes, 0x4c),
    imageSha256: hexOf(bytes.subarray(0x60, 0x80)),
  };
}

/** The head of a factory image. */
export function makeHead(imageId: number, burnAddress: number, image: Uint8Array): Uint8Array {
  const head = new Uint8Array(headBytes);
  const view = new DataView(head.buffer);
  const fields: readonly (readonly [number, number])[] = [
    [0x00, headVersion],
    [0x04, imageIds.IMGH],
    [0x08, 0x20180507],
    [0x10, 1],
    [0x14, 0xee],
    [0x40, imageId],
    [0x44, burnAddress],
    [0x48, 0x04010000],
    [0x4c, image.length],
  ];
  for (const [offset, value] of fields) view.setUint32(offset, value, true);
  head.set(Buffer.from(sha256(image), 'hex'), 0x60);
  head.set(Buffer.from(hashOfHead(head), 'hex'), 0x20);
  return head;
}

function hashOfHead(head: Uint8Array): string {
  const copy = new Uint8Array(head);
  copy.fill(0, 0x20, 0x40);
  return sha256(copy);
}

// NV blobs for tests, item by item as unisoc.md §11.1 has them.
import { arcBitwise } from '../../firmware/pac-builder.ts';

export type NvItems = Readonly<Record<number, readonly number[]>>;

export function buildNv(items: NvItems, size = 0x20000): Uint8Array {
  const blob = new Uint8Array(size).fill(0xff);
  const view = new DataView(blob.buffer);
  blob.set([0, 0], 2);
  let at = 4;
  for (const [id, data] of Object.entries(items)) {
    view.setUint16(at, Number(id), true);
    view.setUint16(at + 2, data.length, true);
    blob.fill(0, at + 4, at + 4 + ((data.length + 3) & ~3));
    blob.set(data, at + 4);
    at += 4 + ((data.length + 3) & ~3);
  }
  return sealNv(blob);
}

/** Puts the CRC of the rest into bytes 0 and 1. */
export function sealNv(blob: Uint8Array): Uint8Array {
  const crc = arcBitwise(blob.subarray(2));
  blob.set([crc >>> 8, crc & 0xff]);
  return blob;
}

/** Item 0x5 packs it as the SDK does: first digit in the high nibble of byte 0, then low before high. */
export const ownImei = '860000000000013';
const ownImeiItem = [0x8a, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x31] as const;

/** What a module came with. 0x400 is not in the template, 0x186 is missing. */
export const ownItems: NvItems = {
  2: [1, 1, 1, 1],
  5: [...ownImeiItem],
  377: [0x8a, 2, 2, 2, 2, 2, 2, 2],
  621: [0xd1, 0xd1, 0xd1, 0xd1, 0xd1],
  622: [0xe1, 0xe1],
  623: [0xf1, 0xf1, 0xf1, 0xf1],
  768: [3, 3],
  1024: [4, 4, 4, 4],
};

/** What the package would write in its place. */
export const templateItems: NvItems = {
  2: [0, 0, 0, 0],
  5: [0, 0, 0, 0, 0, 0, 0, 0],
  377: [0, 0, 0, 0, 0, 0, 0, 0],
  390: [9, 9, 9, 9, 9, 9, 9, 9],
  621: [0, 0, 0, 0, 0],
  622: [0, 0],
  623: [0, 0, 0, 0],
  768: [0, 0],
  1280: [5, 5],
};

// The NV blob as the device writes and reads it: CRC, items, filler. Knows no item's meaning. Source: unisoc.md §11.1.
import { crc16Arc } from './wire.ts';

export interface NvItem {
  readonly id: number;
  readonly data: Uint8Array;
}

const headBytes = 4;
const lowestEndMark = 0xfffe;
const padded = (length: number): number => (length + 3) & ~3;

/** Filled with FF up to `size`, with a CRC over the whole of it. Items that do not fit are left out. */
export function makeBlob(items: readonly NvItem[], size: number): Uint8Array {
  const blob = new Uint8Array(size).fill(0xff);
  const view = new DataView(blob.buffer);
  view.setUint16(2, 0);
  let at = headBytes;
  for (const { id, data } of items) {
    const end = at + headBytes + padded(data.length);
    if (end > size) continue;
    view.setUint16(at, id, true);
    view.setUint16(at + 2, data.length, true);
    blob.fill(0, at + headBytes, end);
    blob.set(data, at + headBytes);
    at = end;
  }
  view.setUint16(0, crc16Arc(blob.subarray(2)));
  return blob;
}

/** Null: the CRC is wrong, or an item reaches past the end. */
export function parseBlob(blob: Uint8Array): readonly NvItem[] | null {
  if (blob.length < headBytes) return null;
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  if (view.getUint16(0) !== crc16Arc(blob.subarray(2))) return null;
  const items: NvItem[] = [];
  for (let at = headBytes; at + headBytes <= blob.length; ) {
    const id = view.getUint16(at, true);
    if (id >= lowestEndMark) break;
    const length = view.getUint16(at + 2, true);
    if (at + headBytes + length > blob.length) return null;
    items.push({ id, data: blob.slice(at + headBytes, at + headBytes + length) });
    at += headBytes + padded(length);
  }
  return items;
}

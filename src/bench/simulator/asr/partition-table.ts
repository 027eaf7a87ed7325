// Reads partition.bin as flasher and boot loader do. Knows no flash. Source: asr.md §18.2.
import { crc32 } from 'node:zlib';

export interface Partition {
  readonly name: string;
  readonly format: string;
  readonly start: number;
  readonly size: number;
  readonly vstart: number;
}

export type PartitionTable = readonly Partition[];

export const tableBytes = 2188;
const slotBytes = 68;
const slots = 32;
const crcOffset = 0x888;

/** The table, or why it is refused. `flashBytes`: everything in it must lie within. */
export function parsePartitionTable(bytes: Uint8Array, flashBytes: number): PartitionTable | string {
  if (bytes.length !== tableBytes) return `${bytes.length} bytes in place of ${tableBytes}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (textAt(bytes, 0, 4) !== 'BTPA') return 'no BTPA';
  const count = view.getUint32(4, true);
  if (count === 0 || count > slots) return `${count} partitions`;
  if (view.getUint32(crcOffset, true) !== crc32(bytes.subarray(0, crcOffset))) return 'a wrong CRC-32';
  const table = Array.from({ length: count }, (_, index) => slotAt(view, bytes, 8 + slotBytes * index));
  const outside = table.find(({ start, size }) => start + size > flashBytes);
  return outside ? `${outside.name} reaches past the end of flash` : table;
}

function slotAt(view: DataView, bytes: Uint8Array, at: number): Partition {
  return {
    name: textAt(bytes, at, 32),
    format: textAt(bytes, at + 32, 16),
    start: view.getUint32(at + 48, true),
    size: view.getUint32(at + 52, true),
    vstart: view.getUint32(at + 56, true),
  };
}

/** Ends at its first zero byte; what follows may be anything. */
function textAt(bytes: Uint8Array, at: number, length: number): string {
  const field = Buffer.from(bytes.subarray(at, at + length));
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}

export const partitionNamed = (table: PartitionTable, name: string): Partition | undefined =>
  table.find((partition) => partition.name === name);

/** Groups, the flash itself and parts only hold others; images go into these. */
export const holdsImage = ({ format }: Partition): boolean => format === 'raw' || format === 'ubi';

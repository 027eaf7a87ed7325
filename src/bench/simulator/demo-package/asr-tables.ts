// Writes the small tables of an aboot release (asr.md §18): partition.bin, flashinfo.bin, the FIP of a RAM program, and the
// made-up flash layout of demo packages and simulated boards. Every byte follows from the arguments.
import { crc32 } from 'node:zlib';

export interface LayoutEntry {
  readonly name: string;
  readonly format: 'group' | 'flash' | 'ubi' | 'part' | 'raw';
  readonly start: number;
  readonly size: number;
  readonly depth: number;
}

/** A NOR chip as flashinfo.bin lists it. */
export interface NorChip {
  readonly vendor: number;
  readonly device: number;
  readonly name: string;
  readonly bytes: number;
}

export const norChips = {
  gd8M: { vendor: 0xc8, device: 0x6017, name: 'GD25LQ64C', bytes: 0x800000 },
  winbond8M: { vendor: 0xef, device: 0x6017, name: 'W25Q64JW', bytes: 0x800000 },
  gd16M: { vendor: 0xc8, device: 0x6018, name: 'GD25LQ128D', bytes: 0x1000000 },
} as const satisfies Record<string, NorChip>;

/** From the end of flash: NVM, then factory data. */
const nvmBytes = 0x80000;
const factoryBytes = 0x20000;

/** The places of the 8 MB table of asr.md §18.2 with QuecPython's names for application and file system. */
export function demoLayout(flashBytes: number): readonly LayoutEntry[] {
  const factory = flashBytes - factoryBytes;
  const half = factoryBytes / 2;
  const raw = (name: string, start: number, size: number, depth = 2): LayoutEntry => ({
    name,
    format: 'raw',
    start,
    size,
    depth,
  });
  return [
    { name: 'all', format: 'group', start: 0, size: flashBytes, depth: 0 },
    { name: 'external', format: 'flash', start: 0, size: flashBytes, depth: 1 },
    { name: 'bootloader', format: 'ubi', start: 0, size: 0x24000, depth: 2 },
    { name: 'system', format: 'part', start: 0x24000, size: 0x496000, depth: 2 },
    raw('ptable', 0x24000, 0x1000, 3),
    raw('fwcerts', 0x25000, 0x3000, 3),
    raw('rd', 0x28000, 0x10000, 3),
    raw('apn', 0x38000, 0x8000, 3),
    raw('cp', 0x40000, 0x359000, 3),
    raw('dsp', 0x399000, 0x110000, 3),
    raw('rfbin', 0x4a9000, 0x8000, 3),
    raw('logo', 0x4b1000, 0x9000, 3),
    raw('reserved', 0x4ba000, 0x82000),
    raw('customer_app', 0x53c000, 0x80000),
    raw('customer_fs', 0x5bc000, 0x100000),
    raw('fota_param', 0x6bc000, 0x4000),
    raw('updater', 0x6c0000, 0x20000),
    raw('fota_pkg', 0x6e0000, factory - nvmBytes - 0x6e0000),
    raw('nvm', factory - nvmBytes, nvmBytes),
    { name: 'factory', format: 'part', start: factory, size: factoryBytes, depth: 2 },
    raw('factory_a', factory, half, 3),
    raw('factory_b', factory + half, half, 3),
  ];
}

const tableBytes = 2188;
const crcOffset = 0x888;

/** `imageBytes`: real length of an image by its partition; the others are told as full. */
export function partitionTable(entries: readonly LayoutEntry[], imageBytes: ReadonlyMap<string, number> = new Map()): Buffer {
  const table = Buffer.alloc(tableBytes);
  table.write('BTPA', 'latin1');
  table.writeUInt32LE(entries.length, 4);
  for (const [index, { name, format, start, size, depth }] of entries.entries()) {
    const at = 8 + 68 * index;
    table.write(name, at, 'latin1');
    table.write(format, at + 32, 'latin1');
    const vstart = format === 'group' ? 0xffffffff : start + 0x80000000;
    for (const [field, value] of [start, size, vstart, imageBytes.get(name) ?? size, depth].entries())
      table.writeUInt32LE(value, at + 48 + 4 * field);
  }
  table.writeUInt32LE(crc32(table.subarray(0, crcOffset)), crcOffset);
  return table;
}

/** The first chip is also the one the header describes. */
export function flashInfo(chips: readonly [NorChip, ...NorChip[]]): Buffer {
  const [first] = chips;
  const info = Buffer.alloc(144 + 72 * chips.length);
  info.write('FNIF', 'latin1');
  info.writeUInt16LE(first.vendor, 4);
  info.writeUInt16LE(first.device, 6);
  info.write(first.name, 8, 'latin1');
  info.write('QSPI_NOR', 0x48, 'latin1');
  const geometry = [1, 0x1000, 0x100, 0x1000, 0x10000, 0, first.bytes, 0, 0xff, chips.length];
  for (const [index, value] of geometry.entries()) info.writeUInt32LE(value, 0x68 + 4 * index);
  for (const [index, chip] of chips.entries()) {
    const at = 144 + 72 * index;
    info.writeUInt16LE(chip.vendor, at);
    info.writeUInt16LE(chip.device, at + 2);
    info.write(chip.name, at + 8, 'latin1');
  }
  return info;
}

const fipDataOffset = 136;

/** A FIP of two entries: the program, and something in the place of its certificate. */
export function fip(program: Uint8Array, certificate: Uint8Array): Buffer {
  const certificateAt = Math.ceil((fipDataOffset + program.length) / 4) * 4;
  const totalBytes = Math.ceil((certificateAt + certificate.length) / 4) * 4;
  const bytes = Buffer.alloc(totalBytes);
  bytes.writeUInt32LE(0xaa640001, 0);
  bytes.writeUInt32LE(0x12345678, 4);
  bytes.writeBigUInt64LE(0x10000n, 8);
  const entries = [
    { uuid: '5ff9ec0b4d223e4da544c39d81c73f0a', offset: fipDataOffset, size: program.length },
    { uuid: 'd6e269ea5d63e4118d8c9fbabe9956a5', offset: certificateAt, size: certificate.length },
    { uuid: '0'.repeat(32), offset: totalBytes, size: 0 },
  ];
  for (const [index, { uuid, offset, size }] of entries.entries()) {
    const at = 16 + 40 * index;
    bytes.write(uuid, at, 'hex');
    bytes.writeBigUInt64LE(BigInt(offset), at + 16);
    bytes.writeBigUInt64LE(BigInt(size), at + 24);
  }
  bytes.set(program, fipDataOffset);
  bytes.set(certificate, certificateAt);
  return bytes;
}

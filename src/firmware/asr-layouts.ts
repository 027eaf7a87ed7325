// The members of an aboot package that are not plain images (asr.md §18): loaders (FIP), partition.bin, flashinfo.bin. Each is checked
// whole. Knows no manifest and no script.
import { crc32 } from 'node:zlib';
import { fault, hex } from '../domain/failure.ts';
import type { Refuse } from './findings.ts';

export interface FipEntry {
  /** Hex, as the bytes lie. */
  readonly uuid: string;
  readonly offset: number;
  readonly size: number;
}

const fipMagic = 0xaa640001;
const fipSerial = 0x12345678;
const fipHeadBytes = 16;
const fipEntryBytes = 40;

/**
 * The images of a loader, without the closing entry: u32 magic, u32 serial, u64 flags, then 40 bytes each of uuid[16], u64 offset,
 * u64 size, u64 flags. Throws `package-structure-invalid`, `package-truncated`.
 */
export function readFip(bytes: Uint8Array, path: string): readonly FipEntry[] {
  const view = viewOf(bytes);
  if (bytes.length < fipHeadBytes + fipEntryBytes) throw short(path, fipHeadBytes + fipEntryBytes, bytes.length);
  if (view.getUint32(0, true) !== fipMagic || view.getUint32(4, true) !== fipSerial)
    throw fault('package-structure-invalid', path, { expected: 'a FIP', actual: hex(view.getUint32(0, true)) });
  const entries: FipEntry[] = [];
  for (let at = fipHeadBytes; ; at += fipEntryBytes) {
    if (at + fipEntryBytes > bytes.length) throw short(path, at + fipEntryBytes, bytes.length);
    const uuid = Buffer.from(bytes.subarray(at, at + 16)).toString('hex');
    const offset = Number(view.getBigUint64(at + 16, true));
    const size = Number(view.getBigUint64(at + 24, true));
    if (/^0+$/.test(uuid)) {
      if (offset > bytes.length) throw short(path, offset, bytes.length);
      if (offset < bytes.length || entries.length === 0)
        throw fault('package-structure-invalid', path, { expected: `${offset} bytes`, actual: bytes.length });
      return entries;
    }
    if (offset < fipHeadBytes)
      throw fault('package-structure-invalid', path, { expected: 'an image after the head', actual: hex(offset) });
    if (offset + size > bytes.length) throw short(path, offset + size, bytes.length);
    entries.push({ uuid, offset, size });
  }
}

export interface Partition {
  readonly name: string;
  /** `group`, `flash`, `ubi`, `part`, `raw`. */
  readonly format: string;
  readonly start: number;
  readonly size: number;
  readonly imageSize: number;
  /** Nesting: 0 the group, 1 the flash device, 2 and 3 below. */
  readonly depth: number;
}

const tableBytes = 2188;
const slotsAt = 8;
const slotBytes = 68;
const maxSlots = 32;
const tableCrcAt = 0x888;

export const isPartitionTable = (bytes: Uint8Array): boolean => latin1(bytes, 0, 4) === 'BTPA';

/** `partition.bin`. Throws `package-structure-invalid`, `package-truncated`; tells `refuse` of `package-crc-mismatch`. */
export function readPartitionTable(bytes: Uint8Array, path: string, refuse: Refuse): readonly Partition[] {
  if (!isPartitionTable(bytes)) throw fault('package-structure-invalid', path, { expected: 'BTPA', actual: headOf(bytes) });
  if (bytes.length < tableBytes) throw short(path, tableBytes, bytes.length);
  if (bytes.length > tableBytes)
    throw fault('package-structure-invalid', path, { expected: `${tableBytes} bytes`, actual: bytes.length });
  const view = viewOf(bytes);
  const stored = view.getUint32(tableCrcAt, true);
  const computed = crc32(bytes.subarray(0, tableCrcAt));
  if (stored !== computed) refuse(fault('package-crc-mismatch', path, { expected: hex(stored), actual: hex(computed) }));
  const count = view.getUint32(4, true);
  if (count < 1 || count > maxSlots)
    throw fault('package-structure-invalid', path, { expected: `1 to ${maxSlots} partitions`, actual: count });
  const partitions = Array.from({ length: count }, (_, slot) => readSlot(view, slotsAt + slot * slotBytes));
  const names = new Set<string>();
  for (const { name, start, size } of partitions) {
    const isSound = /^[\w.-]+$/.test(name) && !names.has(name) && start + size <= 2 ** 32;
    if (!isSound) throw fault('package-structure-invalid', path, { detail: `partition ${JSON.stringify(name)} is no partition` });
    names.add(name);
  }
  return partitions;
}

/** `name[32], format[16], u32 start, size, vstart, imageSize, depth`. */
function readSlot(view: DataView, at: number): Partition {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const word = (index: number): number => view.getUint32(at + 48 + 4 * index, true);
  return {
    name: text(bytes, at, 32),
    format: text(bytes, at + 32, 16),
    start: word(0),
    size: word(1),
    imageSize: word(3),
    depth: word(4),
  };
}

export interface FlashDevice {
  readonly vendor: number;
  readonly device: number;
  readonly name: string;
}

export interface FlashInfo {
  readonly type: string;
  readonly sizeBytes: number;
  readonly blockBytes: number;
  readonly sectorBytes: number;
  readonly pageBytes: number;
  /** The flash chips that the package is for, by JEDEC id; the flasher refuses any other. */
  readonly devices: readonly FlashDevice[];
}

const flashInfoHeadBytes = 0x90;
const deviceBytes = 72;

export const isFlashInfo = (bytes: Uint8Array): boolean => latin1(bytes, 0, 4) === 'FNIF';

/** `flashinfo.bin`. Throws `package-structure-invalid`, `package-truncated`. */
export function readFlashInfo(bytes: Uint8Array, path: string): FlashInfo {
  if (!isFlashInfo(bytes)) throw fault('package-structure-invalid', path, { expected: 'FNIF', actual: headOf(bytes) });
  if (bytes.length < flashInfoHeadBytes) throw short(path, flashInfoHeadBytes, bytes.length);
  const view = viewOf(bytes);
  const count = view.getUint32(0x8c, true);
  const length = flashInfoHeadBytes + count * deviceBytes;
  if (bytes.length < length) throw short(path, length, bytes.length);
  if (bytes.length > length || count < 1)
    throw fault('package-structure-invalid', path, { expected: `${length} bytes and a device`, actual: bytes.length });
  const deviceAt = (at: number): FlashDevice => ({
    vendor: view.getUint16(at, true),
    device: view.getUint16(at + 2, true),
    name: text(bytes, at + 8, 64),
  });
  return {
    type: text(bytes, 0x48, 32),
    pageBytes: view.getUint32(0x70, true),
    sectorBytes: view.getUint32(0x74, true),
    blockBytes: view.getUint32(0x78, true),
    sizeBytes: view.getUint32(0x80, true),
    devices: Array.from({ length: count }, (_, index) => deviceAt(flashInfoHeadBytes + index * deviceBytes)),
  };
}

const short = (path: string, expected: number, actual: number) =>
  fault('package-truncated', path, { expected: `${expected} bytes`, actual });

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const latin1 = (bytes: Uint8Array, at: number, length: number): string =>
  Buffer.from(bytes.subarray(at, at + length)).toString('latin1');

const headOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 4)).toString('hex');

/** A text ends at its first zero byte; what follows may be anything (asr.md §18.2). */
const text = (bytes: Uint8Array, at: number, length: number): string => latin1(bytes, at, length).split('\0', 1)[0] ?? '';

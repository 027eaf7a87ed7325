// The `.pac` container of UNISOC (unisoc.md §12.1 to §12.3): bytes in, checked header and entries out. Knows no XML scheme, no
// chip and no zip.
import { fault, hex } from '../domain/failure.ts';
import { sha256Hex } from './digest.ts';
import type { Refuse } from './findings.ts';
import { pacCrc } from './pac-crc.ts';

export interface PacHeader {
  readonly version: 'BP_R1.0.0' | 'BP_R2.0.1';
  readonly size: number;
  readonly productName: string;
  readonly productVersion: string;
  readonly productAlias: string;
  readonly fileCount: number;
  readonly mode: number;
  readonly flashType: number;
  readonly nandStrategy: number;
  readonly isNvBackup: number;
  readonly nandPageType: number;
  readonly omaDmProductFlag: number;
  readonly isOmaDm: number;
  readonly isPreload: number;
  readonly crc1: number;
  readonly crc2: number;
}

/** 0: an operation without file, 1: a file, 2: the XML, 0x101: an FDL. */
export type PacFileFlag = 0 | 1 | 2 | 0x101;

export interface PacEntry {
  readonly index: number;
  readonly id: string;
  /** Empty for an operation without file. */
  readonly fileName: string;
  readonly dataOffset: number;
  /** Address words in use, at most 5. */
  readonly addresses: readonly number[];
  readonly fileFlag: PacFileFlag;
  /** 1: must be downloaded. */
  readonly checkFlag: 0 | 1;
  readonly canOmitFlag: 0 | 1;
  /** A view into the file. */
  readonly bytes: Uint8Array;
  /** Lower-case hex. */
  readonly sha256: string;
}

const headerSize = 0x84c;
const entrySize = 0xa14;
const magic = 0xfffafffa;
const versions = ['BP_R1.0.0', 'BP_R2.0.1'] as const;
const fileFlags: readonly number[] = [0, 1, 2, 0x101] satisfies PacFileFlag[];
const maxAddresses = 5;

/** By the start of the version text, UTF-16LE. */
export const isPac = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 8)).equals(Buffer.from('BP_R', 'utf16le'));

/**
 * The 0x84C-byte header. Throws `package-truncated`, `package-format-unknown` (version), `package-structure-invalid`; tells
 * `package-size-forged` and `package-crc-mismatch` to `refuse`. `path` names the file in failures.
 */
export function readPacHeader(bytes: Uint8Array, path: string, refuse: Refuse): PacHeader {
  const step = `${path}, header`;
  if (bytes.length < headerSize) throw fault('package-truncated', step, { expected: headerSize, actual: bytes.length });
  const view = viewOf(bytes);
  const u32 = (offset: number): number => view.getUint32(offset, true);
  const text = textAt(bytes, 0, 22, step);
  const version = versions.find((known) => known === text);
  if (version === undefined) throw fault('package-format-unknown', step, { expected: versions.join(' or '), actual: text });
  if (u32(0x844) !== magic) throw structure(step, hex(magic), hex(u32(0x844)), 0x844);
  if (u32(0x438) !== headerSize) throw structure(step, hex(headerSize), hex(u32(0x438)), 0x438);
  checkSize(bytes, u64(view, 0x2c, 0x30), step, refuse);
  const [crc1, crc2] = [view.getUint16(0x848, true), view.getUint16(0x84a, true)];
  checkCrc(`${step}, CRC1`, bytes.subarray(0, 0x848), crc1, refuse);
  checkCrc(`${step}, CRC2`, bytes.subarray(headerSize), crc2, refuse);
  const fileCount = u32(0x434);
  if (fileCount === 0) throw structure(step, 'at least 1 file', fileCount, 0x434);
  if (headerSize + fileCount * entrySize > bytes.length) {
    throw fault('package-truncated', step, {
      expected: headerSize + fileCount * entrySize,
      actual: bytes.length,
      address: hex(0x434),
    });
  }
  return {
    version,
    size: bytes.length,
    productName: textAt(bytes, 0x34, 256, step),
    productVersion: textAt(bytes, 0x234, 256, step),
    productAlias: textAt(bytes, 0x450, 100, step),
    fileCount,
    mode: u32(0x43c),
    flashType: u32(0x440),
    nandStrategy: u32(0x444),
    isNvBackup: u32(0x448),
    nandPageType: u32(0x44c),
    omaDmProductFlag: u32(0x518),
    isOmaDm: u32(0x51c),
    isPreload: u32(0x520),
    crc1,
    crc2,
  };
}

/**
 * The entries in file order: each inside the file, none over another, no id twice (without regard to case, as the vendor
 * compares them). Throws `package-structure-invalid`, `package-duplicate-entry`.
 */
export function readPacEntries(bytes: Uint8Array, header: PacHeader, path: string): PacEntry[] {
  const entries = Array.from({ length: header.fileCount }, (_, index) => readEntry(bytes, header, index, path));
  const ids = new Set<string>();
  for (const { id, index } of entries) {
    const key = id.toUpperCase();
    if (ids.has(key))
      throw fault('package-duplicate-entry', `${path}, entry ${index}`, { actual: id === '' ? 'a second empty id' : id });
    ids.add(key);
  }
  refuseOverlaps(entries, path);
  return entries;
}

function readEntry(bytes: Uint8Array, header: PacHeader, index: number, path: string): PacEntry {
  const at = headerSize + index * entrySize;
  const view = viewOf(bytes.subarray(at, at + entrySize));
  const u32 = (offset: number): number => view.getUint32(offset, true);
  const id = textAt(bytes, at + 4, 256, `${path}, entry ${index}`);
  const step = `${path}, entry ${index} ${id}`;
  const fileName = textAt(bytes, at + 0x204, 256, step);
  const require = (holds: boolean, expected: string, actual: number, offset: number): void => {
    if (!holds) throw structure(step, expected, hex(actual), at + offset);
  };
  const [fileFlag, checkFlag, canOmitFlag, addressCount] = [u32(0x608), u32(0x60c), u32(0x614), u32(0x618)];
  const [size, dataOffset] = [u64(view, 0x5fc, 0x604), u64(view, 0x600, 0x610)];
  const dataStart = headerSize + header.fileCount * entrySize;
  require(u32(0) === entrySize, `an entry of ${hex(entrySize)} bytes`, u32(0), 0);
  require(fileFlags.includes(fileFlag), 'a file flag 0, 1, 2 or 0x101', fileFlag, 0x608);
  require(checkFlag <= 1, 'a check flag 0 or 1', checkFlag, 0x60c);
  require(canOmitFlag <= 1, 'an omit flag 0 or 1', canOmitFlag, 0x614);
  require(addressCount <= maxAddresses, `at most ${maxAddresses} addresses`, addressCount, 0x618);
  require(size === 0 || dataOffset >= dataStart, `data after the entries, from ${hex(dataStart)}`, dataOffset, 0x610);
  require(size === 0 || dataOffset + size <= bytes.length, `data inside the ${bytes.length} bytes of the file`, dataOffset +
    size, 0x604);
  // An image that lost its name or its bytes would be passed over as an operation, and never be written.
  const hasFile = fileFlag !== 0;
  require(hasFile === (fileName !== ''), hasFile ? 'a file name' : 'no file name', fileFlag, 0x204);
  require(hasFile === size > 0, hasFile ? 'a file that is not empty' : 'no data', size, 0x604);
  const data = hasFile ? bytes.subarray(dataOffset, dataOffset + size) : new Uint8Array(0);
  return {
    index,
    id,
    fileName,
    dataOffset,
    addresses: Array.from({ length: addressCount }, (_, word) => u32(0x61c + 4 * word)),
    fileFlag: fileFlag as PacFileFlag,
    checkFlag: checkFlag as 0 | 1,
    canOmitFlag: canOmitFlag as 0 | 1,
    bytes: data,
    sha256: sha256Hex(data),
  };
}

function refuseOverlaps(entries: readonly PacEntry[], path: string): void {
  const ranges = entries.filter(({ bytes }) => bytes.length > 0).sort((a, b) => a.dataOffset - b.dataOffset);
  let end = 0;
  for (const { id, index, dataOffset, bytes } of ranges) {
    if (dataOffset < end)
      throw structure(
        `${path}, entry ${index} ${id}`,
        `data from ${hex(end)}, after another entry's`,
        hex(dataOffset),
        dataOffset,
      );
    end = dataOffset + bytes.length;
  }
}

function checkSize(bytes: Uint8Array, stated: number, step: string, refuse: Refuse): void {
  if (stated > bytes.length)
    throw fault('package-truncated', step, { expected: stated, actual: bytes.length, address: hex(0x30) });
  if (stated < bytes.length)
    refuse(fault('package-size-forged', step, { expected: stated, actual: bytes.length, address: hex(0x30) }));
}

function checkCrc(step: string, covered: Uint8Array, stated: number, refuse: Refuse): void {
  const computed = pacCrc(covered);
  if (computed !== stated) refuse(fault('package-crc-mismatch', step, { expected: hex(stated), actual: hex(computed) }));
}

/** A NUL-terminated UTF-16LE field of `units` code units. Control characters would reach the terminal. */
function textAt(bytes: Uint8Array, offset: number, units: number, step: string): string {
  const field = Buffer.from(bytes.buffer, bytes.byteOffset + offset, units * 2).toString('utf16le');
  const end = field.indexOf('\0');
  const text = field.slice(0, end < 0 ? 0 : end);
  if (end < 0) throw structure(step, 'text with an end', 'none', offset);
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text)) throw structure(step, 'printable text', 'a control character', offset);
  return text;
}

const structure = (step: string, expected: string, actual: string | number, offset: number): Error =>
  fault('package-structure-invalid', step, { expected, actual, address: hex(offset) });

const u64 = (view: DataView, high: number, low: number): number =>
  view.getUint32(high, true) * 2 ** 32 + view.getUint32(low, true);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

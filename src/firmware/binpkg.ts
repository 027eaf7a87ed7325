// The `.binpkg` container of Eigencomm (eigencomm.md §10): bytes in, checked entries out. Knows no flash map and no module.
import { type Fault, fault, hex } from '../domain/failure.ts';
import { sha256Hex } from './digest.ts';
import type { ChipFamily } from './eigencomm-package.ts';
import type { Refuse } from './findings.ts';

export interface BinpkgHeader {
  /** Unix time in seconds; 0 where the builder set none. */
  readonly date: number;
  readonly imageCount: number;
  readonly vtSize: number;
  /** Null in older EC618 packages. */
  readonly productName: string | null;
}

export interface BinpkgEntry {
  readonly name: string;
  /** `BL`, `AP`, `CP`; anything else is not burned. */
  readonly type: string;
  readonly address: number;
  readonly flashSize: number;
  readonly headerOffset: number;
  readonly dataOffset: number;
  /** A view into the package's bytes. */
  readonly bytes: Uint8Array;
  /** Of the bytes, lower-case hex. */
  readonly sha256: string;
  /** Whether that is the hash the entry states. */
  readonly hashHolds: boolean;
}

const headerSize = 52;
const entrySize = 364;
const attributeSize = 140;
/** A product package has 3 attribute records; more than this is damage. */
const maxVtSize = 32 * attributeSize;
const maxImages = 32;
const textAttribute = 2;

/** By the magic, or by a version text in its place in the files of version 105, which have none. */
export function isBinpkg(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return /^[\s\S]{8}bpkg$/.test(start) || /^10\d\0{5}/.test(start);
}

/**
 * The 52-byte header and the attribute records after it. Throws `package-truncated`, `package-structure-invalid`. `path` names
 * the file in failures.
 */
export function readBinpkgHeader(bytes: Uint8Array, path: string): BinpkgHeader {
  const view = viewOf(bytes);
  const version = textAt(bytes, 0, 8, path, 'version');
  if (version !== '106') throw fault('package-structure-invalid', path, { expected: 'version 106', actual: version });
  need(bytes, headerSize, path);
  const magic = textAt(bytes, 8, 4, path, 'magic');
  if (magic !== 'bpkg') throw fault('package-structure-invalid', path, { expected: 'bpkg', actual: magic, address: hex(8) });
  const crypt = textAt(bytes, 20, 8, path, 'crypt');
  if (crypt !== 'SHA256') throw fault('package-structure-invalid', path, { expected: 'SHA256', actual: crypt, address: hex(20) });
  const imageCount = view.getUint32(16, true);
  if (imageCount < 1 || imageCount > maxImages) {
    throw fault('package-structure-invalid', path, {
      expected: `1 to ${maxImages} images`,
      actual: imageCount,
      address: hex(16),
    });
  }
  const vtSize = view.getUint16(30, true);
  if (vtSize % attributeSize !== 0 || vtSize > maxVtSize) {
    const expected = `a multiple of ${attributeSize}, at most ${maxVtSize}`;
    throw fault('package-structure-invalid', path, { expected, actual: vtSize, address: hex(30) });
  }
  need(bytes, headerSize + vtSize, path);
  return { date: view.getUint32(12, true), imageCount, vtSize, productName: productNameOf(bytes, vtSize, path) };
}

/** The text of the third attribute record, which is a text in every known product package (at 0x190 of the file). */
function productNameOf(bytes: Uint8Array, vtSize: number, path: string): string | null {
  if (vtSize === 0) return null;
  const record = headerSize + 2 * attributeSize;
  if (vtSize < 3 * attributeSize || viewOf(bytes).getUint16(record, true) !== textAttribute) {
    throw fault('package-structure-invalid', path, { expected: 'a product name', actual: 'none', address: hex(record) });
  }
  const name = textAt(bytes, record + 68, 16, path, 'product name');
  if (name === '')
    throw fault('package-structure-invalid', path, { detail: 'the product name is empty', address: hex(record + 68) });
  return name;
}

/**
 * The entries in file order, each hashed as it is reached. Throws `package-truncated`, `package-structure-invalid`; tells
 * `package-hash-mismatch` and bytes after the last entry (`package-structure-invalid`) to `refuse`.
 */
export function* readBinpkgEntries(
  bytes: Uint8Array,
  header: BinpkgHeader,
  path: string,
  refuse: Refuse,
): Generator<BinpkgEntry, void> {
  let offset = headerSize + header.vtSize;
  for (let index = 0; index < header.imageCount; index++) {
    const entry = readEntry(bytes, offset, `${path}, image ${index + 1}`);
    const { hashHolds, stated } = checkHash(bytes, offset, entry, path);
    if (!hashHolds) {
      refuse(fault('package-hash-mismatch', `${path}/${entry.name}`, { expected: stated, actual: entry.sha256 }));
    }
    yield { ...entry, hashHolds };
    offset = entry.dataOffset + entry.bytes.length;
  }
  if (offset !== bytes.length) {
    refuse(
      fault('package-structure-invalid', path, {
        expected: offset,
        actual: bytes.length,
        address: hex(offset),
        detail: 'bytes after the last image',
      }),
    );
  }
}

function readEntry(bytes: Uint8Array, offset: number, path: string): Omit<BinpkgEntry, 'hashHolds'> {
  need(bytes, offset + entrySize, path);
  const view = viewOf(bytes);
  // Each header states where it lies: entries that overlap or leave a gap contradict it.
  const statedOffset = view.getUint32(offset + 72, true);
  if (statedOffset !== offset) {
    throw fault('package-structure-invalid', path, {
      expected: hex(offset),
      actual: hex(statedOffset),
      address: hex(offset + 72),
    });
  }
  const name = textAt(bytes, offset, 64, path, 'name');
  const size = view.getUint32(offset + 76, true);
  const dataOffset = offset + entrySize + view.getUint16(offset + 354, true);
  if (size === 0) throw fault('package-structure-invalid', path, { detail: `${name} is empty`, address: hex(offset + 76) });
  need(bytes, dataOffset + size, `${path} (${name})`);
  const data = bytes.subarray(dataOffset, dataOffset + size);
  return {
    name,
    type: textAt(bytes, offset + 336, 16, path, 'type'),
    address: view.getUint32(offset + 64, true),
    flashSize: view.getUint32(offset + 68, true),
    headerOffset: offset,
    dataOffset,
    bytes: data,
    sha256: sha256Hex(data),
  };
}

function checkHash(
  bytes: Uint8Array,
  offset: number,
  entry: { readonly name: string; readonly sha256: string },
  path: string,
): { readonly hashHolds: boolean; readonly stated: string } {
  const stated = textAt(bytes, offset + 80, 256, `${path}/${entry.name}`, 'hash').toLowerCase();
  return { stated, hashHolds: stated === entry.sha256 };
}

/** Throws `package-platform-mismatch` for a product name that stands for no known chip: what it is for is never guessed. */
export function chipFamilyOf(productName: string | null, path: string): ChipFamily {
  if (productName === null || productName.startsWith('EC618')) return 'ec618';
  if (/^EC718[HUPS]M/.test(productName)) return 'ec718m';
  if (productName.startsWith('EC718')) return 'ec718';
  if (productName.startsWith('EC716')) return 'ec716';
  if (productName.startsWith('QCX217')) return 'ec217';
  throw fault('package-platform-mismatch', path, { expected: 'EC618, EC716, EC718 or QCX217', actual: productName });
}

function need(bytes: Uint8Array, end: number, path: string): void {
  if (end > bytes.length)
    throw fault('package-truncated', path, { expected: end, actual: bytes.length, address: hex(bytes.length) });
}

/** A NUL-padded field of printable ASCII. */
function textAt(bytes: Uint8Array, offset: number, size: number, path: string, field: string): string {
  need(bytes, offset + size, path);
  const text = Buffer.from(bytes.subarray(offset, offset + size)).toString('latin1');
  const match = /^([ -~]*)\0*$/.exec(text);
  if (!match?.[1] && match?.[1] !== '') throw badText(path, field, offset);
  return match[1];
}

const badText = (path: string, field: string, offset: number): Fault =>
  fault('package-structure-invalid', path, { address: hex(offset), detail: `the ${field} is not NUL-padded ASCII text` });

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

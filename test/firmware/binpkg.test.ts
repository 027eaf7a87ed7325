// The binpkg container: the vendor's sample byte for byte, and a refusal for damage in every structural place.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binpkg } from '../../src/bench/simulator/demo-package/binpkg-writer.ts';
import { hex } from '../../src/domain/failure.ts';
import { type BinpkgEntry, chipFamilyOf, isBinpkg, readBinpkgEntries, readBinpkgHeader } from '../../src/firmware/binpkg.ts';
import { type Refuse, throwAtOnce } from '../../src/firmware/findings.ts';
import vectors from '../vectors/eigencomm.json' with { type: 'json' };
import { refusalOf } from './refusal.ts';

const sample = resolve(import.meta.dirname, '../../../shared/samples/eigencomm/at_command.binpkg');
if (!existsSync(sample)) process.stderr.write(`SKIPPED: the binpkg sample is not at ${sample}\n`);

function readAll(bytes: Uint8Array, refuse: Refuse = throwAtOnce): BinpkgEntry[] {
  return [...readBinpkgEntries(bytes, readBinpkgHeader(bytes, 'a.binpkg'), 'a.binpkg', refuse)];
}

const image = (name: string, type: 'BL' | 'AP' | 'CP', fill: number) => ({
  name,
  type,
  address: 0x4000,
  flashSize: 0x8000,
  bytes: new Uint8Array(100).fill(fill),
});
const small = binpkg([image('boot', 'BL', 1), image('app', 'AP', 2), image('modem', 'CP', 3)]);
const firstEntry = 52;
const secondEntry = 52 + 364 + 100;

/** A copy of the small package, changed. */
function damaged(change: (bytes: Buffer) => void, source: Uint8Array = small): Uint8Array {
  const copy = Buffer.from(source);
  change(copy);
  return new Uint8Array(copy);
}

describe('a binpkg', () => {
  it.skipIf(!existsSync(sample))('as the chip vendor builds it reads as the vectors say', () => {
    const bytes = new Uint8Array(readFileSync(sample));
    const { header, entries, product_name } = vectors.binpkg_sample;
    expect(isBinpkg(bytes)).toBe(true);
    expect(readBinpkgHeader(bytes, 'sample')).toEqual({
      date: header.date,
      imageCount: header.imagenumber,
      vtSize: header.vtsize,
      productName: product_name,
    });
    const read = readAll(bytes).map((entry) => ({
      name: entry.name,
      type: entry.type,
      addr: hex(entry.address),
      flashsize: hex(entry.flashSize),
      entry_offset: hex(entry.headerOffset),
      data_offset: hex(entry.dataOffset),
      size_bytes: entry.bytes.length,
      sha256: entry.sha256,
    }));
    expect(entries).toMatchObject(read);
    expect(read).toHaveLength(3);
  });

  it('of a product names it in its third attribute record, and its images follow the records', () => {
    const product = withAttributes(small, 'EC716S_PRD');
    expect(readBinpkgHeader(product, 'p').productName).toBe('EC716S_PRD');
    expect(readAll(product).map(({ name }) => name)).toEqual(['boot', 'app', 'modem']);
  });

  it.each([
    [null, 'ec618'],
    ['EC618_PRD', 'ec618'],
    ['EC716S_PRD', 'ec716'],
    ['EC718P_PRD', 'ec718'],
    ['EC718HM_PRD', 'ec718m'],
    ['EC718UM_PRD', 'ec718m'],
    ['EC718PM_PRD', 'ec718m'],
    ['EC718SM_PRD', 'ec718m'],
    ['QCX217_PRD', 'ec217'],
  ])('with the product name %s is for the chip family %s', (productName, family) => {
    expect(chipFamilyOf(productName, 'p')).toBe(family);
  });

  it('for a chip nobody knows is refused, not taken for an EC618', async () => {
    expect(await refusalOf(() => chipFamilyOf('EC900_PRD', 'p'))).toMatchObject({ code: 'package-platform-mismatch' });
  });
});

describe('a damaged binpkg', () => {
  it.each<[string, (bytes: Buffer) => void]>([
    ['another version', (bytes) => bytes.write('105', 0)],
    ['another magic', (bytes) => bytes.write('bpkh', 8)],
    ['another hash algorithm', (bytes) => bytes.write('SHA512', 20)],
    ['no images', (bytes) => bytes.writeUInt32LE(0, 16)],
    ['four thousand million images', (bytes) => bytes.writeUInt32LE(0xffffffff, 16)],
    ['fewer images than it holds', (bytes) => bytes.writeUInt32LE(2, 16)],
    ['absurdly many attributes', (bytes) => bytes.writeUInt16LE(140 * 400, 30)],
    ['an entry that lies about where it lies', (bytes) => bytes.writeUInt32LE(firstEntry + 8, firstEntry + 72)],
    ['an entry that overlaps the one before', (bytes) => bytes.writeUInt32LE(firstEntry, secondEntry + 72)],
    ['an empty image', (bytes) => bytes.writeUInt32LE(0, firstEntry + 76)],
    ['a name with an escape sequence', (bytes) => bytes.write('\u001b[2J', firstEntry)],
    ['a name that goes on after its end', (bytes) => bytes.write('x', firstEntry + 40)],
    ['a hash text that goes on after its end', (bytes) => bytes.write('x', firstEntry + 80 + 200)],
  ])('with %s is refused', async (_, change) => {
    expect(await refusalOf(() => readAll(damaged(change)))).toMatchObject({ code: 'package-structure-invalid' });
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ['an image larger than the file', (bytes) => bytes.writeUInt32LE(0xffffffff, firstEntry + 76)],
    ['more images than it holds', (bytes) => bytes.writeUInt32LE(4, 16)],
    ['attributes of an image beyond the file', (bytes) => bytes.writeUInt16LE(0xffff, firstEntry + 354)],
  ])('with %s is refused as truncated', async (_, change) => {
    expect(await refusalOf(() => readAll(damaged(change)))).toMatchObject({ code: 'package-truncated' });
  });

  it('with attributes of no known size is refused for that, before anything behind them is looked at', async () => {
    const cut = damaged((bytes) => bytes.writeUInt16LE(421, 30), withAttributes(small, 'EC618_PRD'));
    expect(await refusalOf(() => readAll(cut))).toMatchObject({
      code: 'package-structure-invalid',
      address: '0x1E',
      actual: 421,
    });
  });

  it('with attributes longer than the file is refused as truncated', async () => {
    const cut = damaged((bytes) => bytes.writeUInt16LE(420, 30)).slice(0, 300);
    expect(await refusalOf(() => readAll(cut))).toMatchObject({ code: 'package-truncated', expected: 472, actual: 300 });
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ['the data', (bytes) => bytes.writeUInt8(9, secondEntry + 364)],
    ['the stated hash', (bytes) => bytes.write('0', secondEntry + 80 + 63)],
  ])('with one wrong byte in %s is refused, and the image is named', async (_, change) => {
    expect(await refusalOf(() => readAll(damaged(change)))).toMatchObject({
      code: 'package-hash-mismatch',
      step: 'a.binpkg/app',
    });
  });

  it('cut anywhere is refused as truncated', async () => {
    for (let length = 0; length < small.length; length++) {
      expect(await refusalOf(() => readAll(small.slice(0, length)))).toMatchObject({ code: 'package-truncated' });
    }
  });

  it('with bytes after its last image is refused, with their address', async () => {
    const longer = new Uint8Array([...small, 0]);
    expect(await refusalOf(() => readAll(longer))).toMatchObject({
      code: 'package-structure-invalid',
      address: hex(small.length),
    });
  });

  it('of a product without its name is refused', async () => {
    expect(await refusalOf(() => readAll(withAttributes(small, '')))).toMatchObject({ code: 'package-structure-invalid' });
    const numbers = damaged((bytes) => bytes.writeUInt16LE(1, 52 + 280), withAttributes(small, 'EC618_PRD'));
    expect(await refusalOf(() => readAll(numbers))).toMatchObject({ code: 'package-structure-invalid', address: '0x14C' });
  });

  it('that is only inspected shows every image and which hash does not hold', () => {
    const codes: string[] = [];
    const bytes = damaged((copy) => {
      copy.writeUInt8(9, firstEntry + 364);
      copy.writeUInt8(9, secondEntry + 364);
    });
    const entries = readAll(bytes, ({ failure }) => codes.push(failure.code));
    expect(entries.map(({ hashHolds }) => hashHolds)).toEqual([false, false, true]);
    expect(codes).toEqual(['package-hash-mismatch', 'package-hash-mismatch']);
  });
});

/** The package with three attribute records after its header, as product packages have, and its entries moved behind them. */
function withAttributes(bytes: Uint8Array, productName: string): Uint8Array {
  const records = Buffer.alloc(420);
  records.writeUInt16LE(1, 0);
  records.write('pkgmode', 4);
  records.writeUInt16LE(2, 280);
  records.write('productname', 284);
  records.write(productName, 348);
  const moved = Buffer.concat([bytes.subarray(0, 52), records, bytes.subarray(52)]);
  moved.writeUInt16LE(420, 30);
  for (const offset of [firstEntry, secondEntry, secondEntry + 464]) moved.writeUInt32LE(offset + 420, offset + 420 + 72);
  return new Uint8Array(moved);
}

// Loaders, partition.bin, flashinfo.bin and sparse headers of aboot packages against the golden bytes (asr.md §15, §18).
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/failure.ts';
import { readFip, readFlashInfo, readPartitionTable } from '../../src/firmware/asr-layouts.ts';
import { piecesWrite, readSparse } from '../../src/firmware/asr-sparse.ts';
import { throwAtOnce } from '../../src/firmware/findings.ts';
import { fip, flashInfo, partitionTable, pattern, sparse } from './asr-builder.ts';
import { refusalOf } from './refusal.ts';

interface Vector {
  readonly name: string;
  readonly type: string;
  readonly hex: string;
  readonly length: number;
  readonly entries?: readonly { uuid: string; offset: number; size: number }[];
  readonly devices?: readonly { vendor: string; device: string; name: string }[];
  readonly partitions?: readonly Record<string, unknown>[];
}

const file = resolve(import.meta.dirname, '../vectors/asr.json');
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] };

function vector(name: string): Vector {
  const found = vectors.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}

/** The head of a file, filled up to its length. */
function filled({ hex, length }: Vector): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(Buffer.from(hex, 'hex'));
  return bytes;
}

const table = (bytes: Uint8Array) => readPartitionTable(bytes, 'partition.bin', throwAtOnce);

describe('a loader', () => {
  it.each(['fip-header-preboot', 'fip-header-flasher'])('%s lists its images', (name) => {
    const golden = vector(name);
    const expected = (golden.entries ?? []).slice(0, -1).map(({ uuid, offset, size }) => ({ uuid, offset, size }));
    expect(readFip(filled(golden), name)).toEqual(expected);
  });

  it('that is cut, longer than it says, or no FIP is refused', async () => {
    const whole = fip(600, 1);
    const changed = whole.slice();
    changed[0] = 2;
    expect((await refusalOf(() => readFip(whole.subarray(0, 599), 'x'))).code).toBe('package-truncated');
    expect((await refusalOf(() => readFip(whole.subarray(0, 60), 'x'))).code).toBe('package-truncated');
    expect((await refusalOf(() => readFip(new Uint8Array([...whole, 0]), 'x'))).code).toBe('package-structure-invalid');
    expect((await refusalOf(() => readFip(changed, 'x'))).code).toBe('package-structure-invalid');
  });
});

describe('partition.bin', () => {
  it('gives the golden partitions', () => {
    const golden = vector('partition-made-up-3-slots');
    const parsed = table(new Uint8Array(Buffer.from(golden.hex, 'hex')));
    expect(parsed).toEqual((golden.partitions ?? []).map(({ vstart: _, ...rest }) => rest));
  });

  it('with one wrong bit in its CRC is refused', async () => {
    const bytes = new Uint8Array(Buffer.from(vector('partition-made-up-3-slots').hex, 'hex'));
    bytes[2187] = (bytes[2187] ?? 0) ^ 1;
    expect((await refusalOf(() => table(bytes))).code).toBe('package-crc-mismatch');
  });

  it('ends a text at its first zero, whatever follows', () => {
    const bytes = Buffer.from(partitionTable());
    bytes.write('flash\x000', 8 + 68 + 32, 'latin1');
    const parsed = readPartitionTable(new Uint8Array(bytes), 'partition.bin', () => {});
    expect(parsed[1]?.format).toBe('flash');
  });

  it('with two partitions of one name, or one beyond the address space, is refused', async () => {
    expect(
      (
        await refusalOf(() =>
          table(
            partitionTable([
              ['a', 0, 1],
              ['a', 1, 1],
            ]),
          ),
        )
      ).code,
    ).toBe('package-structure-invalid');
    expect((await refusalOf(() => table(partitionTable([['a', 0xffffffff, 2]])))).code).toBe('package-structure-invalid');
    expect((await refusalOf(() => table(partitionTable([])))).code).toBe('package-structure-invalid');
  });
});

describe('flashinfo.bin', () => {
  it('lists the golden flash chips', () => {
    const golden = vector('flashinfo-8M-header');
    const bytes = Buffer.from(filled(golden));
    (golden.devices ?? []).forEach(({ vendor, device, name }, index) => {
      bytes.writeUInt16LE(Number.parseInt(vendor, 16), 144 + index * 72);
      bytes.writeUInt16LE(Number.parseInt(device, 16), 146 + index * 72);
      bytes.write(name, 152 + index * 72, 'latin1');
    });
    const info = readFlashInfo(new Uint8Array(bytes), 'flashinfo.bin');
    expect(info).toMatchObject({ type: 'QSPI_NOR', sizeBytes: 0x800000, blockBytes: 0x10000, pageBytes: 0x100 });
    expect(info.devices.map(({ vendor, device, name }) => `${vendor.toString(16)} ${device.toString(16)} ${name}`)).toEqual(
      golden.devices?.map(({ vendor, device, name }) => `${vendor} ${device} ${name}`),
    );
  });

  it('that is cut, has no device or bytes too many is refused', async () => {
    const whole = flashInfo();
    expect((await refusalOf(() => readFlashInfo(whole.subarray(0, -1), 'x'))).code).toBe('package-truncated');
    expect((await refusalOf(() => readFlashInfo(flashInfo([]), 'x'))).code).toBe('package-structure-invalid');
    expect((await refusalOf(() => readFlashInfo(new Uint8Array([...whole, 0]), 'x'))).code).toBe('package-structure-invalid');
  });
});

describe('a sparse piece', () => {
  const image = pattern(9001, 5);

  it('is read back to what it writes', () => {
    const [head, tail] = [readSparse(sparse(image, 0, 2)), readSparse(sparse(image, 2, 1))];
    if (!head || !tail) throw new Error('not read');
    expect(piecesWrite([head, tail], image)).toBe(true);
    expect(piecesWrite([head], image)).toBe(false);
    expect(piecesWrite([head, tail, tail], image)).toBe(false);
    expect(piecesWrite([head, tail], pattern(9001, 6))).toBe(false);
    expect(piecesWrite([head, tail], image.subarray(0, 9000))).toBe(false);
  });

  it('with any single byte changed says something else, or is not read at all', () => {
    const whole = sparse(image);
    const ignored = new Set([6, 7, 24, 25, 26, 27, 28, 29, 30, 31]);
    const isReserved = (at: number): boolean =>
      ignored.has(at) || [34, 35, 44, 45, 46, 47].includes(at) || [34, 35, 44, 45, 46, 47].includes(at - 16 - 3 * 4096);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = whole.slice();
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const read = readSparse(bytes);
        expect(read !== null && piecesWrite([read], image)).toBe(isReserved(at));
      }),
      { numRuns: 500 },
    );
  });
});

describe('any member of any bytes', () => {
  const readers = [
    (bytes: Uint8Array) => readFip(bytes, 'x'),
    (bytes: Uint8Array) => table(bytes),
    (bytes: Uint8Array) => readFlashInfo(bytes, 'x'),
    readSparse,
  ];
  const members = [fip(600, 1), partitionTable(), flashInfo(), sparse(pattern(5000, 1))];

  it('is read or refused, never a crash', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(3), edits, fc.nat(), (which, changes, cut) => {
        const whole = members[which] ?? new Uint8Array();
        const bytes = whole.slice(0, whole.length - (cut % 8 === 0 ? cut % whole.length : 0));
        for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value;
        try {
          readers[which]?.(bytes);
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
          expect(thrown.failure.code).toMatch(/^package-/);
        }
      }),
    );
  });
});

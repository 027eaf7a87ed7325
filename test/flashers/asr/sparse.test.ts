// The sparse writer against the golden pieces (asr.md §15).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSparse, sparseFormat } from '../../../src/firmware/asr-sparse.ts';
import { hex8 } from '../../../src/flashers/asr/opcodes.ts';
import { smallestPieceBytes, sparsePieces } from '../../../src/flashers/asr/sparse.ts';
import { unsparse } from './device-double.ts';

interface Piece {
  readonly offsetBlocks: number;
  readonly rawBlocks: number;
  readonly length: number;
  readonly download: string;
  readonly headHex: string;
  readonly tailHex: string;
  readonly sha256: string;
}

interface Vector {
  readonly name: string;
  readonly type: string;
  readonly hex: string;
  readonly length: number;
  readonly pieces: readonly Piece[];
}

const file = resolve(import.meta.dirname, '../../vectors/asr.json');
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] };
const images = vectors.filter(({ type }) => type === 'SPARSE_IMAGE');
const mebibyte = 0x100000;

function contentOf({ name, length }: Vector): Uint8Array {
  if (name.endsWith('a5')) return new Uint8Array(length).fill(0xa5);
  if (name.includes('short')) return new Uint8Array(Buffer.from('hello', 'latin1'));
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 12) * 13 + 3) & 255);
}

const hexOf = (name: string): string => vectors.find((vector) => vector.name === name)?.hex ?? `no vector ${name}`;

describe('the golden sparse images', () => {
  it.each(images)('$name is written to its exact pieces', (vector) => {
    const pieces = [...sparsePieces(contentOf(vector), mebibyte)];
    expect(
      pieces.map(({ offset, rawBytes, bytes }) => ({
        offsetBlocks: offset / 4096,
        rawBlocks: rawBytes / 4096,
        length: bytes.length,
        download: `download:${hex8(bytes.length)}`,
        head: vector.pieces.some(({ headHex }) => Buffer.from(bytes).toString('hex').startsWith(headHex)),
        tail: vector.pieces.some(({ tailHex }) => Buffer.from(bytes.subarray(-100)).toString('hex').endsWith(tailHex)),
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })),
    ).toEqual(
      vector.pieces.map(({ offsetBlocks, rawBlocks, length, download, sha256 }) => ({
        offsetBlocks,
        rawBlocks,
        length,
        download,
        head: true,
        tail: true,
        sha256,
      })),
    );
  });

  it('have the golden headers and chunks', () => {
    const one = Buffer.from([...sparsePieces(new Uint8Array(4096).fill(0xa5), mebibyte)][0]?.bytes ?? []).toString('hex');
    expect(one.startsWith(hexOf('sparse-header-1-block-2-chunks') + hexOf('sparse-chunk-raw-1-block'))).toBe(true);
    expect(one.endsWith(hexOf('sparse-chunk-crc32-a5x4096'))).toBe(true);
    const [first, second] = [...sparsePieces(new Uint8Array(256 * 4096), mebibyte)].map(({ bytes }) =>
      Buffer.from(bytes).toString('hex'),
    );
    expect(first?.slice(64, 96)).toBe(hexOf('sparse-chunk-raw-255-blocks'));
    expect(second?.slice(64, 96)).toBe(hexOf('sparse-chunk-dont-care-255'));
  });
});

describe('the sparse writer', () => {
  it('never makes a piece above the limit, and its pieces are the image', () => {
    const limits = fc.integer({ min: smallestPieceBytes, max: 60_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), limits, (length, limit) => {
        const image = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
        const pieces = [...sparsePieces(image, limit)];
        expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(limit);
        expect(pieces.every(({ bytes }) => readSparse(bytes) !== null)).toBe(true);
        const written = unsparse(pieces.map(({ bytes }) => Buffer.from(bytes)));
        const padded = new Uint8Array(Math.ceil(length / sparseFormat.blockBytes) * sparseFormat.blockBytes);
        padded.set(image);
        expect(Buffer.compare(written, padded)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a limit that no block fits in', () => {
    expect(() => [...sparsePieces(new Uint8Array(1), smallestPieceBytes - 1)]).toThrow(RangeError);
  });
});

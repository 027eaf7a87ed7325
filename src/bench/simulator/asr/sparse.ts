// Reads one piece of an ASR sparse image as the flasher's parser does, strictly. Knows no partition and no flash.
// Source: asr.md §15.
import { crc32 } from 'node:zlib';

export const blockBytes = 4096;

/** Bytes for the blocks from `block` on. */
export interface BlockRun {
  readonly block: number;
  readonly bytes: Uint8Array;
}

export interface SparsePiece {
  /** Of the whole image, not of this piece. */
  readonly totalBlocks: number;
  readonly runs: readonly BlockRun[];
}

const magic = 0xed26ff3a;
const fileHeaderBytes = 32;
const chunkHeaderBytes = 16;
/** Larger than any flash of these modules. */
const largestFillBlocks = 0x4000;
const chunkTypes = { raw: 0xcac1, fill: 0xcac2, dontCare: 0xcac3, crc32: 0xcac4 } as const;

/** Something the parser refuses, in the words of its FAIL. */
class Refused extends Error {}

/** The piece, or the text of the FAIL. */
export function parseSparse(bytes: Uint8Array): SparsePiece | string {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

function parse(bytes: Uint8Array): SparsePiece {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { totalBlocks, totalChunks } = parseHeader(view);
  const runs: BlockRun[] = [];
  let at = fileHeaderBytes;
  let block = 0;
  let crc = 0;
  for (let chunk = 0; chunk < totalChunks; chunk++) {
    const { type, blocks, body, next } = chunkAt(view, at);
    switch (type) {
      case chunkTypes.raw:
      case chunkTypes.fill: {
        const run = type === chunkTypes.raw ? body : filled(body, blocks);
        if (run.length !== blocks * blockBytes) throw new Refused('sparse: bogus chunk size for chunk type raw');
        runs.push({ block, bytes: run });
        crc = crc32(run, crc);
        break;
      }
      case chunkTypes.dontCare:
        if (body.length !== 0) throw new Refused('sparse: bogus chunk size for chunk type dont_care');
        break;
      case chunkTypes.crc32:
        if (body.length !== 4 || blocks !== 0) throw new Refused('sparse: bogus chunk size for chunk type crc32');
        if (u32(body) !== crc) throw new Refused('invalid sparse crc');
        break;
      default:
        throw new Refused(`sparse: unknown chunk type ${type.toString(16)}`);
    }
    block += blocks;
    at = next;
  }
  if (block !== totalBlocks) throw new Refused(`sparse: ${block} blocks in place of ${totalBlocks}`);
  if (at !== bytes.length) throw new Refused(`sparse: ${bytes.length - at} bytes after the last chunk`);
  return { totalBlocks, runs };
}

function parseHeader(view: DataView): { totalBlocks: number; totalChunks: number } {
  if (view.byteLength < fileHeaderBytes || view.getUint32(0, true) !== magic)
    throw new Refused('sparse: not a sparse file image');
  if (view.getUint16(4, true) !== 1) throw new Refused('sparse: unknown version');
  if (view.getUint16(8, true) !== fileHeaderBytes || view.getUint16(10, true) !== chunkHeaderBytes)
    throw new Refused('sparse: wrong header sizes');
  if (view.getUint32(12, true) !== blockBytes) throw new Refused('sparse: wrong block size');
  return { totalBlocks: view.getUint32(16, true), totalChunks: view.getUint32(20, true) };
}

function chunkAt(view: DataView, at: number): { type: number; blocks: number; body: Uint8Array; next: number } {
  if (at + chunkHeaderBytes > view.byteLength) throw new Refused('sparse: fewer chunks than announced');
  const totalSize = view.getUint32(at + 8, true);
  const next = at + totalSize;
  if (totalSize < chunkHeaderBytes || next > view.byteLength) throw new Refused('sparse: a chunk outside the image');
  return {
    type: view.getUint16(at, true),
    blocks: view.getUint32(at + 4, true),
    body: new Uint8Array(view.buffer, view.byteOffset + at + chunkHeaderBytes, totalSize - chunkHeaderBytes),
    next,
  };
}

/** The reference does not say what CRC32 counts for FILL: here the bytes it stands for. */
function filled(pattern: Uint8Array, blocks: number): Uint8Array {
  if (pattern.length !== 4) throw new Refused('sparse: bogus chunk size for chunk type fill');
  if (blocks > largestFillBlocks) throw new Refused('sparse: a fill of too many blocks');
  return Uint8Array.from({ length: blocks * blockBytes }, (_, index) => pattern[index % 4] ?? 0);
}

const u32 = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);

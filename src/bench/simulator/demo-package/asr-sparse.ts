// Cuts an image into ASR sparse pieces (asr.md §15), for the recorded script of a demo package. Knows no package.
import { crc32 } from 'node:zlib';

const blockBytes = 4096;
/** The vendor's size: the longest piece stays below 1 MiB. */
export const usualPieceBlocks = 255;

export function sparsePieces(image: Uint8Array, pieceBlocks = usualPieceBlocks): readonly Buffer[] {
  const totalBlocks = Math.ceil(image.length / blockBytes);
  const padded = Buffer.alloc(totalBlocks * blockBytes);
  padded.set(image);
  const pieces: Buffer[] = [];
  for (let first = 0; first < totalBlocks; first += pieceBlocks) {
    const blocks = Math.min(pieceBlocks, totalBlocks - first);
    pieces.push(piece(padded.subarray(first * blockBytes, (first + blocks) * blockBytes), first, totalBlocks));
  }
  return pieces;
}

function piece(raw: Buffer, before: number, totalBlocks: number): Buffer {
  const blocks = raw.length / blockBytes;
  const after = totalBlocks - before - blocks;
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(raw));
  const chunks = [
    ...(before > 0 ? [chunk(0xcac3, before)] : []),
    chunk(0xcac1, blocks, raw),
    ...(after > 0 ? [chunk(0xcac3, after)] : []),
    chunk(0xcac4, 0, sum),
  ];
  return Buffer.concat([fileHeader(totalBlocks, chunks.length), ...chunks]);
}

function fileHeader(totalBlocks: number, totalChunks: number): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xed26ff3a, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(32, 8);
  header.writeUInt16LE(16, 10);
  header.writeUInt32LE(blockBytes, 12);
  header.writeUInt32LE(totalBlocks, 16);
  header.writeUInt32LE(totalChunks, 20);
  return header;
}

function chunk(type: number, blocks: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16LE(type, 0);
  header.writeUInt32LE(blocks, 4);
  header.writeUInt32LE(16 + body.length, 8);
  return Buffer.concat([header, body]);
}

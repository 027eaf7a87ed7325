// Makes the sparse pieces of an image (asr.md §15): chunks DONT_CARE before, RAW, DONT_CARE after, CRC32. Knows no command.
import { sparseFormat } from '../../firmware/asr-sparse.ts';
import { crc32 } from '../../framing/crc32.ts';

const { blockBytes, headerBytes, chunkHeaderBytes, chunks } = sparseFormat;

/** 256 blocks would not stay below 1 MiB with their headers. */
const maxPieceBlocks = 255;
/** Header, three chunk headers, and the CRC32 chunk of 20 bytes. */
const overheadBytes = headerBytes + 3 * chunkHeaderBytes + chunkHeaderBytes + 4;

export const smallestPieceBytes = overheadBytes + blockBytes;

/** The image's bytes that a piece carries begin at `offset`; the last ones may be padding. */
export interface SparsePiece {
  readonly offset: number;
  readonly rawBytes: number;
  readonly bytes: Uint8Array;
}

/** The pieces in order, none larger than `maxBytes`, each made when it is asked for. Throws `RangeError` below `smallestPieceBytes`. */
export function* sparsePieces(image: Uint8Array, maxBytes: number): Generator<SparsePiece> {
  const pieceBlocks = Math.min(maxPieceBlocks, Math.floor((maxBytes - overheadBytes) / blockBytes));
  if (pieceBlocks < 1) throw new RangeError(`a piece takes ${smallestPieceBytes} bytes, not ${maxBytes}`);
  const totalBlocks = Math.ceil(image.length / blockBytes);
  for (let block = 0; block < totalBlocks; block += pieceBlocks) {
    const blocks = Math.min(pieceBlocks, totalBlocks - block);
    yield {
      offset: block * blockBytes,
      rawBytes: blocks * blockBytes,
      bytes: encodePiece(image, totalBlocks, block, blocks),
    };
  }
}

function encodePiece(image: Uint8Array, totalBlocks: number, block: number, blocks: number): Uint8Array {
  const after = totalBlocks - block - blocks;
  const chunkCount = 2 + (block > 0 ? 1 : 0) + (after > 0 ? 1 : 0);
  const bytes = new Uint8Array(headerBytes + chunkCount * chunkHeaderBytes + blocks * blockBytes + 4);
  const view = new DataView(bytes.buffer);
  writeHeader(view, totalBlocks, chunkCount);
  let at = headerBytes;
  const chunk = (type: number, blockCount: number, contentBytes: number): void => {
    view.setUint16(at, type, true);
    view.setUint32(at + 4, blockCount, true);
    view.setUint32(at + 8, chunkHeaderBytes + contentBytes, true);
    at += chunkHeaderBytes;
  };

  if (block > 0) chunk(chunks.DONT_CARE, block, 0);
  chunk(chunks.RAW, blocks, blocks * blockBytes);
  // What the image does not fill stays zero: the padding of its last block.
  bytes.set(image.subarray(block * blockBytes, (block + blocks) * blockBytes), at);
  const checksum = crc32(bytes.subarray(at, at + blocks * blockBytes));
  at += blocks * blockBytes;
  if (after > 0) chunk(chunks.DONT_CARE, after, 0);
  chunk(chunks.CRC32, 0, 4);
  view.setUint32(at, checksum, true);
  return bytes;
}

function writeHeader(view: DataView, totalBlocks: number, chunkCount: number): void {
  view.setUint32(0, sparseFormat.magic, true);
  view.setUint16(4, sparseFormat.major, true);
  view.setUint16(6, sparseFormat.minor, true);
  view.setUint16(8, headerBytes, true);
  view.setUint16(10, chunkHeaderBytes, true);
  view.setUint32(12, blockBytes, true);
  view.setUint32(16, totalBlocks, true);
  view.setUint32(20, chunkCount, true);
}

// ASR's sparse images (asr.md §15): the numbers of the format, and a reader that checks one piece. Knows no partition and no wire.
import { crc32 } from 'node:zlib';

/** Little-endian. Android's sparse format with longer headers. */
export const sparseFormat = {
  magic: 0xed26ff3a,
  major: 1,
  minor: 0,
  headerBytes: 32,
  chunkHeaderBytes: 16,
  blockBytes: 4096,
  chunks: { RAW: 0xcac1, FILL: 0xcac2, DONT_CARE: 0xcac3, CRC32: 0xcac4 },
} as const;

const { headerBytes, chunkHeaderBytes, blockBytes, chunks } = sparseFormat;

export interface SparseExtent {
  readonly block: number;
  /** Whole blocks. */
  readonly bytes: Uint8Array;
}

export interface SparseContent {
  /** Of the whole image, not of this piece. */
  readonly totalBlocks: number;
  readonly extents: readonly SparseExtent[];
}

export function isSparse(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === sparseFormat.magic;
}

/** What one piece writes where; null for anything but a whole, well-formed piece with RAW chunks and a CRC-32 that holds. */
export function readSparse(bytes: Uint8Array): SparseContent | null {
  if (bytes.length < headerBytes || !isSparse(bytes)) return null;
  const view = viewOf(bytes);
  const isOurs =
    view.getUint16(4, true) === sparseFormat.major &&
    view.getUint16(8, true) === headerBytes &&
    view.getUint16(10, true) === chunkHeaderBytes &&
    view.getUint32(12, true) === blockBytes;
  if (!isOurs) return null;
  const totalBlocks = view.getUint32(16, true);
  const extents: SparseExtent[] = [];
  let [at, block, checksum, checked] = [headerBytes, 0, 0, false];
  for (let chunk = view.getUint32(20, true); chunk > 0; chunk--) {
    if (bytes.length - at < chunkHeaderBytes || checked) return null;
    const type = view.getUint16(at, true);
    const blocks = view.getUint32(at + 4, true);
    const size = view.getUint32(at + 8, true);
    if (size < chunkHeaderBytes || size > bytes.length - at) return null;
    const content = bytes.subarray(at + chunkHeaderBytes, at + size);
    at += size;
    if (type === chunks.RAW && content.length === blocks * blockBytes) {
      extents.push({ block, bytes: content });
      checksum = crc32(content, checksum);
    } else if (type === chunks.CRC32 && content.length === 4 && blocks === 0) {
      if (viewOf(content).getUint32(0, true) !== checksum) return null;
      checked = true;
    } else if (type !== chunks.DONT_CARE || content.length > 0) return null;
    block += blocks;
  }
  return checked && at === bytes.length && block === totalBlocks ? { totalBlocks, extents } : null;
}

/** Whether the pieces together write exactly this image, zero-padded to whole blocks, each block once. */
export function piecesWrite(pieces: readonly SparseContent[], image: Uint8Array): boolean {
  const totalBlocks = Math.ceil(image.length / blockBytes);
  const written = new Uint8Array(totalBlocks);
  for (const piece of pieces) {
    if (piece.totalBlocks !== totalBlocks) return false;
    for (const { block, bytes } of piece.extents) {
      for (let i = block; i < block + bytes.length / blockBytes; i++) {
        if (written[i] !== 0) return false;
        written[i] = 1;
      }
      if (!sameWithPadding(bytes, image.subarray(block * blockBytes, block * blockBytes + bytes.length))) return false;
    }
  }
  return !written.includes(0);
}

function sameWithPadding(padded: Uint8Array, content: Uint8Array): boolean {
  if (Buffer.compare(padded.subarray(0, content.length), content) !== 0) return false;
  return padded.subarray(content.length).every((byte) => byte === 0);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// Writes a `.binpkg` of version 106 without attribute records (eigencomm.md §10). Every byte follows from the images.
import { createHash } from 'node:crypto';

export interface BinpkgImage {
  readonly name: string;
  readonly type: 'BL' | 'AP' | 'CP';
  readonly address: number;
  readonly flashSize: number;
  readonly bytes: Uint8Array;
}

const headerSize = 52;
const entrySize = 364;

export function binpkg(images: readonly BinpkgImage[]): Uint8Array {
  const pieces: Uint8Array[] = [fileHeader(images.length)];
  let offset = headerSize;
  for (const image of images) {
    pieces.push(entryHeader(image, offset), image.bytes);
    offset += entrySize + image.bytes.length;
  }
  return Uint8Array.from(Buffer.concat(pieces));
}

function fileHeader(imageCount: number): Buffer {
  const header = Buffer.alloc(headerSize);
  header.write('106', 0, 'ascii');
  header.write('bpkg', 8, 'ascii');
  header.writeUInt32LE(imageCount, 16);
  header.write('SHA256', 20, 'ascii');
  return header;
}

function entryHeader({ name, type, address, flashSize, bytes }: BinpkgImage, offset: number): Buffer {
  const header = Buffer.alloc(entrySize);
  header.write(name, 0, 'ascii');
  header.writeUInt32LE(address, 64);
  header.writeUInt32LE(flashSize, 68);
  header.writeUInt32LE(offset, 72);
  header.writeUInt32LE(bytes.length, 76);
  header.write(createHash('sha256').update(bytes).digest('hex').toUpperCase(), 80, 'ascii');
  header.write(type, 336, 'ascii');
  return header;
}

// A zip writer for tests that can lie in every field. It shares nothing with the reader and nothing with the demo generator.
import { crc32, deflateRawSync } from 'node:zlib';

export interface ForgedEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  readonly method?: number;
  readonly flags?: number;
  /** Unix mode, e.g. 0o120777 for a symbolic link. */
  readonly mode?: number;
  readonly crc32?: number;
  /** What the headers claim as uncompressed size. */
  readonly declaredSize?: number;
  readonly localName?: string;
}

export interface ForgedEnd {
  readonly entryCount?: number;
  readonly comment?: string;
  readonly zip64?: boolean;
}

export const text = (content: string): Uint8Array => new TextEncoder().encode(content);

export function forgeZip(entries: readonly ForgedEntry[], end: ForgedEnd = {}): Uint8Array {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const data = entry.deflate === true ? deflateRawSync(entry.bytes) : Buffer.from(entry.bytes);
    const local = header(Buffer.from('PK\x03\x04', 'latin1'), entry, data.length, entry.localName ?? entry.name, Buffer.alloc(0));
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(header(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), entry, data.length, entry.name, tail));
    body.push(local, data);
    offset += local.length + data.length;
  }
  const listing = Buffer.concat(directory);
  const locator = end.zip64 === true ? Buffer.concat([Buffer.from('PK\x06\x07', 'latin1'), Buffer.alloc(16)]) : Buffer.alloc(0);
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06', 'latin1');
  record.writeUInt16LE(end.entryCount ?? entries.length, 8);
  record.writeUInt16LE(end.entryCount ?? entries.length, 10);
  record.writeUInt32LE(listing.length, 12);
  record.writeUInt32LE(offset, 16);
  record.writeUInt16LE(end.comment?.length ?? 0, 20);
  return new Uint8Array(Buffer.concat([...body, listing, locator, record, Buffer.from(end.comment ?? '', 'latin1')]));
}

function header(signature: Buffer, entry: ForgedEntry, compressedSize: number, name: string, tail: Buffer): Buffer {
  const nameBytes = Buffer.from(name, 'utf8');
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE((entry.flags ?? 0) | 0x800, 2);
  fields.writeUInt16LE(entry.method ?? (entry.deflate === true ? 8 : 0), 4);
  fields.writeUInt32LE(entry.crc32 ?? crc32(entry.bytes), 10);
  fields.writeUInt32LE(compressedSize, 14);
  fields.writeUInt32LE(entry.declaredSize ?? entry.bytes.length, 18);
  fields.writeUInt16LE(nameBytes.length, 22);
  return Buffer.concat([signature, fields, tail, nameBytes]);
}

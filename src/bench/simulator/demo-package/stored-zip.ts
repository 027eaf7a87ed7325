// Writes a zip of uncompressed members: the container of a QuecPython release. Every byte follows from the members.
import { crc32 } from 'node:zlib';

export interface StoredMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** When it was changed last, as a zip tells it; default 1980-01-01. */
  readonly dosDate?: number;
}

/** 1980-01-01, the oldest date a zip can tell. */
const oldestDosDate = 0x0021;
const version = 20;

export function storedZip(members: readonly StoredMember[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes, dosDate } of members) {
    const nameBytes = Buffer.from(name, 'ascii');
    const facts = commonFields(nameBytes, bytes, dosDate ?? oldestDosDate);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, nameBytes]);
    directory.push(directoryEntry(facts, nameBytes, offset));
    pieces.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const listing = Buffer.concat(directory);
  return Uint8Array.from(Buffer.concat([...pieces, listing, endRecord(members.length, listing.length, offset)]));
}

/** The 26 bytes that local header and central directory share: version, flags, method, time, date, CRC-32, sizes, lengths. */
function commonFields(name: Uint8Array, bytes: Uint8Array, dosDate: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(version, 0);
  fields.writeUInt16LE(dosDate, 8);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(bytes.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function directoryEntry(facts: Uint8Array, name: Uint8Array, offset: number): Buffer {
  const head = Buffer.from('PK\x01\x02\0\0', 'latin1');
  head.writeUInt16LE(version, 4);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([head, facts, tail, name]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

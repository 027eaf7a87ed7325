// Opens a zip that lies in memory and lists what is safe to read, within limits. Knows no package format.
// A member's name is only ever a label: nothing is written to disk, so no name can lead anywhere.
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, getFileNameLowLevel, type ZipFile } from 'yauzl';
import { Fault, fault, hex } from '../domain/failure.ts';
import type { Refuse } from './findings.ts';
import { entryProblem, isLitter, memberKey } from './zip-entry.ts';

export interface ZipLimits {
  readonly entries: number;
  readonly entryBytes: number;
  readonly totalBytes: number;
}

export interface ZipMember {
  /** With `/` between folders, no leading `./`. */
  readonly name: string;
  /** Uncompressed bytes, as declared. */
  readonly size: number;
  /** When it was last changed, as DOS writes it (date in the upper 16 bits): only for telling older from newer. */
  readonly modified: number;
  /**
   * Streams the member into memory. Throws `package-size-forged`, `package-structure-invalid`; tells `package-crc-mismatch` to
   * `refuse`, and returns the bytes as they are when that does not throw.
   */
  read(refuse: Refuse): Promise<Uint8Array>;
}

export interface ZipArchive {
  readonly members: readonly ZipMember[];
  /** Of all entries as declared, litter included. */
  readonly entries: number;
  readonly totalBytes: number;
}

const endSize = 22;
const maxCommentSize = 0xffff;
const endSignature = Buffer.from('PK\x05\x06', 'latin1');
const zip64LocatorSignature = 0x07064b50;
const zip64LocatorSize = 20;
const directoryEntrySize = 46;

/** By the signature of a first local header, or of an empty archive. */
export function isZip(bytes: Uint8Array): boolean {
  const [p, k, a, b] = bytes;
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

/**
 * Reads the central directory. Throws where the archive as a whole cannot be trusted (`package-truncated`,
 * `package-structure-invalid`, `package-too-large`); tells `refuse` of single entries (`package-unsafe-entry`,
 * `package-duplicate-entry`, `package-size-forged`, `package-too-large`) and leaves those out. Folders and the litter of macOS are left out
 * silently. `path` names the archive in failures.
 */
export async function openZip(bytes: Uint8Array, path: string, limits: ZipLimits, refuse: Refuse): Promise<ZipArchive> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(buffer, path);
  if (directory.entries > limits.entries) {
    throw fault('package-too-large', path, { expected: `at most ${limits.entries} entries`, actual: directory.entries });
  }
  // Names and sizes are checked here, each with its own code; yauzl's own checks stop at the first with a sentence.
  const zip = await fromBufferPromise(buffer, { decodeStrings: false, validateEntrySizes: false }).catch((cause: unknown) => {
    throw fault('package-structure-invalid', path, { detail: messageOf(cause) }, cause);
  });
  const entries = await listEntries(zip, directory, path);
  const totalBytes = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  if (totalBytes > limits.totalBytes) {
    throw fault('package-too-large', path, { expected: `at most ${limits.totalBytes} bytes in all`, actual: totalBytes });
  }
  return { members: membersOf(zip, entries, path, limits, refuse), entries: entries.length, totalBytes };
}

function membersOf(zip: ZipFile, entries: readonly Entry[], path: string, limits: ZipLimits, refuse: Refuse): ZipMember[] {
  const members: ZipMember[] = [];
  const seen = new Set<string>();
  for (const entry of entries) {
    const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
    const step = `${path}/${printable(name)}`;
    const problem = entryProblem(entry, name, step, limits.entryBytes);
    if (problem !== null) {
      refuse(problem);
      continue;
    }
    const key = memberKey(name);
    if (seen.has(key)) refuse(fault('package-duplicate-entry', step, { detail: `two entries stand for ${key}` }));
    else if (!name.endsWith('/') && !isLitter(name)) members.push(memberOf(zip, entry, name, step));
    seen.add(key);
  }
  return members;
}

function memberOf(zip: ZipFile, entry: Entry, name: string, step: string): ZipMember {
  return {
    name: name
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
    size: entry.uncompressedSize,
    modified: entry.lastModFileDate * 0x10000 + entry.lastModFileTime,
    read: (refuse) => readMember(zip, entry, step, refuse),
  };
}

async function readMember(zip: ZipFile, entry: Entry, step: string, refuse: Refuse): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.uncompressedSize);
  let length = 0;
  let checksum = 0;
  try {
    for await (const chunk of await openMember(zip, entry, step)) {
      // Checked per chunk, so a bomb with a small declared size ends here and not in memory.
      if (length + chunk.length > bytes.length) throw forged(step, bytes.length, 'more');
      bytes.set(chunk, length);
      length += chunk.length;
      checksum = crc32(chunk, checksum);
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw fault('package-structure-invalid', step, { detail: messageOf(cause) }, cause);
  }
  if (length < bytes.length) throw forged(step, bytes.length, length);
  if (checksum !== entry.crc32) {
    refuse(fault('package-crc-mismatch', step, { expected: hex(entry.crc32), actual: hex(checksum) }));
  }
  return bytes;
}

async function openMember(zip: ZipFile, entry: Entry, step: string): Promise<AsyncIterable<Uint8Array>> {
  // Other programs go by the local header: an archive that means one file to them and another to us is refused.
  const local = await zip.readLocalFileHeaderPromise(entry);
  if (!local.fileName.equals(entry.fileNameRaw)) {
    throw fault('package-structure-invalid', step, { detail: 'local header and central directory name different files' });
  }
  return zip.openReadStreamPromise(entry);
}

interface Directory {
  readonly entries: number;
  readonly size: number;
}

/** The end record, checked so far that no entry can be hidden from us or fall off unseen. */
function findDirectory(buffer: Buffer, path: string): Directory {
  const end = buffer.length < endSize ? -1 : buffer.lastIndexOf(endSignature, buffer.length - endSize);
  if (end < Math.max(0, buffer.length - endSize - maxCommentSize)) {
    throw fault('package-truncated', path, { detail: 'the end record of the zip is missing' });
  }
  const endOfComment = end + endSize + buffer.readUInt16LE(end + 20);
  if (endOfComment > buffer.length) throw fault('package-truncated', path, { expected: endOfComment, actual: buffer.length });
  if (endOfComment < buffer.length) throw invalid(path, `${buffer.length - endOfComment} bytes after the end of the zip`);
  if (end >= zip64LocatorSize && buffer.readUInt32LE(end - zip64LocatorSize) === zip64LocatorSignature) {
    throw invalid(path, 'a zip64 archive');
  }
  const entries = buffer.readUInt16LE(end + 10);
  const size = buffer.readUInt32LE(end + 12);
  if (buffer.readUInt16LE(end + 8) !== entries) throw invalid(path, 'a zip in several volumes');
  if (buffer.readUInt32LE(end + 16) + size !== end) throw invalid(path, 'the central directory does not end at the end record');
  return { entries, size };
}

async function listEntries(zip: ZipFile, directory: Directory, path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) entries.push(entry);
  } catch (cause) {
    throw fault('package-structure-invalid', `${path}, entry ${entries.length + 1}`, { detail: messageOf(cause) }, cause);
  }
  const size = entries.reduce(
    (sum, { fileNameLength, extraFieldLength, fileCommentLength }) =>
      sum + directoryEntrySize + fileNameLength + extraFieldLength + fileCommentLength,
    0,
  );
  if (size !== directory.size) throw invalid(path, `${entries.length} entries take ${size} of ${directory.size} directory bytes`);
  return entries;
}

const invalid = (step: string, detail: string): Fault => fault('package-structure-invalid', step, { detail });

const forged = (step: string, declared: number, actual: number | string): Fault =>
  fault('package-size-forged', step, { expected: declared, actual });

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** A name as it may stand in a message: control characters would reach the terminal. */
const printable = (name: string): string => name.replace(/[\p{Cc}\p{Cf}]/gu, '?');

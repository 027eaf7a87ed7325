// The rules for one entry of a zip's central directory: what may be in a package and what is refused. Reads no data.
import type { Entry } from 'yauzl';
import { type Fault, fault } from '../domain/failure.ts';

const fileTypeMask = 0o170000;
const regularFile = 0o100000;
const folder = 0o040000;
const stored = 0;
const deflated = 8;

/** What is wrong with an entry, or null. `step` names it in the failure. */
export function entryProblem(entry: Entry, name: string, step: string, limitBytes: number): Fault | null {
  const unsafe = unsafeBecause(entry, name);
  if (unsafe !== null) return fault('package-unsafe-entry', step, { detail: unsafe });
  const { compressionMethod, compressedSize, uncompressedSize } = entry;
  if (compressionMethod !== stored && compressionMethod !== deflated) {
    return fault('package-structure-invalid', step, { expected: 'stored or deflated', actual: compressionMethod });
  }
  if (uncompressedSize > limitBytes) {
    return fault('package-too-large', step, { expected: `at most ${limitBytes} bytes`, actual: uncompressedSize });
  }
  if (compressionMethod === stored && compressedSize !== uncompressedSize) {
    return fault('package-size-forged', step, { expected: compressedSize, actual: uncompressedSize });
  }
  return null;
}

function unsafeBecause(entry: Entry, name: string): string | null {
  if (name === '') return 'an empty name';
  if (/\p{Cc}/u.test(name)) return 'a control character in the name';
  if (/^(\/|[a-z]:)/i.test(name)) return 'an absolute name';
  if (name.split('/').includes('..')) return 'a name that leads out of its folder';
  if (entry.isEncrypted()) return 'encrypted';
  // The upper half is a Unix mode wherever a tool wrote one, whatever system the entry claims to come from.
  const fileType = (entry.externalFileAttributes >>> 16) & fileTypeMask;
  if (fileType !== 0 && fileType !== regularFile && fileType !== folder) return 'a symbolic link or a special file';
  return null;
}

/** Two names with the same key would be one file on some system. */
export function memberKey(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.join('/').normalize('NFC').toLowerCase();
}

/** What macOS leaves in every zip it makes. */
export function isLitter(name: string): boolean {
  const parts = name.split('/');
  const file = parts.at(-1) ?? '';
  return parts.includes('__MACOSX') || file === '.DS_Store' || file.startsWith('._');
}

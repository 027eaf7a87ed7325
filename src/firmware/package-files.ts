// Takes a package file apart into its leaves: zips within zips, within one budget for all of them. Knows no package format.
import { Fault, fault } from '../domain/failure.ts';
import type { Refuse } from './findings.ts';
import { isZip, openZip, type ZipMember } from './zip-archive.ts';

export interface PackageFile {
  /** Folders and zips on the way to it, then its name, e.g. `QPY_FW.bin/QPY_FW/at_command.binpkg`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** `ZipMember.modified`; absent for a file that lies in no zip. */
  readonly modified?: number;
}

export interface PackageLimits {
  /** Over all nested zips together. */
  readonly entries: number;
  readonly entryBytes: number;
  readonly totalBytes: number;
  /** How many zips may lie within each other. */
  readonly nesting: number;
}

const mebibyte = 0x100000;

/** Some ten times what the largest known release needs. */
export const packageLimits: PackageLimits = {
  entries: 512,
  entryBytes: 64 * mebibyte,
  totalBytes: 192 * mebibyte,
  nesting: 3,
};

/** Every member is read one at a time, its size and CRC-32 checked. Throws and refuses with the codes of `openZip` and `ZipMember.read`. */
export async function unpackFiles(
  bytes: Uint8Array,
  fileName: string,
  refuse: Refuse,
  limits: PackageLimits = packageLimits,
): Promise<PackageFile[]> {
  if (!isZip(bytes)) return [{ path: fileName, bytes }];
  const files: PackageFile[] = [];
  let entriesLeft = limits.entries;
  let bytesLeft = limits.totalBytes;

  const unpack = async (zip: Uint8Array, path: string, prefix: string, depth: number): Promise<void> => {
    if (depth > limits.nesting) {
      throw fault('package-too-large', path, { expected: `at most ${limits.nesting} zips within each other`, actual: depth });
    }
    const archive = await openZip(
      zip,
      path,
      { entries: entriesLeft, entryBytes: limits.entryBytes, totalBytes: bytesLeft },
      refuse,
    );
    entriesLeft -= archive.entries;
    bytesLeft -= archive.totalBytes;
    for (const member of archive.members) await orRefuse(refuse, () => take(member, path, prefix, depth));
  };

  const take = async (member: ZipMember, path: string, prefix: string, depth: number): Promise<void> => {
    const content = await member.read(refuse);
    const inner = `${prefix}${member.name}`;
    if (isZip(content)) await unpack(content, `${path}/${member.name}`, `${inner}/`, depth + 1);
    else if (files.some((file) => file.path === inner)) throw fault('package-duplicate-entry', `${path}/${member.name}`);
    else files.push({ path: inner, bytes: content, modified: member.modified });
  };

  await unpack(bytes, fileName, '', 1);
  return files;
}

/** Lets the other members be read after one is refused, where refusing does not throw. */
async function orRefuse(refuse: Refuse, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    refuse(thrown);
  }
}

// Finds its way in the files of a package for Eigencomm modules: the one binpkg, and what lies in its folder (eigencomm.md §11.1).
// Knows names and folders, no contents.
import { fault } from '../domain/failure.ts';
import { isBinpkg } from './binpkg.ts';
import { sha256Hex } from './digest.ts';
import type { ImagePart } from './package.ts';
import type { PackageFile } from './package-files.ts';
import type { PackageProbe } from './package-reader.ts';

/** Finds a file in the binpkg's folder, e.g. `agentboot_usb/agentboot.bin`; null when there is none. */
export type FindPart = (name: string) => ImagePart | null;

export interface Release {
  readonly binpkg: PackageFile;
  /** The folder (or the zip) that holds the binpkg; empty for a bare binpkg or the root of the file. */
  readonly folder: string;
  /** True when the package file is the binpkg itself. */
  readonly bare: boolean;
  readonly findPart: FindPart;
  /** The whole path of such a file, as the members name it. */
  readonly pathOf: (name: string) => string;
}

/** Throws `package-member-missing` without a binpkg, `package-structure-invalid` with two. */
export function findRelease(probe: PackageProbe): Release {
  const binpkg = findBinpkg(probe);
  const bare = probe.files.length === 1 && binpkg.path === probe.fileName;
  const folder = binpkg.path.split('/').slice(0, -1).join('/');
  const pathOf = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  return { binpkg, folder, bare, findPart: partFinder(bare ? [] : probe.files, pathOf), pathOf };
}

/** Newer releases hold further packed files; where several look like a binpkg, the suffix that the vendor's tools go by decides. */
function findBinpkg({ files, fileName }: PackageProbe): PackageFile {
  const found = files.filter((file) => isBinpkg(file.bytes));
  const [binpkg, second] = found.length > 1 ? found.filter(({ path }) => path.toLowerCase().endsWith('.binpkg')) : found;
  if (binpkg === undefined) {
    throw fault('package-member-missing', fileName, { expected: 'a binpkg', actual: `${found.length} files that might be one` });
  }
  if (second !== undefined) {
    throw fault('package-structure-invalid', fileName, { expected: 'one binpkg', actual: `${binpkg.path} and ${second.path}` });
  }
  return binpkg;
}

/** Each file is hashed when it is first asked for. */
function partFinder(files: readonly PackageFile[], pathOf: Release['pathOf']): FindPart {
  const parts = new Map<string, ImagePart>();
  return (name) => {
    const known = parts.get(name);
    if (known !== undefined) return known;
    const file = files.find(({ path }) => path === pathOf(name));
    if (file === undefined) return null;
    const part: ImagePart = { name, bytes: file.bytes, sha256: sha256Hex(file.bytes) };
    parts.set(name, part);
    return part;
  };
}

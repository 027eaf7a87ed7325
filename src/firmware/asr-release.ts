// Finds its way in the files of an aboot release (asr.md §12): the one folder with download.json and its loaders. Knows names and
// folders, no contents.
import { fault } from '../domain/failure.ts';
import type { AsrImage } from './asr-package.ts';
import { sha256Hex } from './digest.ts';
import type { PackageFile } from './package-files.ts';
import type { PackageProbe } from './package-reader.ts';

export const manifestName = 'download.json';
export const scriptName = 'firmware.bin';
const loaderNames = ['preboot.img', 'flasher.img'];

export interface AsrRelease {
  readonly folder: string;
  readonly manifest: PackageFile;
  readonly script: PackageFile | null;
  /** An image in the release's folder. Throws `package-member-missing`. */
  readonly demand: (name: string) => AsrImage;
  /** The whole path of such a file, as the members name it. */
  readonly pathOf: (name: string) => string;
}

/** The manifests that have their loaders beside them, or below them in a folder per boot ROM. */
export function findManifests(files: readonly PackageFile[]): readonly PackageFile[] {
  return files.filter(({ path }) => {
    if (path !== manifestName && !path.endsWith(`/${manifestName}`)) return false;
    const prefix = path.slice(0, -manifestName.length);
    return loaderNames.every((loader) =>
      files.some((file) => file.path.startsWith(prefix) && file.path.split('/').at(-1) === loader),
    );
  });
}

/** Throws `package-member-missing` without a manifest and its loaders, `package-structure-invalid` with two. */
export function findAsrRelease({ files, fileName }: PackageProbe): AsrRelease {
  const [manifest, second] = findManifests(files);
  if (manifest === undefined)
    throw fault('package-member-missing', fileName, { expected: [manifestName, ...loaderNames].join(', ') });
  if (second !== undefined)
    throw fault('package-structure-invalid', fileName, {
      expected: 'one aboot release',
      actual: `${manifest.path} and ${second.path}`,
    });
  const folder = manifest.path.split('/').slice(0, -1).join('/');
  const pathOf = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const fileOf = (name: string): PackageFile | null => files.find(({ path }) => path === pathOf(name)) ?? null;
  const known = new Map<string, AsrImage>();
  const demand = (name: string): AsrImage => {
    const image = known.get(name) ?? imageOf(fileOf(name), name, pathOf(name));
    known.set(name, image);
    return image;
  };
  return { folder, manifest, script: fileOf(scriptName), demand, pathOf };
}

function imageOf(file: PackageFile | null, name: string, path: string): AsrImage {
  if (file === null) throw fault('package-member-missing', path, { expected: `${name}, as ${manifestName} names it` });
  if (file.bytes.length === 0) throw fault('package-structure-invalid', path, { detail: 'the image is empty' });
  return { name, bytes: file.bytes, sha256: sha256Hex(file.bytes), modified: file.modified ?? null };
}

// The contract between the dispatcher and the reader of one package format. Knows no format.
import type { Findings } from './findings.ts';
import type { FirmwarePackage } from './package.ts';
import type { PackageFile } from './package-files.ts';

/** One package file, unpacked and hashed once, before anybody knows what it is. */
export interface PackageProbe {
  /** The file's base name. */
  readonly fileName: string;
  readonly size: number;
  /** Of the whole file, lower-case hex. */
  readonly sha256: string;
  /** The leaves: the file itself, or everything inside it when it is a zip. */
  readonly files: readonly PackageFile[];
}

export interface PackageReader {
  /** By content, never by suffix. */
  recognises(probe: PackageProbe): boolean;
  /** Throws `Fault` with a `package-…` code where it cannot go on; tells `findings.refuse` the rest. */
  read(probe: PackageProbe, findings: Findings): FirmwarePackage | Promise<FirmwarePackage>;
}

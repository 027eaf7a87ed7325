// What every package reader yields: the immutable image of one file, with the identity that goes into plan and record.
// Knows no protocol and no device.
import type { PackageIdentity } from '../domain/plan.ts';
import type { Platform } from '../domain/platform.ts';

/** One burnable or loadable part of a package, its digest checked when it was read. */
export interface ImagePart {
  /** The package's own name, e.g. `ap_at_command`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A line of `flashrack inspect`. */
export interface InspectedMember {
  readonly name: string;
  readonly kind: string;
  readonly address?: number;
  readonly size: number;
  readonly sha256: string;
  /** Null where the package states no digest for it. */
  readonly digestHolds: boolean | null;
}

/** Common to the images of all platforms; each reader extends it. Frozen: all slots share one. */
export interface FirmwarePackage {
  readonly platforms: readonly Platform[];
  readonly identity: PackageIdentity;
  /** Revision strings found in the images, for messages only; never proof of anything. */
  readonly revisionsFound: readonly string[];
  readonly members: readonly InspectedMember[];
}

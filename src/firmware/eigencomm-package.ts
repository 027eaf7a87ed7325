// What a package for Eigencomm modules (EC600E, EC800E) holds once it is read. Knows neither its files nor the wire.
import type { FirmwarePackage, ImagePart } from './package.ts';

/** From the product name of the binpkg; a package without one is for the EC618 (eigencomm.md §10). */
export type ChipFamily = 'ec618' | 'ec716' | 'ec718' | 'ec718m' | 'ec217';

export type EigencommImageKind = 'BL' | 'AP' | 'CP';

export interface EigencommImage {
  readonly kind: EigencommImageKind;
  readonly part: ImagePart;
  /** As the binpkg says; what is sent as burnaddr is the flasher's to derive (eigencomm.md §9.2). */
  readonly address: number;
  /** Bytes the binpkg reserves for it; never below the part's size. */
  readonly flashSize: number;
}

export interface FlexFile {
  readonly part: ImagePart;
  /** As `START_ADDR` of the ini says: an offset in AP flash, or the same plus 0x800000. */
  readonly startAddress: number;
  /** The range that is erased before the file is burned. */
  readonly maxSize: number;
}

export interface EigencommPackage extends FirmwarePackage {
  readonly container: 'binpkg' | 'quecpython';
  readonly chipFamily: ChipFamily;
  readonly productName: string | null;
  /** BL, AP, CP: exactly one of each, in the order they are burned. */
  readonly images: readonly EigencommImage[];
  /** In the order they are burned. Empty for a bare binpkg. */
  readonly flexFiles: readonly FlexFile[];
  /** The USB agentboot of the release. Null where the package brings none. */
  readonly agentboot: ImagePart | null;
  /** Whether the agentboot's head asks for pullup_qspi (eigencomm.md §8). */
  readonly agentbootPullupQspi: boolean;
}

export const isEigencommPackage = (image: FirmwarePackage): image is EigencommPackage => image.platforms.includes('eigencomm');

/** The package with the operator's own agentboot in place of the one it brings or lacks. Other platforms load none: theirs is returned as it is. */
export function withAgentboot(image: FirmwarePackage, agentboot: ImagePart): FirmwarePackage {
  return isEigencommPackage(image) ? Object.freeze({ ...image, agentboot }) : image;
}

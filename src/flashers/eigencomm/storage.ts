// Where things lie in the flash of Eigencomm chips (eigencomm.md 9). Knows no package and no frame.
import type { ChipFamily } from '../../firmware/eigencomm-package.ts';

/** AP flash as the erase and read commands see it (LNA = base + offset). Nothing past these 4 MiB is ever touched. */
export const apFlash = { lna: 0x800000, sizeBytes: 0x400000 } as const;

/** Erases work on sectors of this size: the agent rounds the tail of an image up to it. */
export const sectorBytes = 0x1000;

/** Largest CP image in the EC618's CP flash. Above it lie CP data and, from 0xE7000 on, the RF calibration. */
export const cpImageLimitBytes = 0xce000;

/** AP flash ranges that hold the device's own data and come with no image. */
export const deviceData = [
  { name: 'factory NV', start: 0x3dc000, end: 0x3e4000 },
  { name: 'platform data', start: 0x3fc000, end: 0x400000 },
] as const;

/** Where the EC618's flex files and its AP begin at the earliest. */
export const apOffset = 0x24000;

export interface Storage {
  /** The image heads: 0 up to here. */
  readonly headsEnd: number;
  /** The lowest burn address the agent takes. */
  readonly lowestBurnAddress: number;
}

/** Null: the reference gives no addresses for this chip, so nothing is burned on it. */
export function storageOf(chipFamily: ChipFamily): Storage | null {
  switch (chipFamily) {
    case 'ec618':
      return { headsEnd: 0x4000, lowestBurnAddress: 0x4000 };
    case 'ec716':
    case 'ec718':
    case 'ec718m':
      return { headsEnd: 0x2000, lowestBurnAddress: 0x3000 };
    case 'ec217':
      return null;
  }
}

/** Only the EC71x families keep the CP image in AP flash; a chip that is not known to do so gets the marker for CP flash. */
export const storesCpInCpFlash = (chipFamily: ChipFamily): boolean => chipFamily === 'ec618' || chipFamily === 'ec217';

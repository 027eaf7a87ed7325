// What the 8910 and the 8850 have otherwise: USB ids, flash, file systems, and the rules of their last loader. Knows no behaviour.
// Source: unisoc.md §2, §9.1, §10.5, §11. Marked "chosen": the reference does not say.
import type { DeviceMode } from '../../../domain/platform.ts';
import { blockDevices, logicalAddresses } from './wire.ts';

export type FileSystemName = 'factory' | 'sys' | 'ext' | 'modem';

export interface AddressRange {
  readonly address: number;
  readonly size: number;
}

export interface FlashBankFacts extends AddressRange {
  readonly name: string;
}

export interface Chip {
  readonly name: '8910' | '8850';
  readonly ids: Readonly<Record<DeviceMode, { readonly vendorId: number; readonly productId: number }>>;
  /** The reference names only these of normal mode. */
  readonly atInterface: number;
  readonly replInterface: number | null;
  readonly downloadInterface: number;
  readonly banks: readonly FlashBankFacts[];
  readonly fileSystems: readonly FileSystemName[];
  /** Of the "size" of a format at FE000006. */
  readonly blockDevices: ReadonlyMap<number, FileSystemName>;
  readonly bootImage: AddressRange & { readonly name: string };
  /** Where the factory image has its application. */
  readonly applicationAddress: number;
  /** Without a boot image the chip starts in download mode by itself. */
  readonly downloadsWithoutBootImage: boolean;
  /** The boot image stays in memory until END, and is erased and written then. */
  readonly holdsBootImage: boolean;
  /** Where `/factory` lies in flash: an erase or write there takes IMEI and calibration with it. */
  readonly factoryRange: AddressRange | null;
  /** The most that an NV blob may have. */
  readonly nvLimit: number;
  /** What a read of a new board's NV gives in all. */
  readonly nvStoredBytes: number;
  /** After an NV write a read gives that very blob, with the items as they are now; else always all items at the full size. */
  readonly readsWrittenNv: boolean;
  /** Commands that format what does not mount. Others only mount. */
  readonly formatsOnStart: readonly number[];
  readonly formatsOnErase: readonly number[];
  /** ERASE is refused when the loader was built for other models. */
  readonly comparesModel: boolean;
  /** Erase-all leaves the fixed NV. */
  readonly eraseAllKeepsNv: boolean;
}

const { PHASE_CHECK, FIXED_NV, CPIO, ERASE_RUNNING_NV, DELETE_APPIMG } = logicalAddresses;
const mebibyte = 0x100000;

const chip8910: Chip = {
  name: '8910',
  ids: { normal: { vendorId: 0x2c7c, productId: 0x0901 }, download: { vendorId: 0x0525, productId: 0xa4a7 } },
  atInterface: 2,
  replInterface: 8,
  downloadInterface: 1,
  banks: [{ name: 'flash', address: 0x60000000, size: 8 * mebibyte }],
  fileSystems: ['factory', 'sys', 'ext'],
  blockDevices: new Map<number, FileSystemName>([
    [blockDevices.FSYS, 'sys'],
    [blockDevices.FEXT, 'ext'],
  ]),
  bootImage: { name: 'BOOTLOADER', address: 0x60000000, size: 0x10000 },
  applicationAddress: 0x60010000,
  downloadsWithoutBootImage: false,
  // It does with secure boot only.
  holdsBootImage: false,
  factoryRange: { address: 0x607e0000, size: 0x20000 },
  nvLimit: 0x20000,
  nvStoredBytes: 0x20000,
  readsWrittenNv: false,
  formatsOnStart: [PHASE_CHECK, FIXED_NV, CPIO],
  formatsOnErase: [ERASE_RUNNING_NV, DELETE_APPIMG],
  comparesModel: false,
  eraseAllKeepsNv: true,
};

const chip8850: Chip = {
  name: '8850',
  ids: { normal: { vendorId: 0x2c7c, productId: 0x0904 }, download: { vendorId: 0x1782, productId: 0x4d16 } },
  atInterface: 2,
  replInterface: null,
  downloadInterface: 1,
  // Both sizes are chosen.
  banks: [
    { name: 'flash', address: 0x60000000, size: 8 * mebibyte },
    { name: 'external flash', address: 0x70000000, size: 8 * mebibyte },
  ],
  fileSystems: ['factory', 'sys', 'modem', 'ext'],
  blockDevices: new Map<number, FileSystemName>([
    [blockDevices.FSYS, 'sys'],
    [blockDevices.FEXT, 'ext'],
    [blockDevices.FMOD, 'modem'],
  ]),
  // Sizes and the application's address as in the golden vectors.
  bootImage: { name: 'SPL', address: 0x60000000, size: 0xc000 },
  applicationAddress: 0x60020000,
  downloadsWithoutBootImage: true,
  holdsBootImage: true,
  factoryRange: null,
  nvLimit: 0x28000,
  // Chosen below the limit, so that a host that reads to the limit meets the short reply.
  nvStoredBytes: 0x20000,
  readsWrittenNv: true,
  formatsOnStart: [PHASE_CHECK, FIXED_NV],
  formatsOnErase: [],
  comparesModel: true,
  eraseAllKeepsNv: false,
};

/** By the model's last letter; any other model is an 8910. */
export const chipOf = (model: string): Chip => (model.endsWith('G') ? chip8850 : chip8910);

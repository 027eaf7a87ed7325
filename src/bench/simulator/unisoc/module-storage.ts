// Everything a module keeps without power: flash banks with the images in them, file systems, PhaseCheck. Knows no wire.
// File systems are modelled beside the flash, not in it; only `/factory` of the 8910 is known by its range (unisoc.md §10.5).
import { createHash } from 'node:crypto';
import type { BoardIdentity } from '../board.ts';
import { NorFlash, sectorBytes } from '../nor-flash.ts';
import type { Random } from '../random.ts';
import type { AddressRange, Chip, FileSystemName, FlashBankFacts } from './chips.ts';
import { FileSystem } from './file-system.ts';
import type { NvItem } from './nv-blob.ts';
import { factoryNv, runningFolder, writeNvItem } from './nv-store.ts';

export interface FlashBank extends FlashBankFacts {
  readonly flash: NorFlash;
}

/** One image in flash. */
export interface FlashImage extends AddressRange {
  /** Of what was sent; null while it is not complete. */
  readonly sha256: string | null;
  readonly isFactory: boolean;
}

export interface ModuleStorageOptions {
  readonly chip: Chip;
  readonly identity: BoardIdentity;
  readonly random: Random;
  readonly deadCells: readonly number[];
  /** File systems that do not mount. */
  readonly damaged: readonly FileSystemName[];
}

/**
 * What the start of the NORFDL deletes (unisoc.md §10.3): text-to-speech resources, GNSS files, the FOTA stage file. It is the
 * whole of what a job may change that is aborted after EXEC. The paths are the simulator's own.
 */
export const norFdlStartDeletes: readonly { readonly fileSystem: FileSystemName; readonly path: string }[] = [
  { fileSystem: 'sys', path: 'tts/resource.irf' },
  { fileSystem: 'modem', path: 'gnss/ephemeris.bin' },
  { fileSystem: 'modem', path: 'gnss/firmware.bin' },
  { fileSystem: 'sys', path: 'fota/stage' },
];

const otherFactoryFiles: readonly { readonly fileSystem: FileSystemName; readonly path: string }[] = [
  { fileSystem: 'factory', path: 'rf/trace.bin' },
  { fileSystem: 'sys', path: 'usr/main.py' },
  { fileSystem: 'sys', path: `${runningFolder}cell.bin` },
  { fileSystem: 'sys', path: 'appimg/appimg.bin' },
  { fileSystem: 'modem', path: 'nvm/tuning.bin' },
  { fileSystem: 'ext', path: 'data/user.bin' },
];

export const appimgPath = 'appimg/appimg.bin';
export const cpioFolder = 'prepack/';
const phaseCheckBytes = 0x100;

export class ModuleStorage {
  readonly chip: Chip;
  readonly banks: readonly FlashBank[];
  readonly fileSystems: Readonly<Partial<Record<FileSystemName, FileSystem>>>;
  /** What the factory wrote: a host may not leave other values in `/factory`. */
  readonly nvAtFactory: readonly NvItem[];
  phaseCheck: Uint8Array = new Uint8Array(phaseCheckBytes).fill(0x50);
  /** Of the blob written last, where the chip reads that one back. */
  writtenNv: { readonly ids: readonly number[]; readonly size: number } | null = null;
  private imagesInFlash: readonly FlashImage[] = [];

  constructor({ chip, identity, random, deadCells, damaged }: ModuleStorageOptions) {
    this.chip = chip;
    this.banks = chip.banks.map((facts) => {
      const dead = deadCells.map((address) => address - facts.address);
      return { ...facts, flash: new NorFlash(facts.name, facts.size, dead) };
    });
    this.fileSystems = Object.fromEntries(chip.fileSystems.map((name) => [name, new FileSystem(name, damaged.includes(name))]));
    this.nvAtFactory = factoryNv(identity, random);
    for (const item of this.nvAtFactory) writeNvItem(this.fileSystems, item);
    for (const { fileSystem, path } of [...norFdlStartDeletes, ...otherFactoryFiles]) {
      this.fileSystems[fileSystem]?.write(path, Buffer.from(`${path} of ${identity.sn}`));
    }
    this.install(chip.bootImage.address, factoryImage(`factory ${chip.bootImage.name}`, 0x800));
    this.install(chip.applicationAddress, factoryImage(identity.revisionBefore, 0x1800));
  }

  /** In the order they were written. */
  get images(): readonly FlashImage[] {
    return this.imagesInFlash;
  }

  /** The bank that holds the whole range; null when none does. */
  bankOf(address: number, size: number): FlashBank | null {
    return this.banks.find((bank) => bank.flash.holds(address - bank.address, size)) ?? null;
  }

  read({ address, size }: AddressRange): Uint8Array | null {
    const bank = this.bankOf(address, size);
    return bank ? bank.flash.read(address - bank.address, size) : null;
  }

  /** Erases whole sectors. An image that begins in them is gone; one that only reaches into them stays, damaged. */
  erase(address: number, size: number): void {
    const bank = this.bankOf(address, size);
    if (!bank) return;
    bank.flash.erase(address - bank.address, size);
    const first = Math.floor(address / sectorBytes) * sectorBytes;
    const end = Math.ceil((address + size) / sectorBytes) * sectorBytes;
    this.imagesInFlash = this.imagesInFlash.filter((image) => image.address < first || image.address >= end);
    if (this.touchesFactory(address, size)) this.fileSystems.factory?.format();
  }

  program(address: number, bytes: Uint8Array): void {
    const bank = this.bankOf(address, bytes.length);
    bank?.flash.program(address - bank.address, bytes);
  }

  /** From now until it is complete there is half an image here. */
  beginImage(range: AddressRange): void {
    this.erase(range.address, range.size);
    this.imagesInFlash = [...this.imagesInFlash, { ...range, sha256: null, isFactory: false }];
  }

  completeImage({ address, size }: AddressRange, bytes: Uint8Array, isFactory = false): void {
    const others = this.imagesInFlash.filter((image) => image.address !== address);
    this.imagesInFlash = [...others, { address, size, sha256: sha256(bytes), isFactory }];
  }

  touchesFactory(address: number, size: number): boolean {
    const range = this.chip.factoryRange;
    return range !== null && address < range.address + range.size && address + size > range.address;
  }

  /** False: a file system does not mount, and stays as it is. */
  mount(): boolean {
    return Object.values(this.fileSystems).every(({ isDamaged }) => !isDamaged);
  }

  /** Formats each file system that does not mount. */
  mountOrFormat(): void {
    for (const fileSystem of Object.values(this.fileSystems)) if (fileSystem.isDamaged) fileSystem.format();
  }

  startNorFdl(): void {
    for (const { fileSystem, path } of norFdlStartDeletes) {
      const place = this.fileSystems[fileSystem];
      if (place && !place.isDamaged) place.remove(path);
    }
  }

  private install(address: number, image: Uint8Array): void {
    this.beginImage({ address, size: image.length });
    this.program(address, image);
    this.completeImage({ address, size: image.length }, image, true);
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function factoryImage(text: string, size: number): Uint8Array {
  const image = new Uint8Array(size);
  for (let i = 0; i < size; i++) image[i] = (i * 7 + (i >> 8)) & 0x1f;
  image.set(new TextEncoder().encode(`${text}\0`), 0x100);
  return image;
}

// The fixed NV of a module: which items there are, in which file system each lives, and what it left its factory with.
// Knows no command. Source: unisoc.md §11.3; sizes of the items as in the SDK template of the vectors, contents made up.
import type { BoardIdentity } from '../board.ts';
import { drawImei, type Random } from '../random.ts';
import type { FileSystemName } from './chips.ts';
import type { FileSystem } from './file-system.ts';
import { encodeImei } from './imei-item.ts';
import type { NvItem } from './nv-blob.ts';

export const firstImeiItem = 0x5;
/** IMEI 1 to 4. */
export const imeiItems: readonly number[] = [firstImeiItem, 0x179, 0x186, 0x1e4];

/** What lives in `/factory`: IMEIs, calibration, RF calibration GSM and LTE, golden, BT. A module must leave with these as it came. */
export const factoryItems: readonly number[] = [...imeiItems, 0x2, 0x26d, 0x26e, 0x26f, 0x191];

/** Id → bytes. 0x1B4 and 0x300 stand for what the 8850 list keeps beside those. */
const itemSizes: readonly (readonly [id: number, size: number])[] = [
  [0x191, 40],
  [0x1ba, 268],
  [0x1b4, 4],
  [0x1f0, 152],
  [0x1f1, 104],
  [0x300, 16],
  ...imeiItems.map((id): [number, number] => [id, 8]),
  [0x2, 6020],
  [0x26f, 2048],
  [0x26d, 8192],
  [0x26e, 32768],
  [0x259, 1484],
];

export type FileSystems = Readonly<Partial<Record<FileSystemName, FileSystem>>>;

const folder = 'nv/fixed/';
/** Values the firmware writes while it runs; `FLASH` erases them. */
export const runningFolder = 'nv/running/';
const pathOf = (id: number): string => `${folder}${id.toString(16).padStart(4, '0')}`;
const homeOf = (id: number): FileSystemName => (factoryItems.includes(id) ? 'factory' : 'sys');

/** All items of a new module, in the order the device tells them. */
export function factoryNv(identity: BoardIdentity, random: Random): readonly NvItem[] {
  const imeis = imeiItems.map((_, index) => (index === 0 ? identity.imei : drawImei(random)));
  return itemSizes.map(([id, size]) => {
    const imei = imeis[imeiItems.indexOf(id)];
    return { id, data: imei === undefined ? drawBytes(random, size) : encodeImei(imei) };
  });
}

function drawBytes(random: Random, size: number): Uint8Array {
  const data = new Uint8Array(size);
  for (let i = 0; i < size; i++) data[i] = random.below(256);
  return data;
}

export function writeNvItem(fileSystems: FileSystems, { id, data }: NvItem): void {
  fileSystems[homeOf(id)]?.write(pathOf(id), data);
}

export function removeNvItem(fileSystems: FileSystems, id: number): void {
  fileSystems[homeOf(id)]?.remove(pathOf(id));
}

/** Null for an item that is not there, or that cannot be reached. */
export function readNvItem(fileSystems: FileSystems, id: number): Uint8Array | null {
  const home = fileSystems[homeOf(id)];
  return home && !home.isDamaged ? home.read(pathOf(id)) : null;
}

/** Every item that is there, in the device's order: the known ones first, then others by id. */
export function readNvItems(fileSystems: FileSystems): readonly NvItem[] {
  const known = itemSizes.map(([id]) => id);
  const stored = Object.values(fileSystems)
    .flatMap((fileSystem) => fileSystem.paths(folder))
    .map((path) => Number.parseInt(path.slice(folder.length), 16));
  const others = stored.filter((id) => !known.includes(id)).sort((a, b) => a - b);
  return [...known, ...others].flatMap((id) => {
    const data = readNvItem(fileSystems, id);
    return data ? [{ id, data }] : [];
  });
}

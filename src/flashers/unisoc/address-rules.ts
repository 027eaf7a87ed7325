// Which addresses may be written and erased (unisoc.md §10.5, §11). Pure. Factory data, PhaseCheck and "erase all" never are.
import { type Fault, fault, hex } from '../../domain/failure.ts';
import type { UnisocChip } from '../../firmware/unisoc-package.ts';
import { blockDevices, logicalAddresses } from './opcodes.ts';

export interface Range {
  readonly start: number;
  readonly end: number;
}

const factory: Range = { start: 0x607e0000, end: 0x60800000 };

/** Flash as each chip maps it; the 8850 also has an external one. */
const flash: Readonly<Record<UnisocChip, readonly Range[]>> = {
  '8910': [{ start: 0x60000000, end: factory.start }],
  '8850': [
    { start: 0x60000000, end: 0x70000000 },
    { start: 0x70000000, end: 0x80000000 },
  ],
};

const firstLogical = 0xfe000000;
const erasableBySize: readonly number[] = Object.values(blockDevices);

export const overlaps = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

/** The flash range of an operation; null for a logical address. */
export const flashRange = (address: number, size: number): Range | null =>
  address >= firstLogical ? null : { start: address, end: address + size };

/** Throws `package-image-out-of-range` unless an image may go there. NV may only go through the merge. */
export function checkWrite(chip: UnisocChip, id: string, address: number, size: number): void {
  if (address === logicalAddresses.FIXED_NV || address === logicalAddresses.CPIO) return;
  checkFlash(chip, id, address, size, 'to write');
}

/** Throws `package-image-out-of-range` unless the range, the running NV, the appimg file or a known file system may be erased. */
export function checkErase(chip: UnisocChip, id: string, address: number, size: number): void {
  if (address === logicalAddresses.ERASE_RUNNING_NV || address === logicalAddresses.DELETE_APPIMG) return;
  if (address === logicalAddresses.FORMAT_FILE_SYSTEM && erasableBySize.includes(size)) return;
  checkFlash(chip, id, address, size, 'to erase');
}

function checkFlash(chip: UnisocChip, id: string, address: number, size: number, purpose: string): void {
  const range = flashRange(address, size);
  const inside = range !== null && flash[chip].some(({ start, end }) => start <= range.start && range.end <= end);
  if (inside && size > 0 && !overlaps(range, factory)) return;
  throw outOfRange(id, address, size, purpose);
}

const outOfRange = (id: string, address: number, size: number, purpose: string): Fault =>
  fault('package-image-out-of-range', `plan, ${id}`, {
    expected: `an address ${purpose}, outside factory data at ${hex(factory.start)}`,
    actual: `${hex(size)} bytes`,
    address: hex(address),
  });

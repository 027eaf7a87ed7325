// Where the images of an Eigencomm package may land (eigencomm.md §9 and §11.3): a package that asks for anything else is refused
// when it is read. Knows no file format. Addresses are offsets in AP flash unless said otherwise.
import { type Fault, fault, hex } from '../domain/failure.ts';
import type { ChipFamily, EigencommImage, EigencommImageKind, FlexFile } from './eigencomm-package.ts';
import type { Refuse } from './findings.ts';

/** LNA base of AP flash. A flex file may be given with or without it. */
const apFlashBase = 0x800000;
const apFlashSize = 0x400000;
const lowestFlexOffset = 0x24000;
/** The agent erases whole sectors under what it writes. */
const sectorSize = 0x1000;

/**
 * One address each: what is sent for AP and CP is a constant (eigencomm.md §9.2), so a package that says otherwise would land
 * elsewhere than it was built for. `end` is exclusive, and keeps every body below the agent's limit of 0x3FC000 bytes.
 */
const ec618Ranges: Readonly<Record<EigencommImageKind, { readonly start: number; readonly end: number }>> = {
  BL: { start: 0x4000, end: 0x24000 },
  // Up to the file system of the chip's map.
  AP: { start: 0x24000, end: 0x384000 },
  // In CP flash. CP data and, at 0xE7000, the RF calibration follow.
  CP: { start: 0, end: 0xce000 },
};

/** LNA: above the two image heads. No map is known beyond that, only that images may not touch each other. */
const ec7xxLowest = apFlashBase + 0x3000;
const ec7xxEnd = 0x1000000;

interface Range {
  readonly name: string;
  readonly start: number;
  /** Exclusive, rounded up to the sector that is erased with it. */
  readonly end: number;
}

/** Tells `package-image-out-of-range` with the address, or `package-platform-mismatch` for a chip whose map is not known. */
export function checkImageRanges(family: ChipFamily, images: readonly EigencommImage[], refuse: Refuse): void {
  if (family === 'ec217') {
    refuse(fault('package-platform-mismatch', 'chip family', { expected: 'a chip with a known flash map', actual: family }));
    return;
  }
  for (const image of images) {
    const problem = image.part.bytes.length > image.flashSize ? tooLong(image) : problemOf(family, image);
    if (problem !== null) refuse(problem);
  }
  if (family !== 'ec618') checkOverlaps(images.map(imageRange), refuse);
}

/** Tells `package-image-out-of-range` with the address of each flex file that breaks eigencomm.md §11.3. */
export function checkFlexRanges(
  family: ChipFamily,
  flexFiles: readonly FlexFile[],
  images: readonly EigencommImage[],
  refuse: Refuse,
): void {
  for (const flexFile of flexFiles) {
    const problem = flexProblem(flexFile);
    if (problem !== null) refuse(problem);
  }
  const base = family === 'ec618' ? 0 : apFlashBase;
  const inApFlash = images.filter((image) => family !== 'ec618' || image.kind !== 'CP').map(imageRange);
  const flexRanges = flexFiles.map(({ part, startAddress, maxSize }) =>
    range(part.name, base + flexOffset(startAddress), maxSize),
  );
  checkOverlaps([...inApFlash, ...flexRanges], refuse);
}

/** The offset in AP flash that a `START_ADDR` stands for. */
export const flexOffset = (startAddress: number): number =>
  startAddress >= apFlashBase ? startAddress - apFlashBase : startAddress;

function problemOf(family: ChipFamily, image: EigencommImage): Fault | null {
  const { kind, part, address } = image;
  const end = address + part.bytes.length;
  if (family !== 'ec618') {
    const fits = address >= ec7xxLowest && address % 0x100 === 0 && end <= ec7xxEnd;
    return fits ? null : outOfRange(part.name, address, `${hex(ec7xxLowest)} to ${hex(ec7xxEnd)}, low byte 0`, hex(address));
  }
  const allowed = ec618Ranges[kind];
  if (address !== allowed.start) return outOfRange(part.name, address, hex(allowed.start), hex(address));
  return end > allowed.end ? outOfRange(part.name, address, `an end up to ${hex(allowed.end)}`, hex(end)) : null;
}

const tooLong = ({ part, address, flashSize }: EigencommImage): Fault =>
  outOfRange(part.name, address, `at most ${hex(flashSize)} bytes`, hex(part.bytes.length));

function flexProblem({ part, startAddress, maxSize }: FlexFile): Fault | null {
  const offset = flexOffset(startAddress);
  const size = part.bytes.length;
  if (size > maxSize) return outOfRange(part.name, startAddress, `at most ${hex(maxSize)} bytes`, hex(size));
  if (offset < lowestFlexOffset) return outOfRange(part.name, startAddress, `${hex(lowestFlexOffset)} or above`, hex(offset));
  if (offset + maxSize > apFlashSize)
    return outOfRange(part.name, startAddress, `an end up to ${hex(apFlashSize)}`, hex(offset + maxSize));
  // The agent refuses a burnaddr with a low byte (eigencomm.md §8).
  if (offset % 0x100 !== 0) return outOfRange(part.name, startAddress, 'low byte 0', hex(offset));
  return null;
}

function checkOverlaps(ranges: readonly Range[], refuse: Refuse): void {
  const sorted = ranges.toSorted((a, b) => a.start - b.start);
  for (const [index, { name, start }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && start < before.end) {
      refuse(outOfRange(name, start, `${hex(before.end)} or above, after ${before.name}`, hex(start)));
    }
  }
}

const imageRange = ({ part, address }: EigencommImage): Range => range(part.name, address, part.bytes.length);

const range = (name: string, start: number, size: number): Range => ({
  name,
  start,
  end: Math.ceil((start + size) / sectorSize) * sectorSize,
});

const outOfRange = (step: string, address: number, expected: string | number, actual: string | number): Fault =>
  fault('package-image-out-of-range', step, { expected, actual, address: hex(address) });

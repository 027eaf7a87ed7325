// Where each image and flex file of a package goes, and every reason to refuse it (eigencomm.md 9.2–9.4, 11.3). Pure: what comes
// out of here is safe to burn on the package's chip; consents are the plan's.
import { type Fault, fault, hex } from '../../domain/failure.ts';
import type { EigencommImage, EigencommPackage, FlexFile } from '../../firmware/eigencomm-package.ts';
import type { ImagePart } from '../../firmware/package.ts';
import type { BurnImage } from './frames.ts';
import {
  apFlash,
  apOffset,
  cpImageLimitBytes,
  deviceData,
  type Storage,
  sectorBytes,
  storageOf,
  storesCpInCpFlash,
} from './storage.ts';

/** Offsets in one flash; `end` is the first byte after it. */
export interface FlashRange {
  readonly flash: 'AP' | 'CP';
  readonly start: number;
  readonly end: number;
}

/** One BURN_ONE. */
export interface BurnTarget {
  readonly step: string;
  readonly image: BurnImage;
  readonly part: ImagePart;
  /** `burnaddr` of the image head, as the device is told. */
  readonly burnAddress: number;
  /** What is erased and written: whole sectors for an image, the ini's whole range for a flex file. */
  readonly range: FlashRange;
  /** Flex files only: the erase before the burn. `address` as the device is told (LNA). */
  readonly erase: { readonly step: string; readonly address: number; readonly lengthBytes: number } | null;
}

/**
 * In the order they are burned: BL, AP, CP, then the flex files as the ini lists them.
 * Throws `package-image-out-of-range` (with expected, actual and address), `package-duplicate-entry`, `package-member-missing`,
 * `package-platform-mismatch` for a chip without known addresses.
 */
export function layoutOf(pkg: EigencommPackage): readonly BurnTarget[] {
  const storage = storageOf(pkg.chipFamily);
  if (!storage) throw fault('package-platform-mismatch', 'plan', { expected: 'EC618, EC716 or EC718', actual: pkg.chipFamily });
  refuseDoubtfulChip(pkg);
  const targets = [...imagesInOrder(pkg).map((image) => imageTarget(pkg, storage, image)), ...pkg.flexFiles.map(flexTarget)];
  refuseDuplicates(targets);
  refuseOverlaps(targets, storage);
  return targets;
}

/** Where CP goes is told by the product name; a name and a chip that disagree on it could put CP over the boot loader. */
function refuseDoubtfulChip({ productName, chipFamily }: EigencommPackage): void {
  const namesApFlash = /EC7|YCOM_7/.test(productName ?? '');
  if (namesApFlash !== storesCpInCpFlash(chipFamily)) return;
  throw fault('package-platform-mismatch', 'plan', {
    expected: `a product name of ${chipFamily}`,
    actual: productName ?? 'none',
  });
}

function imagesInOrder(pkg: EigencommPackage): EigencommImage[] {
  const images = (['BL', 'AP', 'CP'] as const).flatMap((kind) => pkg.images.filter((image) => image.kind === kind));
  if (images.length === 0) throw fault('package-member-missing', 'plan', { expected: 'BL, AP or CP', actual: 'no image' });
  return images;
}

function imageTarget(pkg: EigencommPackage, storage: Storage, image: EigencommImage): BurnTarget {
  const step = `write-${image.kind.toLowerCase()}`;
  const { part, kind } = image;
  const place = pkg.chipFamily === 'ec618' ? placeOnEc618(image, step) : placeOnEc71x(image, storage, step);
  if (part.bytes.length === 0) throw outOfRange(step, 'at least 1 byte', 0, image.address, `${part.name} is empty`);
  if (image.flashSize > 0 && part.bytes.length > image.flashSize)
    throw outOfRange(
      step,
      `at most ${hex(image.flashSize)}`,
      hex(part.bytes.length),
      image.address,
      `${part.name} is larger than its place`,
    );
  const flash = kind === 'CP' && storesCpInCpFlash(pkg.chipFamily) ? 'CP' : 'AP';
  const range = { flash, start: place.start, end: place.start + wholeSectors(part.bytes.length) } as const;
  if (range.end > place.limit)
    throw outOfRange(step, `end at most ${hex(place.limit)}`, hex(range.end), place.start, `${part.name} in ${flash} flash`);
  return { step, image: kind, part, burnAddress: place.burnAddress, range, erase: null };
}

interface Place {
  readonly burnAddress: number;
  readonly start: number;
  /** First offset that the image must not reach. */
  readonly limit: number;
}

/** The EC618's places are fixed, so an image made for another address cannot run there. */
const ec618Places = {
  BL: { linkedAt: 0x4000, burnAddress: 0, start: 0x4000, limit: apOffset },
  // Burn address 0 would put AP at 0x20000, where it does not boot.
  AP: { linkedAt: apOffset, burnAddress: apOffset, start: apOffset, limit: deviceData[0].start },
  CP: { linkedAt: 0, burnAddress: 0, start: 0, limit: cpImageLimitBytes },
} as const;

function placeOnEc618(image: EigencommImage, step: string): Place {
  const place = ec618Places[image.kind];
  if (image.address === place.linkedAt) return place;
  throw outOfRange(step, hex(place.linkedAt), hex(image.address), image.address, `address of ${image.part.name} in the package`);
}

/** All three images lie in AP flash, each where the package says. BL is told 0, but its place must be free all the same. */
function placeOnEc71x(image: EigencommImage, storage: Storage, step: string): Place {
  const start = image.address - apFlash.lna;
  const lowest = storage.lowestBurnAddress;
  if (start < lowest || start >= apFlash.sizeBytes || (start & 0xff) !== 0)
    throw outOfRange(
      step,
      `from ${hex(apFlash.lna + lowest)} on, low byte 0`,
      hex(image.address),
      image.address,
      image.part.name,
    );
  return { burnAddress: image.kind === 'BL' ? 0 : start, start, limit: apFlash.sizeBytes };
}

function flexTarget({ part, startAddress, maxSize }: FlexFile): BurnTarget {
  const name = part.name.replace(/^.*\//, '').replace(/\.bin$/i, '');
  const step = `write-${name}`;
  const start = startAddress >= apFlash.lna ? startAddress - apFlash.lna : startAddress;
  const range = { flash: 'AP', start, end: start + maxSize } as const;
  refuseFlexRange(range, part, step);
  return {
    step,
    image: 'FLEX',
    part,
    burnAddress: start,
    range,
    erase: { step: `erase-${name}`, address: apFlash.lna + start, lengthBytes: maxSize },
  };
}

function refuseFlexRange({ start, end }: FlashRange, part: ImagePart, step: string): void {
  const refuse = (expected: string, actual: number): Fault => outOfRange(step, expected, hex(actual), start, part.name);
  // Also keeps out burn address 0, whose place is undefined, and the erase of the whole chip.
  if (!(start >= apOffset)) throw refuse(`start from ${hex(apOffset)} on`, start);
  if (!(end <= apFlash.sizeBytes)) throw refuse(`end at most ${hex(apFlash.sizeBytes)}`, end);
  if (part.bytes.length === 0) throw refuse('at least 1 byte', 0);
  if (part.bytes.length > end - start) throw refuse(`at most ${hex(end - start)} bytes`, part.bytes.length);
  // An erase that begins or ends inside a sector would take a neighbour's bytes.
  if (start % sectorBytes !== 0) throw refuse(`start on a ${hex(sectorBytes)} boundary`, start);
  if (end % sectorBytes !== 0) throw refuse(`end on a ${hex(sectorBytes)} boundary`, end);
  for (const area of deviceData) {
    const touches = start < area.end && area.start < end;
    const named = start === area.start && end <= area.end;
    if (touches && !named) throw refuse(`outside ${area.name} (${hex(area.start)} to ${hex(area.end)})`, end);
  }
}

/** The device data that a flex file's own range names: it needs a consent, and only such a range comes this far. */
export const deviceDataNamedBy = ({ range, image }: BurnTarget): string | null =>
  (image === 'FLEX' && deviceData.find((area) => area.start === range.start)?.name) || null;

function refuseDuplicates(targets: readonly BurnTarget[]): void {
  const seen = new Set<string>();
  for (const { step, part } of targets) {
    if (seen.has(step)) throw fault('package-duplicate-entry', step, { actual: part.name });
    seen.add(step);
  }
}

/** A later erase or write inside an earlier image's sectors would leave a module that reports success and does not boot. */
function refuseOverlaps(targets: readonly BurnTarget[], { headsEnd }: Storage): void {
  const taken = targets.filter(({ range }) => range.flash === 'AP').sort((a, b) => a.range.start - b.range.start);
  let free = headsEnd;
  let before = 'the image heads';
  for (const { range, step, part } of taken) {
    if (range.start < free)
      throw outOfRange(step, `from ${hex(free)} on`, hex(range.start), range.start, `${part.name} overlaps ${before}`);
    free = range.end;
    before = part.name;
  }
}

const wholeSectors = (bytes: number): number => Math.ceil(bytes / sectorBytes) * sectorBytes;

function outOfRange(step: string, expected: string, actual: string | number, address: number, detail: string): Fault {
  return fault('package-image-out-of-range', step, { expected, actual, address: hex(address), detail });
}

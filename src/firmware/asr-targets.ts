// What an aboot package may write and erase (asr.md §16): only partitions of its own table, never the factory data, nothing larger than
// its place. Knows no consent: those are the flasher's.
import { fault, hex } from '../domain/failure.ts';
import type { FlashInfo, Partition } from './asr-layouts.ts';
import { touches } from './asr-package.ts';
import { isSparse, readSparse, sparseFormat } from './asr-sparse.ts';
import type { Refuse } from './findings.ts';

export interface Target {
  readonly partition: string;
  /** What is written there: plain images, or sparse pieces. Empty for an erase. */
  readonly images: readonly Uint8Array[];
  /** Bytes that are not sparse may be compressed, so their length is no size. */
  readonly opaque?: boolean;
}

const factoryNames = /^factory/i;

/** Tells `package-image-out-of-range` to `refuse`, for each target that may not be touched. */
export function checkTargets(
  targets: readonly Target[],
  partitions: readonly Partition[],
  { sizeBytes }: FlashInfo,
  path: string,
  refuse: Refuse,
): void {
  for (const target of targets) {
    const step = `${path}, ${target.partition}`;
    const place = partitions.find(({ name }) => name === target.partition);
    if (touches(partitions, target.partition, factoryNames))
      refuse(
        fault('package-image-out-of-range', step, {
          expected: 'no write or erase of the factory data',
          actual: target.partition,
          ...(place && { address: hex(place.start) }),
        }),
      );
    else if (place === undefined)
      refuse(fault('package-image-out-of-range', step, { expected: 'a partition of the table', actual: target.partition }));
    else checkSize(target, place, sizeBytes, step, refuse);
  }
}

function checkSize(target: Target, { start, size }: Partition, flashBytes: number, step: string, refuse: Refuse): void {
  const address = hex(start);
  const needed = Math.max(0, ...target.images.map((image) => sizeOf(image, target.opaque === true)));
  if (needed > size)
    refuse(fault('package-image-out-of-range', step, { expected: `at most ${hex(size)}`, actual: hex(needed), address }));
  else if (start + size > flashBytes)
    refuse(
      fault('package-image-out-of-range', step, {
        expected: `a flash of ${hex(flashBytes)}`,
        actual: hex(start + size),
        address,
      }),
    );
}

/** On flash, in whole blocks; a sparse piece names the size of the whole image. */
function sizeOf(image: Uint8Array, isOpaque: boolean): number {
  const { blockBytes } = sparseFormat;
  if (isSparse(image)) return (readSparse(image)?.totalBlocks ?? Number.POSITIVE_INFINITY) * blockBytes;
  return isOpaque ? 0 : Math.ceil(image.length / blockBytes) * blockBytes;
}

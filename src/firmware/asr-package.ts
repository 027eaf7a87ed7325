// What a package for ASR modules (EC600N, EC800M, EG800K …) holds once it is read. Knows neither its files nor the wire.
import type { FlashInfo, Partition } from './asr-layouts.ts';
import type { CheckEntry } from './asr-manifest.ts';
import type { ScriptGroup } from './asr-script.ts';
import type { FirmwarePackage, ImagePart } from './package.ts';

export interface AsrImage extends ImagePart {
  /** `PackageFile.modified`; null where the file lies in no zip. */
  readonly modified: number | null;
}

/** One loader, in one form per boot ROM where the package serves several chips; a null boot ROM stands for any. */
export interface LoaderVariant {
  readonly bootRom: string | null;
  readonly part: AsrImage;
}

/** The manifest's entries in file order, with their images. */
export type AsrEntry =
  | CheckEntry
  | { readonly command: 'progress'; readonly weight: number }
  | { readonly command: 'call'; readonly image: string; readonly variants: readonly LoaderVariant[] }
  | { readonly command: 'partition'; readonly part: AsrImage }
  | { readonly command: 'flash'; readonly part: AsrImage; readonly partition: string }
  | { readonly command: 'erase'; readonly partition: string }
  | { readonly command: 'nop' };

/** Strategy 1 replays the vendor's script, strategy 2 executes the manifest (asr.md §2). */
export interface AsrStrategy {
  readonly kind: 'script' | 'manifest';
  /** One sentence: why this one, or why not the other. */
  readonly reason: string;
}

export interface AsrPackage extends FirmwarePackage {
  readonly container: 'aboot' | 'quecpython';
  readonly entries: readonly AsrEntry[];
  /** `productionOnly` entries in words: never executed. */
  readonly withheld: readonly string[];
  /** The script's pieces of work; empty where the package has none. */
  readonly script: readonly ScriptGroup[];
  readonly strategy: AsrStrategy;
  /** Versions of the boot ROM that the package is for; at least one. */
  readonly bootRoms: readonly string[];
  readonly partitions: readonly Partition[];
  readonly flashInfo: FlashInfo;
}

export const isAsrPackage = (image: FirmwarePackage): image is AsrPackage => image.platforms.includes('asr');

/** Whether a write or erase of `target` touches what lies in a partition whose name matches: by name, or by its place. */
export function touches(partitions: readonly Partition[], target: string, names: RegExp): boolean {
  if (names.test(target)) return true;
  const place = partitions.find(({ name }) => name === target);
  if (place === undefined) return false;
  return partitions.some(
    ({ name, start, size }) => names.test(name) && start < place.start + place.size && place.start < start + size,
  );
}

// What the chip makes of its flash at start: it boots what is there, or not at all. Knows no wire.
// The reference gives no image format: complete is what was ended with a good status and still reads back as it was sent.
import { hex } from '../../../domain/failure.ts';
import { type FlashImage, type ModuleStorage, sha256 } from './module-storage.ts';

export type BootResult =
  | { readonly boots: true /** Null where no image names one. */; readonly revision: string | null }
  | { readonly boots: false; readonly problem: string };

const revisionPattern = /E[CG]\d{3}[A-Z][A-Z]{2}[A-Z]{2}[A-Z0-9]*R\d{2}A\d{2}[A-Z0-9_]*/;

export function readBoot(storage: ModuleStorage): BootResult {
  const { chip, images } = storage;
  const problem = images.map((image) => problemOf(storage, image)).find((found) => found !== null);
  if (problem) return { boots: false, problem };
  if (!hasBootImage(storage)) return { boots: false, problem: `${chip.bootImage.name} is missing` };
  const newestFirst = images.filter(({ address }) => address !== chip.bootImage.address).reverse();
  const revisions = newestFirst.flatMap((image) => revisionIn(storage, image) ?? []);
  const hasApplication = revisions.length > 0 || images.some(({ address }) => address === chip.applicationAddress);
  if (!hasApplication) return { boots: false, problem: 'the application image is missing' };
  return { boots: true, revision: revisions[0] ?? null };
}

export const hasBootImage = ({ chip, images }: ModuleStorage): boolean =>
  images.some(({ address, sha256: digest }) => address === chip.bootImage.address && digest !== null);

function problemOf(storage: ModuleStorage, image: FlashImage): string | null {
  if (image.sha256 === null) return `the image at ${hex(image.address)} is not complete`;
  const bytes = storage.read(image);
  return bytes && sha256(bytes) === image.sha256 ? null : `the image at ${hex(image.address)} is damaged`;
}

function revisionIn(storage: ModuleStorage, image: FlashImage): string | null {
  const bytes = storage.read(image) ?? new Uint8Array();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return revisionPattern.exec(text)?.[0] ?? null;
}

// What the chip makes of its AP flash at start: a board boots what is there, or not at all. Knows no wire.
// Source: eigencomm.md §8 (heads at 0x0 and 0x2000 are used at boot) and §9.1.

import type { NorFlash } from '../nor-flash.ts';
import { headBytes, type ImageHead, makeHead, parseHead, sha256 } from './image-head.ts';
import { imageIds } from './wire.ts';

export const flashMap = { blHead: 0x0, apHead: 0x2000, headSlot: 0x2000, bl: 0x4000, ap: 0x24000 } as const;

/** From here on CP flash holds CP data and RF calibration: no upgrade writes there (eigencomm.md §9.1). */
export const cpDataStart = 0xce000;

export type BootResult =
  | { readonly boots: true /** Null for an image without a revision string. */; readonly revision: string | null }
  | { readonly boots: false; readonly problem: string };

const revisionPattern = /E[CG]\d{3}[A-Z][A-Z]{2}[A-Z]{2}[A-Z0-9]*R\d{2}A\d{2}[A-Z0-9_]*/;

export function readBoot(ap: NorFlash): BootResult {
  const loader = readImage(ap, 'BL', flashMap.blHead, flashMap.bl);
  if (typeof loader === 'string') return { boots: false, problem: loader };
  const application = readImage(ap, 'AP', flashMap.apHead, flashMap.ap);
  if (typeof application === 'string') return { boots: false, problem: application };
  const text = Buffer.from(application.buffer, application.byteOffset, application.length).toString('latin1');
  return { boots: true, revision: revisionPattern.exec(text)?.[0] ?? null };
}

/** The image's bytes, or why the boot loader refuses it. A missing CP image stops no boot. */
function readImage(ap: NorFlash, name: 'BL' | 'AP', headAt: number, address: number): Uint8Array | string {
  const head = parseHead(ap.read(headAt, headBytes));
  const problem = headProblem(head, name, address);
  if (problem) return `${name} head ${problem}`;
  if (!ap.holds(address, head.imageSize)) return `${name} image reaches past the end of flash`;
  const image = ap.read(address, head.imageSize);
  return sha256(image) === head.imageSha256 ? image : `${name} image does not match its head`;
}

function headProblem(head: ImageHead, name: 'BL' | 'AP', address: number): string | null {
  if (!head.hasMagic) return 'is missing';
  if (!head.hashHolds) return 'has a wrong hash';
  if (head.imageId !== imageIds[name]) return 'is of another image';
  if (head.imageSize === 0) return 'names an empty image';
  if (name === 'AP' && head.burnAddress !== address) return 'has a wrong address';
  return null;
}

/** Puts a small valid BL and AP with their heads into an erased flash, so that a new board boots by the same rule as a flashed one. */
export function installFactoryImage(ap: NorFlash, revision: string): void {
  const bl = factoryImage('factory boot loader', 0x800);
  const apImage = factoryImage(revision, 0x1800);
  ap.program(flashMap.blHead, makeHead(imageIds.BL, 0, bl));
  ap.program(flashMap.apHead, makeHead(imageIds.AP, flashMap.ap, apImage));
  ap.program(flashMap.bl, bl);
  ap.program(flashMap.ap, apImage);
}

function factoryImage(text: string, size: number): Uint8Array {
  const image = new Uint8Array(size);
  for (let i = 0; i < size; i++) image[i] = (i * 7 + (i >> 8)) & 0x1f;
  image.set(new TextEncoder().encode(`${text}\0`), 0x100);
  return image;
}

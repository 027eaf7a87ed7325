// Small packages of both chips for the tests of the pac reader, and how a test reads one.
import { createHash } from 'node:crypto';
import { Fault } from '../../src/domain/failure.ts';
import { throwAtOnce } from '../../src/firmware/findings.ts';
import { isUnisocPackage, type UnisocPackage, unisocReader } from '../../src/firmware/unisoc-package.ts';
import { type BuiltFile, buildPac, pattern } from './pac-builder.ts';

export const small8910: readonly BuiltFile[] = [
  { id: 'HOST_FDL', type: 'HOST_FDL', base: 0x8000c0, blockSize: 0xff40, data: pattern(60, 1) },
  { id: 'FDL2', type: 'FDL2', base: 0x810000, blockSize: 0x30000, data: pattern(80, 2) },
  { id: 'AP', base: 0x60010000, blockSize: 0x1000, data: pattern(101, 3) },
  { id: 'FLASH', type: 'EraseFlash', base: 0xfe000001 },
];

export const small8850: readonly BuiltFile[] = [
  { id: 'FDL', type: 'FDL', base: 0x50800000, blockSize: 0x14000, data: pattern(60, 1) },
  { id: 'AP', base: 0x60020000, blockSize: 0x1000, data: pattern(100, 3) },
];

/** Reads one file as the dispatcher does for a bare `.pac`. */
export async function readBare(bytes: Uint8Array, fileName = 'test.pac'): Promise<UnisocPackage> {
  return readFiles([{ path: fileName, bytes }], fileName, bytes);
}

export async function readFiles(
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  fileName: string,
  whole: Uint8Array,
): Promise<UnisocPackage> {
  const sha256 = createHash('sha256').update(whole).digest('hex');
  const image = await unisocReader.read(
    { fileName, size: whole.length, sha256, files },
    { members: [], facts: [], refuse: throwAtOnce },
  );
  if (!isUnisocPackage(image)) throw new Error('not a UNISOC package');
  return image;
}

/** The failure code of a refusal, `accepted` when there is none. Anything but a Fault is a crash, and thrown on. */
export async function refusalOf(read: Promise<unknown>): Promise<string> {
  try {
    await read;
    return 'accepted';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure.code;
    throw thrown;
  }
}

export const pacOf = (files: readonly BuiltFile[] = small8910): Uint8Array => buildPac({ files });

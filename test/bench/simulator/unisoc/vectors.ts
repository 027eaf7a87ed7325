// The golden frames of unisoc.md by name, for tests of the simulated device.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bytesOf } from './host-frames.ts';

export interface VectorFrame {
  readonly name: string;
  readonly stage: string;
  readonly direction: 'host-to-device' | 'device-to-host';
  readonly hex: string;
}

interface SampleFrame {
  readonly name: string;
  readonly stage: string;
  readonly fields: { readonly payload: { readonly file: string; readonly offset: string; readonly length: number } };
  readonly wireLength: number;
  readonly wireSha256: string;
}

interface Checksum {
  readonly kind: string;
  readonly input: string;
  readonly wireBytes?: string;
  readonly value?: string;
}

interface NvSample {
  readonly hex: string;
  readonly crc: string;
  readonly items: readonly { readonly id: string; readonly length: number }[];
}

export interface Vectors {
  readonly frames: readonly VectorFrame[];
  readonly sampleFrames: readonly SampleFrame[];
  readonly checksums: readonly Checksum[];
  readonly nv: {
    readonly deviceBlob: NvSample;
    readonly templateBlob: { readonly hex: string };
    readonly mergedBlob: { readonly hex: string };
  };
}

export const vectors = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../vectors/unisoc.json'), 'utf8')) as Vectors;

export const repository = resolve(import.meta.dirname, '../../../..');

/** The wire image of a golden frame. */
export function golden(name: string): Buffer {
  const found = vectors.frames.find((frame) => frame.name === name);
  if (!found) throw new Error(`no golden frame ${name}`);
  return bytesOf(found.hex);
}

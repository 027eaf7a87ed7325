// START, MIDST …, END, and ERASE, over one BSL link (unisoc.md §4.3, §8.3). Knows no package and no order.

import type { Report } from '../run-step.ts';
import type { BslLink } from './bsl-link.ts';
import { erasePayload, startNvPayload, startPayload } from './payloads.ts';
import { midstChunk, sharedMidstFrame } from './prepared-frames.ts';

export interface Download {
  readonly step: string;
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Of an NV blob only, which is one unit's own. */
  readonly sum32?: number;
}

/** As the device is told: START's size is even, so no packet is ever odd (§4.3). */
export const evenSize = (size: number): number => size + (size % 2);

/** Sends one image. A MIDST is never sent twice: the first failure ends it. */
export async function download(link: BslLink, { step, address, bytes, sum32 }: Download, report: Report): Promise<void> {
  const size = evenSize(bytes.length);
  const start = sum32 === undefined ? startPayload(address, size) : startNvPayload(address, size, sum32);
  await link.request({ step, command: 'START_DATA', data: start, address });
  for (let offset = 0; offset < bytes.length; offset += link.stage.chunkBytes) {
    const midst = { step, command: 'MIDST_DATA', address: address + offset } as const;
    if (sum32 === undefined) await link.request({ ...midst, frame: sharedMidstFrame(link.stage, bytes, offset) });
    else await link.request({ ...midst, data: midstChunk(link.stage, bytes, offset) });
    report(Math.min(offset + link.stage.chunkBytes, bytes.length));
  }
  await link.request({ step, command: 'END_DATA', address });
}

export async function erase(link: BslLink, step: string, address: number, size: number): Promise<void> {
  await link.request({ step, command: 'ERASE_FLASH', data: erasePayload(address, size), address });
}

// Requests of the Eigencomm download protocol as bytes (eigencomm.md 4–6). Pure: knows no transport, no retry and no reply.
import { fault, hex } from '../../domain/failure.ts';
import type { ChipFamily } from '../../firmware/eigencomm-package.ts';
import { crc8Maxim } from '../../framing/crc8.ts';
import { crc32 } from '../../framing/crc32.ts';
import { sum32 } from '../../framing/sum32.ts';
import {
  cpFlashMarker,
  type DataCommand,
  type DataStage,
  dataCommands,
  imageIds,
  type LpcCommand,
  lpcCommands,
  orderBytes,
  type Stage,
  syncWords,
} from './opcodes.ts';
import { apFlash, storesCpInCpFlash } from './storage.ts';

/** A request in `CD 32` framing, to the mask ROM or to the agent. */
export type DataRequest = { readonly stage: DataStage } & (
  | { readonly command: 'GET_VERSION' | 'SEL_IMAGE' | 'VERIFY_IMAGE' | 'DONE' }
  | { readonly command: 'DATA_HEAD'; readonly remaining: number }
  | { readonly command: 'DOWNLOAD_DATA'; readonly index: number; readonly block: Uint8Array }
);

/** A request in `4C B3` framing, to the agent only. Closed: what is not listed here (eFuse, memory write) cannot be built. */
export type LpcRequest = { readonly stage: 'LPC' } & (
  | { readonly command: 'FLASH_ERASE'; readonly address: number; readonly lengthBytes: number }
  | { readonly command: 'READ_MEM'; readonly address: number; readonly lengthBytes: number }
  /** The chip family decides the marker of CP, so that an EC618's CP can never be sent to AP flash. */
  | { readonly command: 'BURN_ONE'; readonly image: BurnImage; readonly chipFamily: ChipFamily }
  | { readonly command: 'GET_BURN_STATUS' | 'SYS_RST' }
);

export type Request = DataRequest | LpcRequest;
export type BurnImage = 'BL' | 'AP' | 'CP' | 'FLEX';

export const burnImageIds = { BL: imageIds.AGBT, AP: imageIds.AP, CP: imageIds.CP, FLEX: imageIds.FLEX } as const;

/** Largest data of one DOWNLOAD_DATA, of one chunk and of one FLASH_ERASE. */
export const blockLimitBytes = 0x10000;
/** Largest READ_MEM; the agent's own limit is 255. */
export const readLimitBytes = 240;

const headerBytes = 8;

/** The 4 bytes of a sync word. The host sends them twice. */
export const encodeSyncWord = (stage: Stage): Uint8Array => u32(syncWords[stage]);

/**
 * The whole frame: `cmd u8 | index u8 | order u8 | ~order u8 | len u32 | data | trailer`. A retry encodes again, from the plain length.
 * Throws `station-defect` for a command outside the whitelist and for arguments that would leave the allowed ranges.
 */
export function encodeRequest(request: Request): Uint8Array {
  const data = dataOf(request);
  return request.stage === 'DLBOOT' ? romFrame(request, data) : agentFrame(request, data);
}

function romFrame(request: Request, data: Uint8Array): Uint8Array {
  const withSum = request.command === 'DOWNLOAD_DATA';
  const frame = frameOf(request, data, withSum ? 4 : 0);
  const body = frame.subarray(0, headerBytes + data.length);
  if (withSum) viewOf(frame).setUint32(body.length, sum32(body), true);
  return frame;
}

function agentFrame(request: Request, data: Uint8Array): Uint8Array {
  const frame = frameOf(request, data, 4);
  const body = frame.subarray(0, headerBytes + data.length);
  viewOf(frame).setUint32(body.length, crc32(body), true);
  // The agent checks the CRC over the plain length, so the check byte goes in only after the CRC is taken.
  if (data.length > 0) frame[7] = crc8Maxim(frame.subarray(4, 7));
  return frame;
}

function frameOf(request: Request, data: Uint8Array, trailerBytes: number): Uint8Array {
  const frame = new Uint8Array(headerBytes + data.length + trailerBytes);
  const order = orderBytes[request.stage];
  frame.set([commandByte(request), indexOf(request), order, ~order & 0xff]);
  viewOf(frame).setUint32(4, data.length, true);
  frame.set(data, headerBytes);
  return frame;
}

/** The number of a request's command. The type closes the list; this refuses whatever got past the type. */
export function commandByte(request: Request): number {
  const known: Partial<Record<string, number>> = request.stage === 'LPC' ? lpcCommands : dataCommands;
  const byte = Object.hasOwn(known, request.command) ? known[request.command] : undefined;
  if (byte === undefined) throw refused(request.stage, request.command, 'not a command of this framing');
  return byte;
}

/** 0, except for the running number of a DOWNLOAD_DATA. */
export const indexOf = (request: Request): number => (request.command === 'DOWNLOAD_DATA' ? request.index & 0xff : 0);

function dataOf(request: Request): Uint8Array {
  switch (request.command) {
    case 'DATA_HEAD':
      return u32(request.remaining);
    case 'DOWNLOAD_DATA':
      return blockOf(request.block, request.stage);
    case 'FLASH_ERASE':
      return eraseArguments(request.address, request.lengthBytes);
    case 'READ_MEM':
      return readArguments(request.address, request.lengthBytes);
    case 'BURN_ONE':
      return burnArguments(request.image, request.chipFamily);
    case 'GET_VERSION':
    case 'SEL_IMAGE':
    case 'VERIFY_IMAGE':
    case 'DONE':
    case 'GET_BURN_STATUS':
    case 'SYS_RST':
      return new Uint8Array(0);
    default:
      return neverBuilt(request);
  }
}

function blockOf(block: Uint8Array, stage: DataStage): Uint8Array {
  if (block.length >= 1 && block.length <= blockLimitBytes) return block;
  throw refused(stage, 'DOWNLOAD_DATA', `a block of ${block.length} bytes`);
}

/** AP flash only: an erase of CP flash would take the RF calibration, a long one the whole chip (eigencomm.md 9.4). */
function eraseArguments(address: number, lengthBytes: number): Uint8Array {
  const inside = address >= apFlash.lna && address + lengthBytes <= apFlash.lna + apFlash.sizeBytes;
  const short = lengthBytes >= 1 && lengthBytes <= blockLimitBytes;
  if (!inside || !short) throw refused('LPC', 'FLASH_ERASE', `${hex(lengthBytes)} bytes at ${hex(address)}`);
  return u32(lengthBytes, address);
}

function readArguments(address: number, lengthBytes: number): Uint8Array {
  if (lengthBytes >= 1 && lengthBytes <= readLimitBytes) return u32(lengthBytes, address);
  throw refused('LPC', 'READ_MEM', `${lengthBytes} bytes at ${hex(address)}`);
}

function burnArguments(image: BurnImage, chipFamily: ChipFamily): Uint8Array {
  if (!Object.hasOwn(burnImageIds, image)) throw refused('LPC', 'BURN_ONE', `image ${image}`);
  const id = u32(burnImageIds[image]);
  if (image !== 'CP' || !storesCpInCpFlash(chipFamily)) return id;
  return Uint8Array.of(...id, cpFlashMarker & 0xff, cpFlashMarker >> 8);
}

function neverBuilt(request: never): never {
  const { stage, command }: { stage: Stage; command: DataCommand | LpcCommand } = request;
  throw refused(stage, command, 'not a command of this framing');
}

const refused = (stage: Stage, command: string, why: string): Error =>
  fault('station-defect', 'encode', { detail: `refused to build ${stage} ${command}: ${why}` });

function u32(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  for (const [at, value] of values.entries()) viewOf(bytes).setUint32(4 * at, value, true);
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// The Eigencomm wire as the device sees it: words, codes, reply frames and checksums. Knows no state.
// Own constants and own arithmetic: the simulator must be able to disagree with the host. Source: eigencomm.md §4 to §6, §14.
import { crc32 } from 'node:zlib';

export type Stage = 'DLBOOT' | 'AGBOOT' | 'LPC';
export type Framing = 'data' | 'control';

export const syncWords: Readonly<Record<Stage, number>> = { DLBOOT: 0x2b02d300, AGBOOT: 0x2b02d3aa, LPC: 0x2b02d3cd };

/** `2B 02 D3 EE`: the agent's answer to a sync it cannot accept now. */
export const resetWord = Uint8Array.of(0x2b, 0x02, 0xd3, 0xee);

/** First order byte of each framing; the second is its complement. */
export const orderBytes: Readonly<Record<Framing, number>> = { data: 0xcd, control: 0x4c };

export const dataCommands = {
  GET_VERSION: 0x20,
  SEL_IMAGE: 0x21,
  VERIFY_IMAGE: 0x22,
  DATA_HEAD: 0x31,
  DOWNLOAD_DATA: 0x32,
  DONE: 0x3a,
  DISCONNECT: 0x40,
} as const;

/** All codes that the disassembled agent takes, the forbidden ones too (eigencomm.md §6.2). */
export const controlCommands = {
  FLASH_ERASE: 0x10,
  READ_MEM: 0x21,
  MEMORY_WRITE: 0x22,
  BLOCK_READ: 0x24,
  EFUSE_READ: 0x31,
  EFUSE_BURN: 0x32,
  BURN_ONE_ALIAS: 0x41,
  BURN_ONE: 0x42,
  GET_BURN_STATUS: 0x44,
  NO_OPERATION: 0xa1,
  SYS_RST: 0xaa,
} as const;

export const imageIds = { IMGH: 0x54494d48, BL: 0x4f424d49, AP: 0x444b4249, CP: 0x43504249, FLEX: 0x464c5849 } as const;

export const errorCodes = {
  readFailed: 0x30,
  writeFailed: 0x31,
  eraseFailed: 0x32,
  verifyMismatch: 0x33,
  headTooLarge: 0x6f,
  unknownCommand: 0x80,
  badFrame: 0x81,
  badArgument: 0x82,
  size: 0x94,
  noSyncAfterBurnOne: 0x96,
  badImageId: 0x98,
  crc: 0x9a,
  lengthCheck: 0x9b,
} as const;

export const burnStatus = { ok: 0, badAddress: 0x01, unfinished: 0xff, brokenOff: 0x300 } as const;

/** The echo of a sync pair: the word once. */
export const syncEcho = (stage: Stage): Uint8Array => u32Bytes(syncWords[stage]);

export function u32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Little-endian; a field that reaches past the end reads as if zeros followed. */
export function u32At(bytes: Uint8Array, offset: number): number {
  const at = (index: number): number => bytes[offset + index] ?? 0;
  return (at(0) | (at(1) << 8) | (at(2) << 16) | (at(3) << 24)) >>> 0;
}

export interface ReplyHeader {
  readonly command: number;
  /** As in the request; DOWNLOAD_DATA of the data framing is answered with index + 1. */
  readonly index: number;
  readonly framing: Framing;
}

/** `cmd | index | order | ~order | state | len | data`, and a CRC-32 from the agent; the mask ROM sends none. */
export function replyFrame(
  from: 'rom' | 'agent',
  header: ReplyHeader,
  state: number,
  data: Uint8Array = new Uint8Array(),
): Uint8Array {
  const order = orderBytes[header.framing];
  const counts = header.framing === 'data' && header.command === dataCommands.DOWNLOAD_DATA;
  const index = counts ? (header.index + 1) & 0xff : header.index;
  const body = Uint8Array.of(header.command, index, order, order ^ 0xff, state, data.length, ...data);
  return from === 'rom' ? body : Uint8Array.of(...body, ...u32Bytes(crc32(body)));
}

/** State 1 and the u32 error code (eigencomm.md §5.3). From the ROM the same shape without CRC: the simulator's own choice. */
export const nakFrame = (from: 'rom' | 'agent', header: ReplyHeader, errorCode: number): Uint8Array =>
  replyFrame(from, header, 1, u32Bytes(errorCode));

/** CRC-8/MAXIM over the three low bytes of a length. */
export function lengthCheckByte(length: number): number {
  let crc = 0;
  for (const shift of [0, 8, 16]) {
    crc ^= (length >>> shift) & 0xff;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8c : crc >>> 1;
  }
  return crc;
}

export function byteSum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    const { length } = part;
    for (let i = 0; i < length; i++) sum += part[i] ?? 0;
  }
  return sum >>> 0;
}

const namesOf = (table: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(table).map(([name, code]) => [code, name]));
const names: Readonly<Record<Framing, ReadonlyMap<number, string>>> = {
  data: namesOf(dataCommands),
  control: namesOf(controlCommands),
};

/** As reports and faults name a command: `AGBOOT DATA_HEAD`, `LPC 0x55`. */
export function commandName(stage: Stage, framing: Framing, command: number): string {
  return `${stage} ${names[framing].get(command) ?? `0x${command.toString(16).toUpperCase()}`}`;
}

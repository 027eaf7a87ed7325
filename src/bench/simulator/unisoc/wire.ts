// The UNISOC wire as the device sees it: reply frames, escaping and check values. Knows no state and no stage.
// Only the code tables are shared with the host; framing and arithmetic are the simulator's own. Source: unisoc.md §3, §4, §7.
import { commands, pdlFlow, pdlHeader, replies } from '../../../flashers/unisoc/opcodes.ts';

export {
  blockDevices,
  commands,
  loadAddresses,
  logicalAddresses,
  pdlCommands,
  replies,
} from '../../../flashers/unisoc/opcodes.ts';

export const flag = 0x7e;
export const escapeByte = 0x7d;

/** The two check bytes over type, size and data, in the order of the wire. */
export type Checksum = (bytes: Uint8Array) => readonly [number, number];

/** CRC-16/XMODEM, high byte first: the ROM stage of the 8850. */
export const crcCheck: Checksum = (bytes) => {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return [crc >>> 8, crc & 0xff];
};

/** The folded and inverted sum of little-endian words, low byte first; a last odd byte counts as a low byte: FDL1, FDL2, NORFDL. */
export const sumCheck: Checksum = (bytes) => {
  const { length } = bytes;
  let sum = 0;
  for (let i = 0; i < length; i += 2) sum += (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8);
  while (sum > 0xffff) sum = (sum >>> 16) + (sum & 0xffff);
  const inverted = ~sum & 0xffff;
  return [inverted & 0xff, inverted >>> 8];
};

const arcTable = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/** CRC16-ARC, of an NV blob. */
export function crc16Arc(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (arcTable[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return crc;
}

const nothing = new Uint8Array();

/** A whole frame between its flags, everything inside escaped. */
export function replyFrame(checksum: Checksum, type: number, data: Uint8Array = nothing): Uint8Array {
  const body = Buffer.concat([Uint8Array.of(type >>> 8, type & 0xff, data.length >>> 8, data.length & 0xff), data]);
  const plain = Buffer.concat([body, Uint8Array.from(checksum(body))]);
  const frame = new Uint8Array(2 * plain.length + 2);
  let length = 0;
  frame[length++] = flag;
  for (let i = 0; i < plain.length; i++) {
    const byte = plain[i] ?? 0;
    const isEscaped = byte === flag || byte === escapeByte;
    if (isEscaped) frame[length++] = escapeByte;
    frame[length++] = isEscaped ? byte & ~0x20 : byte;
  }
  frame[length++] = flag;
  return frame.slice(0, length);
}

/** `AE 04 00 00 00 | FF or EE | 00 00 | status u32LE`. */
export function pdlReply(status: number): Uint8Array {
  const bytes = Uint8Array.of(pdlHeader, 4, 0, 0, 0, status === 0 ? pdlFlow.OK : pdlFlow.ERROR, 0, 0, 0, 0, 0, 0);
  new DataView(bytes.buffer).setUint32(8, status, true);
  return bytes;
}

/** Big-endian; a field that reaches past the end reads as if zeros followed. */
export function u32BigEndian(bytes: Uint8Array, offset: number): number {
  const at = (index: number): number => bytes[offset + index] ?? 0;
  return ((at(0) << 24) | (at(1) << 16) | (at(2) << 8) | at(3)) >>> 0;
}

/** Little-endian, else as above. */
export function u32LittleEndian(bytes: Uint8Array, offset: number): number {
  const at = (index: number): number => bytes[offset + index] ?? 0;
  return (at(0) | (at(1) << 8) | (at(2) << 16) | (at(3) << 24)) >>> 0;
}

const namesOf = (table: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(table).map(([name, code]) => [code, name]));
const commandNames = namesOf(commands);
const replyNames = namesOf(replies);

const byteText = (code: number): string => `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;

/** As reports and faults name it: `START_DATA`, `0x55`. */
export const commandName = (code: number): string => commandNames.get(code) ?? byteText(code);
export const replyName = (code: number): string => replyNames.get(code) ?? byteText(code);

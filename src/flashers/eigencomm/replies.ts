// Replies of the Eigencomm download protocol (eigencomm.md 5.3, 14): what may answer a request, and what each wrong one is called.
// Pure: knows no transport and no retry.
import { type FailureCode, type Fault, fault, hex } from '../../domain/failure.ts';
import { crc32 } from '../../framing/crc32.ts';
import { commandByte, indexOf, type Request } from './frames.ts';
import { nakNames, orderBytes, replyStates, type Stage } from './opcodes.ts';

/** `cmd u8 | index u8 | order u8 | ~order u8 | state u8 | len u8`, then `len` bytes, then a CRC-32 except from the ROM. */
export const replyHeaderBytes = 6;

export interface ReplyHeader {
  readonly command: number;
  readonly index: number;
  readonly order: number;
  readonly inverseOrder: number;
  readonly state: number;
  readonly length: number;
}

export function decodeReplyHeader(bytes: Uint8Array): ReplyHeader {
  const [command = 0, index = 0, order = 0, inverseOrder = 0, state = 0, length = 0] = bytes;
  return { command, index, order, inverseOrder, state, length };
}

/** Bytes that follow the header. */
export const replyRestBytes = (stage: Stage, header: ReplyHeader): number => header.length + (stage === 'DLBOOT' ? 0 : 4);

const dataLimits = { DLBOOT: 12, AGBOOT: 12, LPC: 256 } as const satisfies Record<Stage, number>;

/** What is wrong with a reply's first 6 bytes alone, so that a length out of range is never waited for. Null: read on. */
export function faultOfHeader(request: Request, header: ReplyHeader, step: string): Fault | null {
  const order = orderBytes[request.stage];
  if (header.order !== order || header.inverseOrder !== (~order & 0xff))
    return wrong('reply-unexpected', request, step, 'order', pair(order, ~order & 0xff), pair(header.order, header.inverseOrder));
  if (header.length > dataLimits[request.stage])
    return wrong('reply-malformed', request, step, 'data length', `at most ${dataLimits[request.stage]}`, header.length);
  return null;
}

/**
 * The data of an acknowledged reply. `frame` is the whole reply, its header already passed by `faultOfHeader`.
 * Throws `reply-checksum-wrong`, `reply-unexpected`, `reply-malformed`, `device-refused` (NAK), `device-error` (any other state).
 */
export function acceptReply(request: Request, frame: Uint8Array, step: string): Uint8Array {
  const header = decodeReplyHeader(frame);
  const found =
    faultOfHeader(request, header, step) ?? faultOfChecksum(request, frame, step) ?? faultOfAddressee(request, header, step);
  if (found) throw found;
  const data = frame.subarray(replyHeaderBytes, replyHeaderBytes + header.length);
  if (header.state !== replyStates.ACK) throw refusal(request, header.state, data, step);
  const expected = dataLengthOf(request);
  if (data.length !== expected) throw wrong('reply-malformed', request, step, 'data length', expected, data.length);
  return data;
}

function faultOfChecksum(request: Request, frame: Uint8Array, step: string): Fault | null {
  if (request.stage === 'DLBOOT') return null;
  const at = frame.length - 4;
  const computed = crc32(frame.subarray(0, at));
  const carried = readU32(frame, at);
  return computed === carried ? null : wrong('reply-checksum-wrong', request, step, 'CRC-32', hex(computed), hex(carried));
}

function faultOfAddressee(request: Request, header: ReplyHeader, step: string): Fault | null {
  const command = commandByte(request);
  if (header.command !== command) return wrong('reply-unexpected', request, step, 'command', hex(command), hex(header.command));
  const index = replyIndexOf(request);
  return header.index === index ? null : wrong('reply-unexpected', request, step, 'index', index, header.index);
}

/** The request's own index, but one more for a block of data, modulo 256. */
const replyIndexOf = (request: Request): number =>
  request.command === 'DOWNLOAD_DATA' ? (indexOf(request) + 1) & 0xff : indexOf(request);

function refusal(request: Request, state: number, data: Uint8Array, step: string): Fault {
  const code = data.length === 4 ? readU32(data, 0) : undefined;
  const meaning = code === undefined ? 'without a code' : `${hex(code)} ${nakNames[code] ?? 'of no known meaning'}`;
  if (state === replyStates.NAK) return wrong('device-refused', request, step, 'state', 'ACK', `NAK ${meaning}`);
  return wrong('device-error', request, step, 'state', 'ACK', `state ${hex(state)} ${meaning}`);
}

function dataLengthOf(request: Request): number {
  switch (request.command) {
    case 'GET_VERSION':
      return 12;
    case 'SEL_IMAGE':
    case 'DATA_HEAD':
    case 'GET_BURN_STATUS':
      return 4;
    case 'SYS_RST':
      return 8;
    case 'READ_MEM':
      return request.lengthBytes;
    case 'VERIFY_IMAGE':
    case 'DOWNLOAD_DATA':
    case 'DONE':
    case 'FLASH_ERASE':
    case 'BURN_ONE':
      return 0;
  }
}

function wrong(
  code: FailureCode,
  request: Request,
  step: string,
  what: string,
  expected: string | number,
  actual: string | number,
): Fault {
  return fault(code, step, { expected, actual, detail: `${what} of the reply to ${request.stage} ${request.command}` });
}

export const readU32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

const pair = (first: number, second: number): string => `${byteText(first)} ${byteText(second)}`;
const byteText = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

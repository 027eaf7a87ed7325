// A small UNISOC host for tests of the simulated device: builds frames and NV blobs from the reference, on its own. Knows no device.

export const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll(/[\s|]/g, ''), 'hex');
export const none = Buffer.alloc(0);
export const flagByte = Buffer.from([0x7e]);

export const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4);
  return bytes;
};

/** CRC-16/XMODEM by table-free long division of the whole message. */
function xmodem(bytes: Uint8Array): Buffer {
  let crc = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const top = (crc >>> 15) ^ ((byte >>> bit) & 1);
      crc = ((crc << 1) & 0xffff) ^ (top ? 0x1021 : 0);
    }
  return Buffer.from([crc >>> 8, crc & 0xff]);
}

function sum16(bytes: Uint8Array): Buffer {
  const even = bytes.length % 2 === 0 ? Buffer.from(bytes) : Buffer.concat([bytes, Buffer.from([0])]);
  let sum = 0;
  for (let i = 0; i < even.length; i += 2) sum += even.readUInt16LE(i);
  sum = (sum >>> 16) + (sum & 0xffff);
  sum = (sum + (sum >>> 16)) & 0xffff;
  const check = Buffer.alloc(2);
  check.writeUInt16LE(~sum & 0xffff);
  return check;
}

function frame(check: (bytes: Uint8Array) => Buffer, type: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(data.length, 2);
  const body = Buffer.concat([head, data]);
  return wrapped(Buffer.concat([body, check(body)]));
}

/** Escapes and puts the flags around: also for bodies that are wrong on purpose. */
export const wrapped = (body: Uint8Array): Buffer =>
  Buffer.concat([
    flagByte,
    Buffer.from([...body].flatMap((byte) => (byte === 0x7e ? [0x7d, 0x5e] : byte === 0x7d ? [0x7d, 0x5d] : [byte]))),
    flagByte,
  ]);

/** To FDL1, FDL2 and NORFDL. */
export const fdl = (type: number, data: Uint8Array = none): Buffer => frame(sum16, type, data);
/** To the ROM of the 8850. */
export const rom = (type: number, data: Uint8Array = none): Buffer => frame(xmodem, type, data);

export const op = { connect: 0, start: 1, midst: 2, end: 3, exec: 4, reset: 5, read: 6, baud: 9, erase: 0x0a } as const;

export function pdl(command: number, address = 0, size = 0, extra: Uint8Array = none): Buffer {
  const head = Buffer.from([0xae, 0, 0, 0, 0, 0xff, 0, 0]);
  head.writeUInt32LE(12 + extra.length, 1);
  const tag = Buffer.alloc(12);
  for (const [i, value] of [command, address, size].entries()) tag.writeUInt32LE(value, i * 4);
  return Buffer.concat([head, tag, extra]);
}
export const pdlAck = bytesOf('ae 04 00 00 00 ff 00 00 00 00 00 00');

/** CRC16-ARC, bit by bit from the mirrored polynomial. */
export function arc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) {
      const low = (crc ^ (byte >>> bit)) & 1;
      crc = (crc >>> 1) ^ (low ? 0xa001 : 0);
    }
  return crc;
}

export type Items = ReadonlyMap<number, Uint8Array>;

export function nvBlob(items: Items, size: number): Buffer {
  const blob = Buffer.alloc(size, 0xff);
  blob.writeUInt16BE(0, 2);
  let at = 4;
  for (const [id, data] of items) {
    blob.writeUInt16LE(id, at);
    blob.writeUInt16LE(data.length, at + 2);
    blob.set(data, at + 4);
    at += 4 + Math.ceil(data.length / 4) * 4;
  }
  blob.writeUInt16BE(arc(blob.subarray(2)), 0);
  return blob;
}

export function nvItemsOf(blob: Buffer): Map<number, Buffer> {
  const items = new Map<number, Buffer>();
  for (let at = 4; at + 4 <= blob.length && blob.readUInt16LE(at) < 0xfffe; ) {
    const length = blob.readUInt16LE(at + 2);
    items.set(blob.readUInt16LE(at), blob.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return items;
}

/** Made-up bytes, without a 7E or 7D. */
export const madeUp = (length: number, seed = 1): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7 + (i >> 7)) & 0x5f));

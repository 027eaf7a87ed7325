// The two CRC-16 of UNISOC: XMODEM for the 8850 ROM's frames, ARC for NV blobs (unisoc.md §4.1, §4.4). Table-driven and pure;
// knows no frame.

const xmodemTable = tableOf((index) => {
  let value = index << 8;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1;
  return value & 0xffff;
});

/** What a byte leaves behind after one more: two bytes go in one step, each by its own table. */
const xmodemTableBefore = tableOf((index) => xmodemStep(xmodemTable[index] ?? 0, 0));

const arcTable = tableOf((index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  return value;
});

/** CRC-16/XMODEM (0x1021, start 0, not reflected) of `bytes[start, end)`. High byte first on the wire. `123456789` gives 0x31C3. */
export function crc16Xmodem(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const even = start + ((end - start) & ~1);
  let crc = 0;
  for (let i = start; i < even; i += 2) {
    const before = xmodemTableBefore[(crc >>> 8) ^ (bytes[i] ?? 0)] ?? 0;
    crc = before ^ (xmodemTable[(crc & 0xff) ^ (bytes[i + 1] ?? 0)] ?? 0);
  }
  return even < end ? xmodemStep(crc, bytes[even] ?? 0) : crc;
}

function xmodemStep(crc: number, byte: number): number {
  return ((crc << 8) & 0xffff) ^ (xmodemTable[(crc >>> 8) ^ byte] ?? 0);
}

/** CRC-16/ARC (0xA001 reflected, start 0) of `bytes[start, end)`. `123456789` gives 0xBB3D. */
export function crc16Arc(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = (crc >>> 8) ^ (arcTable[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return crc;
}

function tableOf(entry: (index: number) => number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, index) => entry(index));
}

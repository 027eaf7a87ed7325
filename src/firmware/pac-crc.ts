// CRC-16/ARC as the `.pac` container uses it (unisoc.md §4.4). A copy of the framing folder's, which firmware may not import: the
// file's check and the NV blob's are the same only by accident.

const table = Uint16Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  return value;
});

/** Start 0, reflected, no final XOR. `123456789` gives 0xBB3D. */
export function pacCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return crc;
}

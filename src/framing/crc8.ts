// CRC-8/MAXIM: the check byte of a length field. Knows no frame.

const table = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8c : crc >>> 1;
  return crc;
});

/** CRC-8/MAXIM (polynomial 0x31, reflected 0x8C, initial value 0, no final XOR); ASCII `123456789` gives 0xA1. */
export function crc8Maxim(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = table[crc ^ byte] ?? 0;
  return crc;
}

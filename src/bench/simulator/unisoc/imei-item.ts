// How an IMEI lies in its NV items (0x5, 0x179, 0x186, 0x1E4). Knows no store.
// ASSUMPTION, not in the reference: 8 bytes of swapped BCD in the 3GPP manner. Low nibble of byte 0 is A (the type), its high
// nibble the first digit; then each byte holds the next digit in its low nibble and the one after that in its high nibble.

export function encodeImei(imei: string): Uint8Array {
  const nibbles = [0xa, ...[...imei].map(Number)];
  return Uint8Array.from({ length: 8 }, (_, i) => (nibbles[2 * i] ?? 0xf) | ((nibbles[2 * i + 1] ?? 0xf) << 4));
}

/** Null for anything that is not 15 digits in 8 bytes. */
export function decodeImei(item: Uint8Array | null): string | null {
  if (item?.length !== 8) return null;
  const digits = [...item].flatMap((byte) => [byte & 0xf, byte >>> 4]).slice(1);
  return digits.every((digit) => digit <= 9) && digits.some((digit) => digit > 0) ? digits.join('') : null;
}

// sum16, the check of UNISOC's FDL1, FDL2 and NORFDL (unisoc.md §4.2): a folded, inverted sum of little-endian words. Pure;
// knows no frame.

/**
 * The check over `bytes[start, end)` as a number whose high byte goes first on the wire (the protocol sends the sum's low byte
 * first). A last odd byte counts as the low byte of a word: the device's rule, not the vendor host's (§4.3).
 */
export function sum16(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let sum = 0;
  const even = start + ((end - start) & ~1);
  for (let i = start; i < even; i += 2) sum += ((bytes[i + 1] ?? 0) << 8) | (bytes[i] ?? 0);
  if (even < end) sum += bytes[even] ?? 0;
  sum = (sum >>> 16) + (sum & 0xffff);
  sum += sum >>> 16;
  const inverted = ~sum & 0xffff;
  return ((inverted & 0xff) << 8) | (inverted >>> 8);
}

// The arithmetic sum of bytes modulo 2^32: the trailer of data blocks to Eigencomm's mask ROM. Knows no frame.

/** Unsigned; `continued` is the sum of the bytes before these. */
export function sum32(bytes: Uint8Array, continued = 0): number {
  const { length } = bytes;
  let sum = continued;
  for (let i = 0; i < length; i++) sum = (sum + (bytes[i] ?? 0)) | 0;
  return sum >>> 0;
}

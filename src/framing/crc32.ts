// CRC-32 of zlib: the check word of Eigencomm's agent frames. Knows no frame.
import { crc32 as zlibCrc32 } from 'node:zlib';

/**
 * CRC-32 (reflected 0xEDB88320, initial value and final XOR 0xFFFFFFFF) as an unsigned number; ASCII `123456789` gives 0xCBF43926.
 * `continued` is the result over the bytes before these, so that a frame need not be joined.
 */
export function crc32(bytes: Uint8Array, continued = 0): number {
  return zlibCrc32(bytes, continued);
}

// Identifiers that sort by the time they were made (ULID). Knows no record; clock and random bytes are given.
import type { Clock } from '../bench/clock.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const randomBits = 80n;

/** Gives `count` random bytes, e.g. `crypto.randomBytes`. */
export type RandomBytes = (count: number) => Uint8Array;

/**
 * A source of ULIDs (26 characters: 48 bits of wall milliseconds, 80 random bits, Crockford base 32). Each is greater than the
 * one before from the same source, also within one millisecond and when the clock steps back.
 */
export function ulidSource(clock: Clock, randomBytes: RandomBytes): () => string {
  let last = -1n;
  return () => {
    const fresh = (BigInt(Math.floor(clock.wallMs())) << randomBits) | bigIntOf(randomBytes(10));
    last = fresh > last ? fresh : last + 1n;
    return encode(last);
  };
}

function bigIntOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function encode(value: bigint): string {
  let text = '';
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += alphabet[Number((value >> shift) & 31n)] ?? '';
  return text;
}

// Made-up bytes that are the same for ever: a 32-bit xorshift, seeded by a text. Not random in any other sense.

export function madeUpBytes(seedText: string, size: number): Uint8Array {
  let state = seedOf(seedText);
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** FNV-1a, never 0: from 0 a xorshift does not move. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash === 0 ? 1 : hash;
}

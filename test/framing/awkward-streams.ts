// Byte streams made to be awkward for a frame reader, and places to cut them at. Knows no framing but the bytes 7E and 7D.
import fc from 'fast-check';

export const awkwardByte = fc.oneof(fc.constantFrom(0x7e, 0x7d, 0x5e, 0x5d, 0x20, 0x23), fc.nat(255));
export const cuts = fc.array(fc.nat(), { maxLength: 12 });

/** Noise, runs without a special byte that may be longer than `limitBytes`, and frames of which some have one byte changed. */
export function awkwardStream(frame: fc.Arbitrary<readonly number[]>, limitBytes: number): fc.Arbitrary<readonly number[]> {
  const run = fc.nat(2 * limitBytes).map((length) => Array.from({ length }, () => 0x41));
  const damaged = fc.tuple(frame, fc.nat(), awkwardByte).map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte));
  const part = fc.oneof({ weight: 3, arbitrary: frame }, damaged, run, fc.array(awkwardByte, { maxLength: 12 }));
  return fc.array(part, { maxLength: 8 }).map((parts) => parts.flat());
}

/** The stream cut at these places, empty pieces among them. */
export function piecesOf(stream: readonly number[], places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  return ends.map((end, index) => Uint8Array.from(stream.slice(index === 0 ? 0 : ends[index - 1], end)));
}

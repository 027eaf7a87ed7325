// Frames that all slots share: the same bytes as an encoder of one's own gives, made once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/flashers/unisoc/opcodes.ts';
import { sharedMidstFrame } from '../../../src/flashers/unisoc/prepared-frames.ts';
import { fdl1, fdl2, rom8850 } from '../../../src/flashers/unisoc/stages.ts';
import { HdlcEncoder } from '../../../src/framing/hdlc.ts';

/** Many bytes to escape, and sizes that end in the middle of a chunk. */
const images = fc.array(fc.constantFrom(0x7e, 0x7d, 0x00, 0xff, 0x41), { minLength: 1, maxLength: 5000 });

describe('a frame that all slots share', () => {
  it.each([fdl1, fdl2, rom8850])('is what the encoder of a $name link gives, the last odd byte padded with FF', (stage) => {
    fc.assert(
      fc.property(images, (bytes) => {
        const image = Uint8Array.from(bytes);
        const own = new HdlcEncoder(stage.check, stage.chunkBytes);
        for (let offset = 0; offset < image.length; offset += stage.chunkBytes) {
          const chunk = [...image.subarray(offset, offset + stage.chunkBytes)];
          const even = chunk.length % 2 === 0 ? chunk : [...chunk, 0xff];
          const expected = Uint8Array.from(own.encode(commands.MIDST_DATA, Uint8Array.from(even)));
          expect(sharedMidstFrame(stage, image, offset)).toEqual(expected);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is made once for an image and a stage, in a buffer of its own', () => {
    const image = new Uint8Array(3 * fdl2.chunkBytes).fill(0x7e);
    const frames = [0, 1, 2].map((at) => sharedMidstFrame(fdl2, image, at * fdl2.chunkBytes));
    expect(sharedMidstFrame(fdl2, image, 0)).toBe(frames[0]);
    expect(sharedMidstFrame(fdl1, image, 0)).not.toBe(frames[0]);
    expect(new Set(frames.map(({ buffer }) => buffer)).size).toBe(3);
    for (const { buffer, byteLength } of frames) expect(buffer.byteLength).toBe(byteLength);
  });
});

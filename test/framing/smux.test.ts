// SMUX frames of ASR modules against the golden bytes, and the receiver rules of asr.md §6 one by one.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SmuxDecoder, SmuxEncoder, type SmuxEvent, type SmuxType, smuxTypes } from '../../src/framing/smux.ts';

interface Vector {
  readonly name: string;
  readonly type: string;
  readonly payload: string;
  readonly hex: string;
  readonly frames?: readonly { readonly type: string; readonly payload: string }[];
}

const file = resolve(import.meta.dirname, '../vectors/asr.json');
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly Vector[] };
const isSmuxType = (type: string): type is SmuxType => Object.hasOwn(smuxTypes, type);
const frameVectors = vectors.filter(({ type }) => isSmuxType(type));
const streamVectors = vectors.filter(({ type }) => type === 'STREAM');

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (content: Uint8Array): string => Buffer.from(content).toString('hex');
const decode = (content: Uint8Array, mtu = 1024): SmuxEvent[] => new SmuxDecoder(mtu).push(content);
const shown = (events: readonly SmuxEvent[]): unknown[] =>
  events.map((event) => (event.kind === 'frame' ? { type: event.type, payload: hex(event.payload) } : event.reason));

/** The same bytes, cut at these places. */
function decodeInPieces(content: Uint8Array, cuts: readonly number[]): SmuxEvent[] {
  const decoder = new SmuxDecoder(1024);
  const places = [0, ...[...cuts].map((cut) => cut % (content.length + 1)).sort((a, b) => a - b), content.length];
  return places.flatMap((place, index) => (index === 0 ? [] : decoder.push(content.subarray(places[index - 1], place))));
}

describe('the golden frames', () => {
  it('are all there', () => {
    expect(frameVectors.length).toBeGreaterThan(50);
    expect(streamVectors.length).toBeGreaterThan(5);
  });

  it.each(frameVectors)('$name is encoded to its exact bytes', ({ type, payload, hex: wire }) => {
    if (!isSmuxType(type)) throw new Error(type);
    expect(hex(new SmuxEncoder(1024).encode(type, bytes(payload)))).toBe(wire);
  });

  it.each(frameVectors)('$name is decoded from its bytes', ({ type, payload, hex: wire }) => {
    expect(shown(decode(bytes(wire)))).toEqual([{ type, payload }]);
  });

  it.each(streamVectors)('the stream $name gives its frames', ({ hex: wire, frames = [] }) => {
    expect(shown(decode(bytes(wire)))).toEqual(frames.map(({ type, payload }) => ({ type, payload })));
  });

  it.each([...frameVectors, ...streamVectors])('$name is read the same one byte at a time', ({ hex: wire }) => {
    const content = bytes(wire);
    const decoder = new SmuxDecoder(1024);
    const single = [...content].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
    expect(shown(single)).toEqual(shown(decode(content)));
  });
});

describe('the encoder', () => {
  it('refuses a payload that is empty or above its buffer', () => {
    expect(() => new SmuxEncoder(4).encode('ABOOT_DATA', new Uint8Array(0))).toThrow(RangeError);
    expect(() => new SmuxEncoder(4).encode('ABOOT_DATA', new Uint8Array(5))).toThrow(RangeError);
  });

  it('takes at most twice the payload and four bytes', () => {
    expect(new SmuxEncoder(1024).encode('ABOOT_DATA', new Uint8Array(1024).fill(0x7e))).toHaveLength(2052);
  });

  it('uses its buffer again', () => {
    const encoder = new SmuxEncoder(16);
    encoder.encode('ABOOT_CMD', bytes('7e7e7e7e7e7e'));
    expect(hex(encoder.encode('STDIO', bytes('41')))).toBe('7e417e');
  });
});

describe('the decoder', () => {
  it('gives back what was encoded, however the stream is cut and whatever noise comes first', () => {
    const frame = fc.record({
      type: fc.constantFrom(...(Object.keys(smuxTypes) as SmuxType[])),
      payload: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    });
    const noise = fc.uint8Array({ maxLength: 8 }).map((content) => content.filter((byte) => byte !== 0x7e));
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, frame)), fc.array(fc.nat(), { maxLength: 12 }), (parts, cuts) => {
        const encoder = new SmuxEncoder(64);
        const stream = Buffer.concat(parts.flatMap(([junk, { type, payload }]) => [junk, encoder.encode(type, payload).slice()]));
        const expected = parts.map(([, { type, payload }]) => ({ type, payload: hex(payload) }));
        expect(shown(decodeInPieces(stream, cuts))).toEqual(expected);
      }),
    );
  });

  it('reads any bytes the same, wherever they are cut, and never fails', () => {
    const byte = fc.oneof(fc.constantFrom(0x7e, 0x7d, 0x5e, 0x5d, 0x20, 0x23), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), fc.array(fc.nat(), { maxLength: 12 }), (content, cuts) => {
        const stream = Uint8Array.from(content);
        expect(shown(decodeInPieces(stream, cuts))).toEqual(shown(decode(stream)));
      }),
    );
  });

  it('waits for a new 7E after the end of a frame', () => {
    expect(shown(decode(bytes('7e417e42427e437e')))).toEqual([
      { type: 'STDIO', payload: '41' },
      { type: 'STDIO', payload: '43' },
    ]);
  });

  it('drops a payload above the MTU, tells it, and finds the next frame', () => {
    expect(shown(decode(bytes('7e41414141417e7e427e'), 4))).toEqual(['overlong', { type: 'STDIO', payload: '42' }]);
    expect(shown(decode(bytes('7e414141417e'), 4))).toEqual([{ type: 'STDIO', payload: '41414141' }]);
  });

  it('drops a byte after 7D that means nothing, tells it, and goes on in the frame', () => {
    expect(shown(decode(bytes('7e7d23417d30427e')))).toEqual(['escape', { type: 'ABOOT_CMD', payload: '4142' }]);
  });

  it('forgets the type at an empty frame', () => {
    expect(shown(decode(bytes('7e7d237e417e')))).toEqual([{ type: 'STDIO', payload: '41' }]);
  });
});

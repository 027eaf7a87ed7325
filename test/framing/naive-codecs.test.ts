// The codecs of the host against the same rules written down byte by byte, on streams made to be awkward: full of flags and escapes,
// runs longer than a buffer, frames damaged anywhere, cut anywhere.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc16Arc, crc16Xmodem } from '../../src/framing/crc16.ts';
import { crc16XmodemCheck, HdlcDecoder, HdlcEncoder, type HdlcEvent, sum16Check } from '../../src/framing/hdlc.ts';
import { SmuxDecoder, SmuxEncoder, type SmuxEvent, type SmuxType, smuxTypes } from '../../src/framing/smux.ts';
import { sum16 } from '../../src/framing/sum16.ts';
import { sum32 } from '../../src/framing/sum32.ts';
import { awkwardByte, awkwardStream, cuts, piecesOf } from './awkward-streams.ts';
import {
  type NaiveEvent,
  naiveArc,
  naiveHdlcEvents,
  naiveHdlcFrame,
  naiveSmuxEvents,
  naiveSmuxFrame,
  naiveSum16,
  naiveXmodem,
} from './naive-codecs.ts';

const limitBytes = 24;
const runs = { numRuns: 1_500 };
const word = ([high, low]: readonly [number, number]): number => high * 0x100 + low;

const content = fc.array(awkwardByte, { maxLength: limitBytes });
const smuxType = fc.constantFrom(...(Object.keys(smuxTypes) as SmuxType[]));
const hdlcCheck = fc.constantFrom({ check: sum16Check, naive: naiveSum16 }, { check: crc16XmodemCheck, naive: naiveXmodem });

const shown = (event: HdlcEvent | SmuxEvent): NaiveEvent => {
  if (event.kind === 'frame')
    return { kind: 'frame', type: event.type, content: [...('data' in event ? event.data : event.payload)] };
  const facts = 'byte' in event ? [event.byte] : [event.expected, event.actual];
  return { kind: 'broken', reason: event.reason, facts };
};

describe('the checks, over any range of any bytes', () => {
  it('are those of the rules', () => {
    const bytes = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(bytes, fc.nat(3), fc.nat(3), (whole, skipped, cutOff) => {
        const start = Math.min(skipped, whole.length);
        const end = Math.max(start, whole.length - cutOff);
        const range = [...whole.subarray(start, end)];
        expect(sum16(whole, start, end)).toBe(word(naiveSum16(range)));
        expect(crc16Xmodem(whole, start, end)).toBe(word(naiveXmodem(range)));
        expect(crc16Arc(whole, start, end)).toBe(naiveArc(range));
        expect(sum32(whole.subarray(start, end))).toBe(range.reduce((sum, byte) => sum + byte, 0));
      }),
      runs,
    );
  });

  it('hold for the largest frame of nothing but FF', () => {
    const bytes = new Uint8Array(0x10006).fill(0xff);
    expect(sum16(bytes)).toBe(word(naiveSum16([...bytes])));
    expect(crc16Xmodem(bytes)).toBe(word(naiveXmodem([...bytes])));
    expect(sum32(bytes)).toBe(0x10006 * 0xff);
  });
});

describe('HDLC', () => {
  it('encodes as the rules say, whatever was encoded before', () => {
    const even = content.map((bytes) => bytes.slice(0, bytes.length & ~1));
    fc.assert(
      fc.property(hdlcCheck, fc.array(fc.tuple(fc.nat(0xffff), even), { maxLength: 4 }), ({ check, naive }, frames) => {
        const encoder = new HdlcEncoder(check, limitBytes);
        for (const [type, data] of frames)
          expect([...encoder.encode(type, Uint8Array.from(data))]).toEqual(naiveHdlcFrame(naive, type, data));
      }),
      runs,
    );
  });

  it('decodes as the rules say, wherever the stream is cut', () => {
    const frame = fc
      .tuple(hdlcCheck, fc.nat(0xffff), fc.array(awkwardByte, { maxLength: limitBytes + 4 }))
      .map(([{ naive }, type, data]) => naiveHdlcFrame(naive, type, data));
    fc.assert(
      fc.property(hdlcCheck, awkwardStream(frame, limitBytes), cuts, ({ check, naive }, stream, places) => {
        const decoder = new HdlcDecoder(check, limitBytes);
        const events = piecesOf(stream, places).flatMap((piece) => decoder.push(piece));
        expect(events.map(shown)).toEqual(naiveHdlcEvents(naive, limitBytes, stream));
      }),
      runs,
    );
  });
});

describe('SMUX', () => {
  it('encodes as the rules say, whatever was encoded before', () => {
    const payload = content.filter((bytes) => bytes.length > 0);
    fc.assert(
      fc.property(fc.array(fc.tuple(smuxType, payload), { maxLength: 4 }), (frames) => {
        const encoder = new SmuxEncoder(limitBytes);
        for (const [type, bytes] of frames)
          expect([...encoder.encode(type, Uint8Array.from(bytes))]).toEqual(naiveSmuxFrame(type, bytes));
      }),
      runs,
    );
  });

  it('decodes as the rules say, wherever the stream is cut', () => {
    const frame = fc
      .tuple(smuxType, fc.array(awkwardByte, { minLength: 1, maxLength: limitBytes + 4 }))
      .map(([type, payload]) => naiveSmuxFrame(type, payload));
    fc.assert(
      fc.property(awkwardStream(frame, limitBytes), cuts, (stream, places) => {
        const decoder = new SmuxDecoder(limitBytes);
        const events = piecesOf(stream, places).flatMap((piece) => decoder.push(piece));
        expect(events.map(shown)).toEqual(naiveSmuxEvents(limitBytes, stream));
      }),
      runs,
    );
  });
});

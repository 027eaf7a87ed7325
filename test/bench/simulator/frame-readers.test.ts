// The frame readers of the simulated boards against their rules written down byte by byte, on awkward streams cut anywhere: a reader that
// takes data in runs may not be looser than one that looks at every byte.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader as AsrFrameReader } from '../../../src/bench/simulator/asr/frame-reader.ts';
import { NorFlash } from '../../../src/bench/simulator/nor-flash.ts';
import { FrameReader as UnisocFrameReader } from '../../../src/bench/simulator/unisoc/frame-reader.ts';
import { crcCheck, sumCheck } from '../../../src/bench/simulator/unisoc/wire.ts';
import { awkwardByte, awkwardStream, cuts, piecesOf } from '../../framing/awkward-streams.ts';
import { naiveHdlcFrame, naiveSmuxFrame, naiveSum16, naiveXmodem } from '../../framing/naive-codecs.ts';

const limitBytes = 24;
const runs = { numRuns: 1_500 };
const hexOf = (bytes: Iterable<number>): string => Buffer.from([...bytes]).toString('hex');

interface UnisocRules {
  readonly endsBySize: boolean;
  readonly naive: typeof naiveSum16;
}

function unisocByByte({ endsBySize, naive }: UnisocRules, stream: readonly number[]): string[] {
  const received: string[] = [];
  let body: number[] | null = null;
  let isEscaped = false;
  for (const byte of stream) {
    const whole = 6 + (body?.[2] ?? 0) * 0x100 + (body?.[3] ?? 0);
    const isFull = body !== null && body.length >= 6 && body.length === whole;
    if (byte === 0x7e) {
      if (body !== null && body.length >= 6 && (isFull || !endsBySize)) {
        const isSound = isFull && hexOf(naive(body.slice(0, -2))) === hexOf(body.slice(-2));
        received.push(`${hexOf(body.slice(0, 2))} ${hexOf(body.slice(4, -2))} ${isSound}`);
      } else if (body !== null && body.length > 0) received.push(`a flag after ${body.length} bytes of a frame`);
      body = [];
      isEscaped = false;
    } else if (body === null) continue;
    else if (endsBySize && isFull) {
      received.push('no flag after the check bytes');
      body = null;
    } else if (byte === 0x7d) isEscaped = true;
    else if (body.length === limitBytes) {
      received.push(`a frame of more than ${limitBytes} bytes`);
      body = null;
    } else {
      body.push(isEscaped ? byte | 0x20 : byte);
      isEscaped = false;
    }
  }
  return received;
}

function asrByByte(stream: readonly number[]): string[] {
  const heard: string[] = [];
  let state: 'outside' | 'inside' | 'dropping' = 'outside';
  let type = 0;
  let payload: number[] = [];
  let preamble = 0;
  let isEscaping = false;
  for (const byte of stream) {
    if (byte === 0x7e) {
      const wasDropping: boolean = state === 'dropping';
      const isWhole: boolean = state === 'inside' && payload.length > 0;
      const isText = isWhole && type === 0 && payload.length >= 4 && payload.every((one) => one === 0x55);
      if (isText || (state === 'outside' && preamble >= 4)) heard.push('preamble');
      else if (isWhole) heard.push(`${type} ${hexOf(payload)}`);
      state = isWhole || wasDropping ? 'outside' : 'inside';
      [type, payload, preamble, isEscaping] = [0, [], 0, false];
    } else if (state !== 'inside') preamble = state === 'outside' && byte === 0x55 ? preamble + 1 : 0;
    else if (byte === 0x7d && !isEscaping) isEscaping = true;
    else if (isEscaping && byte !== 0x5e && byte !== 0x5d) {
      isEscaping = false;
      if (byte >= 0x20 && byte <= 0x25) type = byte - 0x20;
      else heard.push('bad');
    } else if (payload.length === limitBytes) {
      state = 'dropping';
      heard.push('bad');
    } else {
      payload.push(isEscaping ? byte + 0x20 : byte);
      isEscaping = false;
    }
  }
  return heard;
}

describe('the frame readers', () => {
  const content = fc.array(awkwardByte, { minLength: 1, maxLength: limitBytes + 4 });

  it('of UNISOC read as the rules say, by size or by flags alone', () => {
    const checks = fc.constantFrom({ checksum: sumCheck, naive: naiveSum16 }, { checksum: crcCheck, naive: naiveXmodem });
    const frame = fc.tuple(checks, fc.nat(0xffff), content).map(([{ naive }, type, data]) => naiveHdlcFrame(naive, type, data));
    fc.assert(
      fc.property(checks, fc.boolean(), awkwardStream(frame, limitBytes), cuts, (check, endsBySize, stream, places) => {
        const reader = new UnisocFrameReader({ checksum: check.checksum, limitBytes, endsBySize });
        const received = piecesOf(stream, places).flatMap((piece) => reader.push(piece));
        const shown = received.map((found) =>
          found.kind === 'dropped'
            ? found.reason
            : `${hexOf([found.type >> 8, found.type & 0xff])} ${hexOf(found.data)} ${found.isSound}`,
        );
        expect(shown).toEqual(unisocByByte({ endsBySize, naive: check.naive }, stream));
      }),
      runs,
    );
  });

  it('of ASR read as the rules say, preambles too', () => {
    const types = fc.constantFrom('STDIO', 'HELLO', 'ABOOT_CMD', 'ABOOT_DATA', 'HEART_BEAT');
    const smux = fc.tuple(types, content).map(([type, payload]) => naiveSmuxFrame(type, payload));
    const frame = fc.oneof({ weight: 4, arbitrary: smux }, fc.constant([0x55, 0x55, 0x55, 0x55, 0x7e]));
    fc.assert(
      fc.property(awkwardStream(frame, limitBytes), cuts, (stream, places) => {
        const heard: string[] = [];
        const reader = new AsrFrameReader(limitBytes, (message) =>
          heard.push(message.kind === 'frame' ? `${message.type} ${hexOf(message.payload)}` : message.kind),
        );
        for (const piece of piecesOf(stream, places)) reader.push(piece);
        expect(heard).toEqual(asrByByte(stream));
      }),
      runs,
    );
  });
});

describe('the NOR flash', () => {
  it('clears bits, and a dead cell keeps what it held and shows it only when that differs', () => {
    // On both sides of the end of a sector.
    const place = fc.integer({ min: 0xff0, max: 0x1010 });
    const byte = fc.constantFrom(0xff, 0xff, 0xff, 0x0f, 0x3c);
    const write = fc.tuple(
      place,
      fc.array(byte, { maxLength: 0x30 }).map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(write, { maxLength: 5 }), fc.array(place, { maxLength: 3 }), (writes, dead) => {
        const flash = new NorFlash('NOR', 0x2000, dead);
        const cells = new Uint8Array(0x2000).fill(0xff);
        let hasKept = false;
        for (const [offset, bytes] of writes) {
          flash.program(offset, bytes);
          for (const [i, byte] of bytes.entries()) {
            const wanted = (cells[offset + i] ?? 0) & byte;
            if (dead.includes(offset + i)) hasKept ||= wanted !== cells[offset + i];
            else cells[offset + i] = wanted;
          }
        }
        expect(Buffer.compare(flash.read(0, 0x2000), cells)).toBe(0);
        expect(flash.hasKeptOldValue).toBe(hasKept);
      }),
      { numRuns: 300 },
    );
  });
});

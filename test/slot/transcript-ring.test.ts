// What a job's ring keeps of bytes and events, and what it gives up when there is too much.
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { TranscriptEntry } from '../../src/slot/transcript.ts';
import { createTranscriptRing, type RingLimits, ringLimits, type TranscriptRing } from '../../src/slot/transcript-ring.ts';

const small: RingLimits = { blockBytes: 256, firstBlocks: 2, lastBlocks: 3 };
const ringOn = (clock: SimulatedClock, limits?: RingLimits): TranscriptRing => createTranscriptRing(() => clock.now(), limits);
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);
const crcText = (data: Uint8Array): string => crc32(data).toString(16).padStart(8, '0');

describe('the ring of a job', () => {
  it('keeps short frames and all replies whole, with their times, and shows text as text', async () => {
    const clock = new SimulatedClock({ startMs: 5_000 });
    const ring = ringOn(clock);
    ring.sent(Buffer.from('ATI\r\n'));
    await clock.advance(12.5);
    ring.received(bytes(300));
    expect(ring.entries()).toEqual([
      { t: 0, is: 'sent', bytes: 5, ms: 0, crc32: crcText(Buffer.from('ATI\r\n')), hex: '4154490d0a', text: 'ATI\r\n' },
      { t: 12.5, is: 'received', hex: Buffer.from(bytes(300)).toString('hex') },
    ]);
  });

  it('keeps a long frame by its head, length and CRC-32, in however many pieces it was paced', async () => {
    const clock = new SimulatedClock();
    const ring = ringOn(clock);
    const frame = bytes(2_048);
    for (let from = 0; from < frame.length; from += 512) {
      ring.sent(frame.subarray(from, from + 512));
      await clock.advance(8);
    }
    expect(ring.entries()).toEqual([
      { t: 0, is: 'sent', bytes: 2_048, ms: 24, crc32: crcText(frame), head: Buffer.from(frame.subarray(0, 24)).toString('hex') },
    ]);
  });

  it('keeps frames apart that only follow each other', () => {
    const ring = ringOn(new SimulatedClock());
    ring.sent(Uint8Array.of(1, 2));
    ring.sent(Uint8Array.of(1, 2));
    expect(ring.entries()).toHaveLength(2);
  });

  it('holds no buffer of its caller: a sender may use it again', () => {
    const ring = ringOn(new SimulatedClock());
    const frame = Uint8Array.of(1, 2, 3);
    ring.sent(frame);
    frame.fill(9);
    ring.received(frame);
    frame.fill(7);
    expect(ring.entries()).toMatchObject([{ hex: '010203' }, { hex: '090909' }]);
  });

  it('keeps the beginning and the end of a job that is too long, and says how much lay between', () => {
    const clock = new SimulatedClock();
    const ring = ringOn(clock, small);
    for (let index = 0; index < 1_000; index += 1) ring.received(Uint8Array.of(index >> 8, index & 0xff));
    const entries = ring.entries();
    const gap = entries.findIndex(({ is }) => is === 'dropped');
    const kept = entries.filter((entry) => entry.is === 'received').map(({ hex }) => Number.parseInt(hex, 16));
    expect(kept.slice(0, gap)).toEqual(Array.from({ length: gap }, (_, index) => index));
    expect(kept.at(-1)).toBe(999);
    expect(entries[gap]).toMatchObject({ entries: 1_000 - kept.length });
    expect(kept.length * 15).toBeLessThanOrEqual(5 * 256);
    expect(kept.slice(gap)).toEqual(Array.from({ length: kept.length - gap }, (_, index) => 1_000 - kept.length + gap + index));
  });

  it('stays within 1 MiB for a slot whatever its job does, and keeps 4,000 frames with their replies whole', () => {
    expect(ringLimits.blockBytes * (ringLimits.firstBlocks + ringLimits.lastBlocks)).toBeLessThanOrEqual(1 << 20);
    const ring = ringOn(new SimulatedClock());
    const frame = bytes(2_056);
    for (let count = 0; count < 4_000; count += 1) {
      ring.sent(frame);
      ring.received(bytes(12));
    }
    const entries = ring.entries();
    expect(entries).toHaveLength(8_000);
    expect(entries.some(({ is }) => is === 'dropped')).toBe(false);
  });

  it('splits a reply that is larger than a block, and loses none of it', () => {
    const ring = ringOn(new SimulatedClock(), { ...small, firstBlocks: 100 });
    ring.received(bytes(1_000));
    const hex = ring.entries().map((entry: TranscriptEntry) => (entry.is === 'received' ? entry.hex : ''));
    expect(hex.join('')).toBe(Buffer.from(bytes(1_000)).toString('hex'));
  });

  it('shortens a remark that is too long, and survives one that nobody can write down', () => {
    const ring = ringOn(new SimulatedClock());
    ring.note({ is: 'told', event: { type: 'note.added', text: 'x'.repeat(10_000) } });
    const poison = {
      get type(): 'operator.cancel' {
        throw new RangeError('a bug of ours');
      },
    };
    ring.note({ is: 'heard', event: poison });
    expect(ring.entries()).toMatchObject([{ event: { type: 'note.added' } }, { event: { type: 'unreadable' } }]);
  });
});

// The pacer: piece sizes, long-run rate, one timer for many links, and what late timers, deadlines and aborts do to it.
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/bench/clock.ts';
import { createPacer } from '../../src/bench/pacer.ts';
import type { Transport } from '../../src/bench/transport.ts';
import type { PacingProfile } from '../../src/domain/profile.ts';
import { createManualClock } from '../support/manual-clock.ts';

const usual: PacingProfile = { bytesPerSecond: 64_000, burstBytes: 512 };
const tight: PacingProfile = { bytesPerSecond: 64_000, burstBytes: 64 };

interface Piece {
  readonly atMs: number;
  readonly bytes: Uint8Array;
  readonly timeoutMs: number;
}

function recordingTransport(clock: Clock) {
  const pieces: Piece[] = [];
  const calls: string[] = [];
  const transport: Transport = {
    serialPath: '/dev/ttyS9',
    write: async (bytes, { timeoutMs, signal }) => {
      signal?.throwIfAborted();
      pieces.push({ atMs: clock.now(), bytes: bytes.slice(), timeoutMs });
    },
    read: async ({ maxBytes }) => Uint8Array.of(maxBytes ?? 0),
    take: () => Uint8Array.of(5),
    discardReceived: () => 7,
    setBaudRate: async (baudRate) => void calls.push(`baud ${baudRate}`),
    close: async (timeoutMs) => void calls.push(`close ${timeoutMs}`),
    closed: Promise.resolve('asked'),
  };
  return { transport, pieces, calls };
}

/** The clock of a busy process: every timer is late by `lateMs(how many were set before)`. Counts the timers that wait at once. */
function lateClock(lateMs: (nth: number) => number = () => 0) {
  const inner = createManualClock();
  const waiting = new Set<object>();
  const seen = { timers: 0, mostAtOnce: 0 };
  const clock: Clock = {
    now: inner.now,
    wallMs: inner.wallMs,
    after: (delayMs, run) => {
      const token = {};
      waiting.add(token);
      seen.mostAtOnce = Math.max(seen.mostAtOnce, waiting.size);
      const timer = inner.after(delayMs + lateMs(seen.timers++), () => {
        waiting.delete(token);
        run();
      });
      return {
        cancel: () => {
          waiting.delete(token);
          timer.cancel();
        },
      };
    },
  };
  return { inner, clock, seen, waiting };
}

const forever = { timeoutMs: 600_000 };
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at % 251);
const joined = (pieces: readonly Piece[]): Uint8Array => Uint8Array.from(pieces.flatMap(({ bytes }) => [...bytes]));

describe('a paced write', () => {
  it('keeps every byte in order, in pieces of at most the burst', async () => {
    const { inner, clock } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    const bytes = bytesOf(5_000);
    await inner.runUntil(createPacer(clock).pace(transport, usual).write(bytes, forever));
    expect(joined(pieces)).toEqual(bytes);
    expect(pieces.map((piece) => piece.bytes.length)).toEqual([...Array(9).fill(512), 392]);
  });

  it('sends the first piece at once and the others one per tick', async () => {
    const { inner, clock } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    await inner.runUntil(createPacer(clock).pace(transport, usual).write(bytesOf(2_048), forever));
    expect(pieces.map(({ atMs }) => atMs)).toEqual([0, 8, 16, 24]);
  });

  it.each<[string, PacingProfile]>([
    ['512 bytes', usual],
    ['64 bytes', tight],
    ['1000 bytes at an uneven rate', { bytesPerSecond: 23_041, burstBytes: 1_000 }],
  ])('of pieces of %s reaches its rate within 3 %% in the long run', async (_what, pacing) => {
    const { inner, clock } = lateClock();
    const { transport } = recordingTransport(clock);
    const bytes = 200_000;
    await inner.runUntil(createPacer(clock).pace(transport, pacing).write(bytesOf(bytes), forever));
    const rate = (1000 * bytes) / inner.now();
    expect(rate / pacing.bytesPerSecond).toBeGreaterThan(0.97);
    expect(rate / pacing.bytesPerSecond).toBeLessThan(1.03);
  });

  it.each<[string, PacingProfile, (nth: number) => number]>([
    ['every timer is 1.3 ms late', usual, () => 1.3],
    ['a 1 ms timer takes up to 1.6 ms', tight, (nth) => [0.25, 0.6, 0.4][nth % 3] ?? 0],
    ['the process stands still for 20 ms now and then', usual, (nth) => (nth % 10 === 0 ? 20 : 0.5)],
  ])('makes up for the time lost when %s', async (_when, pacing, lateMs) => {
    const { inner, clock } = lateClock(lateMs);
    const { transport, pieces } = recordingTransport(clock);
    await inner.runUntil(createPacer(clock).pace(transport, pacing).write(bytesOf(100_000), forever));
    expect(100_000 / (inner.now() / 1000) / pacing.bytesPerSecond).toBeGreaterThan(0.97);
    expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBe(pacing.burstBytes);
  });

  it('of many small frames reaches its rate too, though every timer is late: a frame in turn uses what the one before it lost', async () => {
    const { inner, clock } = lateClock(() => 1.3);
    const { transport } = recordingTransport(clock);
    const pacing: PacingProfile = { bytesPerSecond: 1_000_000, burstBytes: 4_096 };
    const paced = createPacer(clock).pace(transport, pacing);
    const sending = async (): Promise<void> => {
      for (let frame = 0; frame < 1_000; frame++) await paced.write(bytesOf(1_028), forever);
    };
    await inner.runUntil(sending());
    expect(1_028_000 / (inner.now() / 1000) / pacing.bytesPerSecond).toBeGreaterThan(0.97);
    expect(1_028_000 / (inner.now() / 1000) / pacing.bytesPerSecond).toBeLessThan(1.03);
  });

  it('keeps its ticks on the grid when every timer is late alike, so that no pieces pair up', async () => {
    const { inner, clock } = lateClock(() => 1.3);
    const { transport, pieces } = recordingTransport(clock);
    await inner.runUntil(createPacer(clock).pace(transport, usual).write(bytesOf(50_000), forever));
    expect(new Set(pieces.map(({ atMs }) => atMs)).size).toBe(pieces.length);
  });

  it('sends at most four pieces together after a long standstill', async () => {
    const { inner, clock } = lateClock((nth) => (nth === 2 ? 500 : 0));
    const { transport, pieces } = recordingTransport(clock);
    await inner.runUntil(createPacer(clock).pace(transport, usual).write(bytesOf(20_000), forever));
    const together = Map.groupBy(pieces, ({ atMs }) => atMs);
    expect(Math.max(...[...together.values()].map((group) => group.length))).toBe(4);
  });

  it('never exceeds burst plus rate in any stretch of time while timers are punctual', async () => {
    const { inner, clock } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    const paced = createPacer(clock).pace(transport, usual);
    for (let round = 0; round < 20; round++) {
      await inner.runUntil(paced.write(bytesOf(12), forever));
      await inner.runUntil(paced.write(bytesOf(1_500), forever));
      await inner.advance(round * 3);
    }
    for (const [from, first] of pieces.entries()) {
      let sum = 0;
      for (const piece of pieces.slice(from)) {
        sum += piece.bytes.length;
        // One piece more than the bucket: the first of a link goes out at once whatever its size.
        expect(sum).toBeLessThanOrEqual(2 * 512 + 64 * (piece.atMs - first.atMs));
      }
    }
  });

  it('does not save up credit while the link is idle', async () => {
    const { inner, clock } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    const paced = createPacer(clock).pace(transport, usual);
    await inner.runUntil(paced.write(bytesOf(10), forever));
    await inner.advance(10_000);
    await inner.runUntil(paced.write(bytesOf(2_048), forever));
    expect(pieces.slice(1).map(({ atMs }) => atMs - 10_000)).toEqual([0, 8, 16, 24]);
  });
});

describe('many links', () => {
  it('share one timer, and each gets its full rate', async () => {
    const { inner, clock, seen } = lateClock();
    const pacer = createPacer(clock);
    const links = Array.from({ length: 64 }, () => recordingTransport(clock));
    const writing = links.map(async ({ transport }, slot) => {
      const paced = pacer.pace(transport, usual);
      // Each link begins with another small write, so that their turns do not fall together by themselves.
      await paced.write(bytesOf(8 * slot + 1), forever);
      await paced.write(bytesOf(64_000), forever);
    });
    await inner.runUntil(Promise.all(writing));
    expect(seen.mostAtOnce).toBe(1);
    expect(seen.timers).toBeLessThan((3 * inner.now()) / 8);
    expect(inner.now()).toBeLessThan(1_030);
    for (const { pieces } of links) expect(pieces.at(-1)?.atMs).toBeGreaterThan(970);
  });

  it('leave no timer behind when nobody writes', async () => {
    const { inner, clock, waiting } = lateClock();
    const pacer = createPacer(clock);
    const { transport } = recordingTransport(clock);
    await inner.runUntil(pacer.pace(transport, usual).write(bytesOf(3_000), forever));
    expect(waiting.size).toBe(0);
  });

  it('of different pacing do not slow each other down', async () => {
    const { inner, clock } = lateClock();
    const pacer = createPacer(clock);
    const [coarse, fine] = [recordingTransport(clock), recordingTransport(clock)];
    await inner.runUntil(
      Promise.all([
        pacer.pace(coarse.transport, usual).write(bytesOf(32_000), forever),
        pacer.pace(fine.transport, tight).write(bytesOf(32_000), forever),
      ]),
    );
    expect(inner.now()).toBeGreaterThan(485);
    expect(inner.now()).toBeLessThan(515);
    expect(Math.max(...fine.pieces.map(({ bytes }) => bytes.length))).toBe(64);
  });
});

describe('deadline and abort', () => {
  it('a write whose time passes while it waits for its turn is rejected, and sends nothing more', async () => {
    const { inner, clock, waiting } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    const writing = createPacer(clock).pace(transport, usual).write(bytesOf(5_000), { timeoutMs: 20 });
    await expect(inner.runUntil(writing)).rejects.toThrow('write-timed-out');
    expect(inner.now()).toBe(20);
    await inner.advance(1_000);
    expect(pieces).toHaveLength(3);
    expect(waiting.size).toBe(0);
  });

  it('each piece is given what is left of the write-time', async () => {
    const { inner, clock } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    await inner.runUntil(createPacer(clock).pace(transport, usual).write(bytesOf(1_536), { timeoutMs: 100 }));
    expect(pieces.map(({ timeoutMs }) => timeoutMs)).toEqual([100, 92, 84]);
  });

  it('an abort ends the wait at once, with its reason, and no byte follows', async () => {
    const { inner, clock, waiting } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    const controller = new AbortController();
    const reason = new Error('enough');
    inner.after(12, () => controller.abort(reason));
    const writing = createPacer(clock)
      .pace(transport, usual)
      .write(bytesOf(5_000), { ...forever, signal: controller.signal });
    await expect(inner.runUntil(writing)).rejects.toBe(reason);
    expect(inner.now()).toBe(12);
    await inner.advance(1_000);
    expect(pieces).toHaveLength(2);
    expect(waiting.size).toBe(0);
  });

  it('an abort of one link leaves the others their turns', async () => {
    const { inner, clock } = lateClock();
    const pacer = createPacer(clock);
    const [stopped, other] = [recordingTransport(clock), recordingTransport(clock)];
    const controller = new AbortController();
    inner.after(12, () => controller.abort(new Error('enough')));
    const stopping = pacer.pace(stopped.transport, usual).write(bytesOf(5_000), { ...forever, signal: controller.signal });
    const ending = expect(stopping).rejects.toThrow('enough');
    await inner.runUntil(pacer.pace(other.transport, usual).write(bytesOf(2_048), forever));
    await ending;
    expect(other.pieces.map(({ atMs }) => atMs)).toEqual([0, 8, 16, 24]);
  });

  it('a signal that is already aborted sends nothing', async () => {
    const { inner, clock } = lateClock();
    const { transport, pieces } = recordingTransport(clock);
    const writing = createPacer(clock)
      .pace(transport, usual)
      .write(bytesOf(10), { ...forever, signal: AbortSignal.abort(new Error('enough')) });
    await expect(inner.runUntil(writing)).rejects.toThrow('enough');
    expect(pieces).toEqual([]);
  });

  it('a failure of the transport reaches the writer', async () => {
    const { inner, clock } = lateClock();
    const { transport } = recordingTransport(clock);
    const failing: Transport = { ...transport, write: () => Promise.reject(new Error('gone')) };
    await expect(inner.runUntil(createPacer(clock).pace(failing, usual).write(bytesOf(10), forever))).rejects.toThrow('gone');
  });
});

it('everything but writes passes through', async () => {
  const { clock } = lateClock();
  const { transport, calls } = recordingTransport(clock);
  const paced = createPacer(clock).pace(transport, usual);
  expect(paced.serialPath).toBe('/dev/ttyS9');
  expect(await paced.read({ timeoutMs: 1, maxBytes: 9 })).toEqual(Uint8Array.of(9));
  expect(paced.take()).toEqual(Uint8Array.of(5));
  expect(paced.discardReceived()).toBe(7);
  await paced.setBaudRate(9_600);
  await paced.close(5);
  expect(calls).toEqual(['baud 9600', 'close 5']);
  expect(await paced.closed).toBe('asked');
});

// The laws of src/bench/transport.ts as tests, for every bench. Knows no implementation: a bench gives it a transport with the board's end.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../src/bench/transport.ts';
import { Fault } from '../../src/domain/failure.ts';

/** The board's end of the line. */
export interface TransportPeer {
  send(bytes: Uint8Array): Promise<void>;
  /** Everything the board has taken from the host so far. Never grows while the board does not read. */
  taken(): Uint8Array;
  startReading(): void;
  unplug(): Promise<void>;
}

export interface TransportPair {
  readonly transport: Transport;
  readonly peer: TransportPeer;
  /** The transport's own time, in milliseconds. */
  now(): number;
  /** Lets the transport's time pass; where it passes by itself, this does nothing. */
  elapse(milliseconds: number): Promise<void>;
  /** Opens the same path as another user would. */
  openAgain(): Promise<Transport>;
  dispose(): Promise<void>;
}

export interface PairOptions {
  /** A board that does not read leaves the host's writes without room, once the driver's buffer is full. */
  readonly boardReads: boolean;
}

/** Bounds against a hang, no measure of speed: an emulated processor takes its time. */
const bounded = { timeoutMs: 20_000 };
const soon = { timeout: 20_000, interval: 2 };
/** More than any driver's buffer takes. */
const moreThanFits = new Uint8Array(1 << 20);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function pseudoRandom(length: number): Uint8Array {
  let state = 0x2545f491;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

async function readWhole(transport: Transport, length: number): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  for (let offset = 0; offset < length; ) {
    const part = await transport.read({ ...bounded, maxBytes: length - offset });
    if (part.length === 0) throw new Error(`silence after ${offset} of ${length} bytes`);
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The failure code an operation ends with; what was no Fault, or did not fail, is told as it is. */
const codeOf = (operation: Promise<unknown>): Promise<unknown> =>
  operation.then(
    (value) => ({ resolved: value }),
    (error: unknown) => (error instanceof Fault ? error.failure.code : error),
  );

export function describeTransportContract(name: string, makePair: (options: PairOptions) => Promise<TransportPair>): void {
  describe(`the transport contract: ${name}`, () => {
    const pairs: TransportPair[] = [];
    const connect = async (options: PairOptions = { boardReads: true }): Promise<TransportPair> => {
      const pair = await makePair(options);
      pairs.push(pair);
      return pair;
    };
    afterEach(async () => {
      for (const pair of pairs.splice(0)) await pair.dispose();
    });

    describe('writing', () => {
      it('hands every byte to the board, in order', async () => {
        const { transport, peer } = await connect();
        const sent = pseudoRandom(65536);
        await transport.write(sent, bounded);
        await vi.waitFor(() => expect(peer.taken().length).toBe(sent.length), soon);
        expect(Buffer.compare(peer.taken(), sent)).toBe(0);
      });

      it('keeps the order of writes that were not waited for', async () => {
        const { transport, peer } = await connect();
        await Promise.all(['one ', '', 'two ', 'three'].map((word) => transport.write(bytesOf(word), bounded)));
        await vi.waitFor(() => expect(textOf(peer.taken())).toBe('one two three'), soon);
      });

      it('ends at its deadline when the board does not read, and the transport can still be closed at once', async () => {
        const { transport, elapse } = await connect({ boardReads: false });
        const outcome = codeOf(transport.write(moreThanFits, { timeoutMs: 50 }));
        await elapse(50);
        expect(await outcome).toBe('write-timed-out');
        await transport.close(2000);
        expect(await transport.closed).toBe('asked');
      });

      it('ends with the reason of the signal when it is aborted', async () => {
        const { transport } = await connect({ boardReads: false });
        const abort = new AbortController();
        const outcome = codeOf(transport.write(moreThanFits, { ...bounded, signal: abort.signal }));
        const reason = new Error('operator');
        abort.abort(reason);
        expect(await outcome).toBe(reason);
      });

      it('sends nothing under a signal that was aborted before', async () => {
        const { transport, peer } = await connect();
        const reason = new Error('operator');
        expect(await codeOf(transport.write(bytesOf('no'), { ...bounded, signal: AbortSignal.abort(reason) }))).toBe(reason);
        await transport.write(bytesOf('yes'), bounded);
        await vi.waitFor(() => expect(textOf(peer.taken())).toBe('yes'), soon);
      });

      it('hears the board while it waits for room, and goes on when there is room (F9)', async () => {
        const { transport, peer } = await connect({ boardReads: false });
        const writing = transport.write(moreThanFits, bounded);
        await peer.send(bytesOf('NAK'));
        expect(textOf(await readWhole(transport, 3))).toBe('NAK');
        peer.startReading();
        await writing;
        await vi.waitFor(() => expect(peer.taken().length).toBe(moreThanFits.length), soon);
      });
    });

    describe('reading', () => {
      it('gives every byte of the board, in order', async () => {
        const { transport, peer } = await connect();
        const sent = pseudoRandom(65536);
        const [received] = await Promise.all([readWhole(transport, sent.length), peer.send(sent)]);
        expect(Buffer.compare(received, sent)).toBe(0);
      });

      it('waits for the first byte', async () => {
        const { transport, peer } = await connect();
        const reading = transport.read(bounded);
        await peer.send(bytesOf('R'));
        expect(textOf(await reading)).toBe('R');
      });

      it('answers silence with no bytes at its deadline, and not before', async () => {
        const { transport, now, elapse } = await connect();
        const startedAtMs = now();
        const reading = transport.read({ timeoutMs: 40 });
        await elapse(40);
        expect(await reading).toHaveLength(0);
        // A timer of the machine may fire up to a millisecond early.
        expect(now() - startedAtMs).toBeGreaterThanOrEqual(39);
      });

      it('takes only what is there with no time to wait', async () => {
        const { transport, peer } = await connect();
        expect(await transport.read({ timeoutMs: 0 })).toHaveLength(0);
        await peer.send(bytesOf('ab'));
        await vi.waitFor(async () => expect(textOf(await transport.read({ timeoutMs: 0 }))).toBe('ab'), soon);
      });

      it('looks for what came without waiting: nothing, or all of it', async () => {
        const { transport, peer } = await connect();
        expect(transport.take()).toHaveLength(0);
        await peer.send(bytesOf('stray reply'));
        let found = '';
        await vi.waitFor(() => {
          found += textOf(transport.take());
          expect(found).toBe('stray reply');
        }, soon);
        expect(transport.take()).toHaveLength(0);
      });

      it('finds at such a look what the last read has left', async () => {
        const { transport, peer } = await connect();
        await peer.send(bytesOf('asked+stray'));
        expect(textOf(await readWhole(transport, 5))).toBe('asked');
        let found = '';
        await vi.waitFor(() => {
          found += textOf(transport.take());
          expect(found).toBe('+stray');
        }, soon);
      });

      it('leaves what is over maxBytes for the next read', async () => {
        const { transport, peer } = await connect();
        await peer.send(bytesOf('header+body'));
        expect(textOf(await readWhole(transport, 6))).toBe('header');
        expect(textOf(await readWhole(transport, 5))).toBe('+body');
      });

      it('refuses a second read while one waits, and the first is not disturbed', async () => {
        const { transport, peer } = await connect();
        const first = transport.read(bounded);
        await expect(transport.read(bounded)).rejects.toThrow();
        await peer.send(bytesOf('R'));
        expect(textOf(await first)).toBe('R');
      });

      it('ends with the reason of the signal when it is aborted, and no later byte is lost to it', async () => {
        const { transport, peer } = await connect();
        const abort = new AbortController();
        const outcome = codeOf(transport.read({ ...bounded, signal: abort.signal }));
        const reason = new Error('operator');
        abort.abort(reason);
        expect(await outcome).toBe(reason);
        await peer.send(bytesOf('late'));
        expect(textOf(await readWhole(transport, 4))).toBe('late');
      });

      it('takes nothing under a signal that was aborted before', async () => {
        const { transport, peer } = await connect();
        const reason = new Error('operator');
        await peer.send(bytesOf('kept'));
        expect(await codeOf(transport.read({ ...bounded, signal: AbortSignal.abort(reason) }))).toBe(reason);
        expect(textOf(await readWhole(transport, 4))).toBe('kept');
      });

      it('throws away what was received and not read, and counts it', async () => {
        const { transport, peer } = await connect();
        await peer.send(bytesOf('stale reply'));
        let discarded = 0;
        await vi.waitFor(() => {
          discarded += transport.discardReceived();
          expect(discarded).toBe(11);
        }, soon);
        await peer.send(bytesOf('new'));
        expect(textOf(await readWhole(transport, 3))).toBe('new');
      });
    });

    describe('closing', () => {
      it('settles every call with the same close, and tells that it was asked for', async () => {
        const { transport } = await connect();
        await Promise.all([transport.close(2000), transport.close(2000)]);
        await transport.close(2000);
        expect(await transport.closed).toBe('asked');
      });

      it('ends a read and a write that are under way', async () => {
        const { transport } = await connect({ boardReads: false });
        const outcomes = Promise.all([codeOf(transport.read(bounded)), codeOf(transport.write(moreThanFits, bounded))]);
        await transport.close(2000);
        expect(await outcomes).toEqual(['transport-closed', 'transport-closed']);
      });

      it('lets the last frame out: a reset command may be it', async () => {
        const { transport, peer } = await connect();
        await transport.write(bytesOf('reset'), bounded);
        await transport.close(2000);
        await vi.waitFor(() => expect(textOf(peer.taken())).toBe('reset'), soon);
      });

      it('refuses everything afterwards', async () => {
        const { transport } = await connect();
        await transport.close(2000);
        expect(await codeOf(transport.read(bounded))).toBe('transport-closed');
        expect(await codeOf(transport.write(bytesOf('x'), bounded))).toBe('transport-closed');
        expect(await codeOf(transport.setBaudRate(115200))).toBe('transport-closed');
        expect(transport.take()).toHaveLength(0);
        expect(transport.discardReceived()).toBe(0);
      });

      it('still gives what was received before', async () => {
        const { transport, peer } = await connect();
        await peer.send(bytesOf('last words'));
        expect(textOf(await readWhole(transport, 4))).toBe('last');
        await transport.close(2000);
        expect(textOf(await transport.read(bounded))).toBe(' words');
        expect(await codeOf(transport.read(bounded))).toBe('transport-closed');
      });

      it('keeps the path to itself until it is closed, also after bytes have flowed', async () => {
        const { transport, peer, openAgain } = await connect();
        await transport.write(bytesOf('x'), bounded);
        await peer.send(bytesOf('y'));
        expect(textOf(await readWhole(transport, 1))).toBe('y');
        expect(await codeOf(openAgain())).toBe('serial-path-busy');
        await transport.close(2000);
        const next = await openAgain();
        await next.close(2000);
      });
    });

    describe('an unplug', () => {
      it('is told without any read or write (F2)', async () => {
        const { transport, peer } = await connect();
        await peer.unplug();
        expect(await transport.closed).toBe('unplugged');
        expect(await codeOf(transport.read(bounded))).toBe('transport-closed');
        expect(await codeOf(transport.write(bytesOf('x'), bounded))).toBe('transport-closed');
      });

      it('is told while the board sends (F1)', async () => {
        const { transport, peer } = await connect();
        const sending = codeOf(peer.send(new Uint8Array(1 << 16)));
        const reading = transport.read(bounded);
        expect((await reading).length).toBeGreaterThan(0);
        await peer.unplug();
        expect(await transport.closed).toBe('unplugged');
        await sending;
      });

      it('ends a read and a write that are under way', async () => {
        const { transport, peer } = await connect({ boardReads: false });
        const outcomes = Promise.all([codeOf(transport.read(bounded)), codeOf(transport.write(moreThanFits, bounded))]);
        await peer.unplug();
        expect(await outcomes).toEqual(['transport-closed', 'transport-closed']);
      });

      it('leaves what was received before to be read', async () => {
        const { transport, peer } = await connect();
        await peer.send(bytesOf('last words'));
        expect(textOf(await readWhole(transport, 4))).toBe('last');
        await peer.unplug();
        await transport.closed;
        expect(textOf(await transport.read(bounded))).toBe(' words');
        expect(await codeOf(transport.read(bounded))).toBe('transport-closed');
      });

      it('can be followed by a close, which does not change the reason', async () => {
        const { transport, peer } = await connect();
        await peer.unplug();
        await transport.closed;
        await transport.close(2000);
        expect(await transport.closed).toBe('unplugged');
      });
    });

    it('takes another line rate between two exchanges without losing a byte of them', async () => {
      const { transport, peer } = await connect();
      await peer.send(bytesOf('before'));
      await transport.write(bytesOf('one'), bounded);
      await vi.waitFor(() => expect(textOf(peer.taken())).toBe('one'), soon);
      await transport.setBaudRate(921600);
      await transport.write(bytesOf('two'), bounded);
      expect(textOf(await readWhole(transport, 6))).toBe('before');
      await vi.waitFor(() => expect(textOf(peer.taken())).toBe('onetwo'), soon);
    });
  });
}

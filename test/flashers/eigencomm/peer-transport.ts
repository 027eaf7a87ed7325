// An in-memory byte stream for protocol tests: what the host writes is heard at once, what the device says can be cut into pieces.
import type { Clock } from '../../../src/bench/clock.ts';
import type { CloseReason, IoOptions, Transport } from '../../../src/bench/transport.ts';
import { fault } from '../../../src/domain/failure.ts';

export interface PeerTransport extends Transport {
  readonly writes: readonly Uint8Array[];
  /** Hears every write before it settles. */
  onWrite: (bytes: Uint8Array) => void;
  /** Bytes from the device to the host. */
  deliver(bytes: Uint8Array): void;
  unplug(): void;
}

/** `pieceBytes`: the most that one read gives. */
export function createPeerTransport(clock: Clock, pieceBytes = Number.POSITIVE_INFINITY): PeerTransport {
  const writes: Uint8Array[] = [];
  const closing = Promise.withResolvers<CloseReason>();
  let received: number[] = [];
  let closed = false;
  let wakeReader: () => void = () => {};

  const arrival = (timeoutMs: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void) => () => {
        timer.cancel();
        signal?.removeEventListener('abort', stop);
        wakeReader = () => {};
        settle();
      };
      const stop = finish(() => reject(signal?.reason as Error));
      const timer = clock.after(timeoutMs, finish(resolve));
      signal?.addEventListener('abort', stop, { once: true });
      wakeReader = finish(resolve);
    });

  const read = async ({
    timeoutMs,
    signal,
    maxBytes = 65_536,
  }: IoOptions & { readonly maxBytes?: number }): Promise<Uint8Array> => {
    signal?.throwIfAborted();
    if (received.length === 0 && !closed) await arrival(timeoutMs, signal);
    if (received.length === 0 && closed) throw fault('transport-closed', 'read');
    return Uint8Array.from(received.splice(0, Math.min(maxBytes, pieceBytes)));
  };

  const shut = (reason: CloseReason): void => {
    closed = true;
    closing.resolve(reason);
    wakeReader();
  };

  const transport: PeerTransport = {
    serialPath: 'peer',
    writes,
    onWrite: () => {},
    deliver: (bytes) => {
      received.push(...bytes);
      wakeReader();
    },
    unplug: () => shut('unplugged'),
    // Does not look at the signal before it sends: that nothing is handed to it after an abort is the session's duty.
    write: async (bytes, { signal }) => {
      if (closed) throw fault('transport-closed', 'write');
      writes.push(bytes.slice());
      transport.onWrite(bytes);
      signal?.throwIfAborted();
    },
    read,
    take: () => Uint8Array.from(received.splice(0)),
    discardReceived: () => {
      const dropped = received.length;
      received = [];
      return dropped;
    },
    setBaudRate: () => Promise.resolve(),
    close: () => {
      shut('asked');
      return Promise.resolve();
    },
    closed: closing.promise,
  };
  return transport;
}

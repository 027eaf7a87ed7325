// Slows writes down to what a module's buffers can take: pieces of a largest size at a rate, for all slots on one timer.
// Knows no protocol.
import { fault } from '../domain/failure.ts';
import type { PacingProfile } from '../domain/profile.ts';
import type { Clock } from './clock.ts';
import { createSharedTick, type SharedTick } from './shared-tick.ts';
import type { Transport } from './transport.ts';

export interface Pacer {
  /**
   * The same transport, its writes cut into pieces of at most `burstBytes` that leave at `bytesPerSecond` in the long run. The
   * first piece of an idle link leaves at once. A write's time-out and signal hold while it waits for its turn too; it rejects
   * as `Transport.write` does.
   */
  pace(transport: Transport, pacing: PacingProfile): Transport;
}

/** After a late tick, at most so many pieces leave together to make up for the lost time. */
const catchUpPieces = 4;

export function createPacer(clock: Clock): Pacer {
  const tick = createSharedTick(clock);
  return { pace: (transport, pacing) => pacedTransport(clock, tick, transport, pacing) };
}

function pacedTransport(clock: Clock, tick: SharedTick, transport: Transport, pacing: PacingProfile): Transport {
  const periodMs = (1000 * pacing.burstBytes) / pacing.bytesPerSecond;
  const longestLagMs = (catchUpPieces - 1) * periodMs;
  let nextPieceAt = Number.NEGATIVE_INFINITY;
  let lastPieceAt = Number.NEGATIVE_INFINITY;

  const leaves = (bytes: number, now: number): void => {
    lastPieceAt = now;
    nextPieceAt = Math.max(nextPieceAt, now - longestLagMs) + (1000 * bytes) / pacing.bytesPerSecond;
  };

  const inPieces: Transport['write'] = async (bytes, { timeoutMs, signal }) => {
    const deadline = clock.now() + timeoutMs;
    let sent = 0;
    do {
      signal?.throwIfAborted();
      if (clock.now() < nextPieceAt && !(await tick.turn({ dueAt: nextPieceAt, periodMs, deadline, signal }))) {
        throw fault('write-timed-out', 'write', {
          expected: `${bytes.length} bytes`,
          actual: `${sent} bytes in ${timeoutMs} ms`,
        });
      }
      const piece = bytes.subarray(sent, sent + pacing.burstBytes);
      const now = clock.now();
      leaves(piece.length, now);
      await transport.write(piece, { timeoutMs: Math.max(0, deadline - now), ...(signal && { signal }) });
      sent += piece.length;
    } while (sent < bytes.length);
  };

  return {
    serialPath: transport.serialPath,
    write(bytes, options) {
      const now = clock.now();
      // A turn that came late is made up for, by the next small write too; an idle link saves nothing.
      if (now - lastPieceAt > periodMs) nextPieceAt = Math.max(nextPieceAt, now);
      const isAtOnce = bytes.length <= pacing.burstBytes && now >= nextPieceAt && options.signal?.aborted !== true;
      if (!isAtOnce) return inPieces(bytes, options);
      leaves(bytes.length, now);
      return transport.write(bytes, options);
    },
    read: (options) => transport.read(options),
    take: () => transport.take(),
    discardReceived: () => transport.discardReceived(),
    setBaudRate: (baudRate) => transport.setBaudRate(baudRate),
    close: (timeoutMs) => transport.close(timeoutMs),
    closed: transport.closed,
  };
}

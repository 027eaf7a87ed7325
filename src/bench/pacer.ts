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

  const write: Transport['write'] = async (bytes, { timeoutMs, signal }) => {
    const deadline = clock.now() + timeoutMs;
    // Only a write that waits earns time to catch up; an idle link does not save it.
    nextPieceAt = Math.max(nextPieceAt, clock.now());
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
      nextPieceAt = Math.max(nextPieceAt, now - longestLagMs) + (1000 * piece.length) / pacing.bytesPerSecond;
      await transport.write(piece, { timeoutMs: Math.max(0, deadline - now), ...(signal && { signal }) });
      sent += piece.length;
    } while (sent < bytes.length);
  };

  return {
    serialPath: transport.serialPath,
    write,
    read: (options) => transport.read(options),
    discardReceived: () => transport.discardReceived(),
    setBaudRate: (baudRate) => transport.setBaudRate(baudRate),
    close: (timeoutMs) => transport.close(timeoutMs),
    closed: transport.closed,
  };
}

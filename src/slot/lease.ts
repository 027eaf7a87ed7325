// The one transport of a slot. A lease ends only when the old transport has really closed; never by time. Knows no protocol.
import type { Clock } from '../bench/clock.ts';
import type { Device, DeviceSource, OpenOptions } from '../bench/device-source.ts';
import type { Transport } from '../bench/transport.ts';
import { fault } from '../domain/failure.ts';

/**
 * Longest wait for the operating system to let go of a serial path. With a board that takes nothing more, Linux itself holds a close for 30 s
 * (the tty's closing_wait, which only root may change; seen on ttyUSB): that is the board's fault, and no reason to lose the slot.
 */
const closeTimeoutMs = 35_000;

export interface Lease {
  /**
   * Opens an interface after the transport before it has closed. Rejects `close-timed-out`, the codes of `DeviceSource.open`, or with the
   * signal's reason; what was being opened when the signal aborted is closed, not leaked.
   */
  open(device: Device, options: OpenOptions, signal: AbortSignal): Promise<Transport>;
  /** True when nothing is open any more; false when a close missed its deadline and still runs. */
  release(): Promise<boolean>;
  /** Settles when nothing is open any more, however late. */
  freed(): Promise<void>;
}

export function createLease(source: DeviceSource, clock: Clock): Lease {
  /** Settles when the transport of the last `open` is known; null when the last one is closed. */
  let held: Promise<Transport | null> = Promise.resolve(null);

  const release = async (): Promise<boolean> => {
    const transport = await withDeadline(held, clock);
    if (transport === 'late') return false;
    if (transport === null) return true;
    try {
      await transport.close(closeTimeoutMs);
      return true;
    } catch {
      return false;
    }
  };

  return {
    async open(device, options, signal) {
      if (!(await release())) throw fault('close-timed-out', 'opening', { detail: 'the transport before it is still open' });
      signal.throwIfAborted();
      const opening = source.open(device, options);
      held = opening.catch(() => null);
      const transport = await opening;
      if (signal.aborted) {
        await transport.close(closeTimeoutMs);
        throw signal.reason;
      }
      return transport;
    },
    release,
    async freed() {
      await (await held)?.closed;
    },
  };
}

function withDeadline(held: Promise<Transport | null>, clock: Clock): Promise<Transport | null | 'late'> {
  return new Promise((resolve) => {
    const timer = clock.after(closeTimeoutMs, () => resolve('late'));
    void held.then((transport) => {
      timer.cancel();
      resolve(transport);
    });
  });
}

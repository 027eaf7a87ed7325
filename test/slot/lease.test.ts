// The lease of a slot's one transport: what is open, who may open next, and that nothing leaks.
import { describe, expect, it } from 'vitest';
import type { Device, DeviceSource, OpenOptions } from '../../src/bench/device-source.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { SimulatedTransport } from '../../src/bench/simulator/simulated-transport.ts';
import { createLease } from '../../src/slot/lease.ts';

const device: Device = {
  id: 'one',
  usbPath: 'a/1',
  vendorId: 1,
  productId: 1,
  serialNumber: null,
  interfaces: [{ number: 0, serialPath: '/dev/tty0' }],
  enumeratedAtMs: 0,
};
const options: OpenOptions = { interfaceNumber: 0, baudRate: 115_200, timeoutMs: 1_000, burstBytes: 512 };
const never = new AbortController().signal;

/** A source whose opens take so long, and whose closes take so long. */
function leaseOver({ openMs = 0, closeMs = 0 }: { openMs?: number; closeMs?: number }) {
  const clock = new SimulatedClock();
  let open = 0;
  let most = 0;
  const source: Pick<DeviceSource, 'open'> = {
    open: async () => {
      await new Promise<void>((resolve) => clock.after(openMs, resolve));
      open += 1;
      most = Math.max(most, open);
      const release = (): void => {
        open -= 1;
      };
      const line = { send: (_: Uint8Array, taken: () => void) => taken(), release };
      return new SimulatedTransport({ clock, serialPath: '/dev/tty0', burstBytes: 512, closeMs, line });
    },
  };
  const unused = (): Promise<void> => Promise.resolve();
  const lease = createLease({ ...source, start: unused, stop: unused }, clock);
  return { clock, lease, open: () => open, most: () => most };
}

describe('the lease', () => {
  it('closes what was still being opened when its work was stopped, and rejects with the reason', async () => {
    const { clock, lease, open } = leaseOver({ openMs: 20_000 });
    const stop = new AbortController();
    const opening = lease.open(device, options, stop.signal).catch((thrown: unknown) => thrown);
    await clock.advance(100);
    stop.abort(new Error('state left'));
    expect(await clock.runUntil(opening)).toEqual(new Error('state left'));
    expect(open()).toBe(0);
  });

  it('opens only after the transport before has really closed', async () => {
    const { clock, lease, most } = leaseOver({ openMs: 10, closeMs: 3_000 });
    for (let turn = 0; turn < 3; turn++) await clock.runUntil(lease.open(device, options, never));
    expect(most()).toBe(1);
    expect(clock.now()).toBeGreaterThanOrEqual(6_000);
  });

  it('is never released by time: a close that misses its deadline refuses the next open, until it has ended', async () => {
    const { clock, lease } = leaseOver({ closeMs: 200_000 });
    await clock.runUntil(lease.open(device, options, never));
    expect(await clock.runUntil(lease.release())).toBe(false);
    const refused = lease.open(device, options, never).catch((thrown: unknown) => String(thrown));
    expect(await clock.runUntil(refused)).toContain('close-timed-out');
    await clock.runUntil(lease.freed());
    expect(clock.now()).toBe(200_000);
    expect(await clock.runUntil(lease.release())).toBe(true);
  });

  it('sends nothing for work that was stopped while it waited for the close before', async () => {
    const { clock, lease, open } = leaseOver({ closeMs: 3_000 });
    await clock.runUntil(lease.open(device, options, never));
    const stop = new AbortController();
    const opening = lease.open(device, options, stop.signal).catch((thrown: unknown) => thrown);
    stop.abort(new Error('state left'));
    expect(await clock.runUntil(opening)).toEqual(new Error('state left'));
    expect(open()).toBe(0);
  });
});

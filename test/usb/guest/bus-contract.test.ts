// The contract of every transport, run in the guest over a serial path of the real bus, and over bulk endpoints without a driver.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import type { Device, DeviceEvent } from '../../../src/bench/device-source.ts';
import { libusbHotPlug } from '../../../src/bench/hardware/hot-plug.ts';
import { openBulkTransport } from '../../../src/bench/hardware/open-bulk.ts';
import { realClock } from '../../../src/bench/hardware/real-clock.ts';
import { usbDeviceSource } from '../../../src/bench/hardware/usb-device-source.ts';
import { systemRoot } from '../../../src/bench/hardware/usb-tree.ts';
import type { Transport } from '../../../src/bench/transport.ts';
import { describeTransportContract, type PairOptions, type TransportPair } from '../../bench/transport-contract.ts';
import { connectPeer, type PeerOrder } from './peer.ts';

const shape: PeerOrder['shape'] = process.env['BUS_CONTRACT'] === 'bulk' ? 'bulk' : 'tty';
const patience = { timeout: 60_000, interval: 20 };
const peer = await connectPeer(shape);

/** TIOCGSERIAL, closing_wait (at 40) = ASYNC_CLOSING_WAIT_NONE, TIOCSSERIAL. */
const noClosingWait =
  'open F, "+<", $ARGV[0] or die $!; my $s = "\\0" x 128; ioctl(F, 0x541E, $s) or die $!; substr($s, 40, 2) = "\\xff\\xff"; ioctl(F, 0x541F, $s) or die $!';

/**
 * With output that the board does not take, Linux itself holds a close for 30 s (F3), and no program without root can change that: the slot's
 * lease waits longer than that. The suite asks for what our own code adds, so the kernel's part is switched off.
 */
function closeAtOnce({ interfaces }: Device): void {
  for (const { serialPath } of interfaces) if (serialPath !== null) execFileSync('perl', ['-e', noClosingWait, serialPath]);
}

async function makePair({ boardReads }: PairOptions): Promise<TransportPair> {
  const events: DeviceEvent[] = [];
  const source = usbDeviceSource({ root: systemRoot, hotPlug: libusbHotPlug(), clock: realClock, openBulk: openBulkTransport });
  await source.start((event) => events.push(event));
  const before = events.length;
  await peer.order('plug', { boardReads });
  const device = await vi.waitFor(() => {
    const event = events.slice(before).find(({ type }) => type === 'device.attached');
    if (event?.type !== 'device.attached') throw new Error(`no board: ${events.map(({ type }) => type).join(' ')}`);
    return event.device;
  }, patience);
  const open = (timeoutMs: number): Promise<Transport> =>
    source.open(device, { interfaceNumber: shape === 'bulk' ? 1 : 0, baudRate: 115_200, timeoutMs, burstBytes: 512 });
  if (shape === 'tty') closeAtOnce(device);
  const transport = await open(20_000);
  // The suite looks at what the board has taken without waiting, so it is asked for again and again.
  const taken: Uint8Array[] = [];
  let isOver = false;
  const follow = async (): Promise<void> => {
    while (!isOver) {
      const some = await peer.order('taken');
      taken.push(some);
      if (some.length === 0) await sleep(10);
    }
  };
  const following = follow();
  return {
    transport,
    peer: {
      send: async (bytes) => void (await peer.order('send', { hex: Buffer.from(bytes).toString('hex') })),
      taken: () => Buffer.concat(taken),
      startReading: () => void peer.order('startReading'),
      unplug: async () => void (await peer.order('unplug')),
    },
    now: () => realClock.now(),
    elapse: () => Promise.resolve(),
    openAgain: () => open(50),
    async dispose() {
      isOver = true;
      await following;
      await transport.close(10_000);
      await peer.order('unplug');
      await vi.waitFor(() => {
        if (!events.some(({ type }) => type === 'device.detached')) throw new Error('the board is still there');
      }, patience);
      await source.stop();
    },
  };
}

describeTransportContract(shape === 'bulk' ? 'bulk endpoints on the real bus' : 'a ttyUSB on the real bus', makePair);

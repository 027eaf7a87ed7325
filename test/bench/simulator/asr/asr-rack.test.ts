// An ASR board in a virtual rack, on realistic time, through real transports: one whole session, and the same bytes for the same seed.
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../../src/bench/device-source.ts';
import type { BoardReport } from '../../../../src/bench/simulator/board.ts';
import { buildBoard } from '../../../../src/bench/simulator/board-kinds.ts';
import { SimulatedClock } from '../../../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../../../src/bench/simulator/time-model.ts';
import { VirtualRack } from '../../../../src/bench/simulator/virtual-rack.ts';
import { ramProgram } from './asr-bench.ts';
import { command, data, decode, hello, preamble, uabt } from './asr-host.ts';

const usbPath = 'pci-0000:00:14.0/1.1';

/** Greets, asks, loads a RAM program and ends; gives what arrived at either end with its time, and the report. */
async function session(seed: number): Promise<{ bytes: readonly string[]; report: BoardReport | undefined; devices: Device[] }> {
  const clock = new SimulatedClock();
  const bytes: string[] = [];
  const reports: BoardReport[] = [];
  const devices: Device[] = [];
  const rack = new VirtualRack({
    clock,
    time: realistic,
    usbPaths: [usbPath],
    tap: (entry) => bytes.push(`${entry.atMs} ${entry.direction} ${Buffer.from(entry.bytes).toString('hex')}`),
    onReset: (_, report) => reports.push(report),
  });
  await rack.start((event) => {
    if (event.type === 'device.attached') devices.push(event.device);
  });
  rack.insert(usbPath, buildBoard('EC800N', { clock, seed }));
  rack.closeStrap(usbPath);
  rack.setPower(usbPath, false);
  rack.setPower(usbPath, true);
  await clock.advance(1_000);
  rack.openStrap(usbPath);
  const device = devices.at(-1);
  if (!device) throw new Error('no device');
  const options = { interfaceNumber: 1, baudRate: 115_200, timeoutMs: 1_000, burstBytes: 0x10000 };
  const transport = await clock.runUntil(rack.open(device, options));
  const size = ramProgram.length.toString(16).padStart(8, '0');
  const spoken = [preamble, uabt, hello(), command('getvar:version-bootrom'), command(`download:${size}`)];
  for (let at = 0; at < ramProgram.length; at += 1024) spoken.push(data(ramProgram.subarray(at, at + 1024)));
  for (const text of ['verify', 'call', 'reboot', 'complete', 'disconnect']) spoken.push(command(text));
  for (const message of spoken) {
    await clock.runUntil(transport.write(message, { timeoutMs: 1_000 }));
    await clock.advance(200);
  }
  await clock.advance(10_000);
  return { bytes, report: reports[0], devices };
}

describe('an ASR board in a rack', () => {
  it('holds a session and comes back in normal mode at the same path', async () => {
    const { report, devices, bytes } = await session(5);
    expect(report).toMatchObject({ clean: true, violations: [], seed: 5 });
    expect(devices.map(({ vendorId, productId }) => `${vendorId?.toString(16)}:${productId?.toString(16)}`)).toEqual([
      '2ecc:3017',
      '2c7c:6001',
    ]);
    const received = bytes.filter((line) => line.includes('toHost')).map((line) => line.split(' ')[2] ?? '');
    for (const write of received) expect(decode(Buffer.from(write, 'hex'))).toHaveLength(1);
  });

  it('gives the same bytes at the same times for the same seed', async () => {
    expect(await session(5)).toEqual(await session(5));
  });
});

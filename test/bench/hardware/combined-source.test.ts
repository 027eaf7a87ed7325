// Two device sources as one: both are heard, each opens its own, all stop.
import { describe, expect, it } from 'vitest';
import type { Device, DeviceEvent, DeviceSource } from '../../../src/bench/device-source.ts';
import { combinedSource } from '../../../src/bench/hardware/combined-source.ts';

const deviceAt = (usbPath: string, vendorId: number | null): Device => ({
  id: usbPath,
  usbPath,
  vendorId,
  productId: vendorId,
  serialNumber: null,
  interfaces: [],
  enumeratedAtMs: null,
});

function sourceOf(device: Device, told: string[]): DeviceSource {
  return {
    start(listener) {
      listener({ type: 'device.attached', device });
      return Promise.resolve();
    },
    open: (asked) => Promise.reject(new Error(`${device.usbPath} was asked for ${asked.usbPath}`)),
    stop() {
      told.push(`${device.usbPath} stopped`);
      return Promise.resolve();
    },
  };
}

describe('a bench of fixed serial paths and USB', () => {
  const openOptions = { interfaceNumber: 0, baudRate: 115200, timeoutMs: 10, burstBytes: 512 };
  const fixed = deviceAt('serial:/dev/ttyS1', null);
  const usb = deviceAt('pci/1.2', 0x2c7c);

  it('hears both, opens with the one that owns the device, and stops both', async () => {
    const told: string[] = [];
    const events: DeviceEvent[] = [];
    const source = combinedSource([
      { source: sourceOf(fixed, told), owns: ({ vendorId }) => vendorId === null },
      { source: sourceOf(usb, told), owns: ({ vendorId }) => vendorId !== null },
    ]);
    await source.start((event) => events.push(event));
    expect(events.map((event) => (event.type === 'bench.lost' ? '' : event.device.usbPath))).toEqual([
      'serial:/dev/ttyS1',
      'pci/1.2',
    ]);
    await expect(source.open(usb, openOptions)).rejects.toThrow('pci/1.2 was asked for pci/1.2');
    await expect(source.open(fixed, openOptions)).rejects.toThrow('serial:/dev/ttyS1 was asked for serial:/dev/ttyS1');
    await source.stop();
    expect(told).toEqual(['serial:/dev/ttyS1 stopped', 'pci/1.2 stopped']);
  });
});

// A rack position as a fixed serial path shows it: one device that never comes or goes, whatever the board behind it does.
import type { Device, DeviceSource } from '../../src/bench/device-source.ts';
import type { VirtualRack } from '../../src/bench/simulator/virtual-rack.ts';
import { fault } from '../../src/domain/failure.ts';

export const fixedPath = 'serial:/dev/ttyS1';

const device: Device = {
  id: `${fixedPath}#1`,
  usbPath: fixedPath,
  vendorId: null,
  productId: null,
  serialNumber: null,
  interfaces: [{ number: 0, serialPath: '/dev/ttyS1' }],
  enumeratedAtMs: null,
};

export function fixedPosition(rack: VirtualRack): DeviceSource {
  let behind: Device | null = null;
  return {
    async start(listener) {
      await rack.start((event) => {
        if (event.type === 'device.attached') behind = event.device;
        if (event.type === 'device.detached') behind = null;
      });
      listener({ type: 'device.attached', device });
    },
    open: (_device, options) => {
      const first = behind?.interfaces[0];
      if (behind === null || first === undefined) return Promise.reject(fault('serial-path-missing', 'open'));
      return rack.open(behind, { ...options, interfaceNumber: first.number });
    },
    stop: () => rack.stop(),
  };
}

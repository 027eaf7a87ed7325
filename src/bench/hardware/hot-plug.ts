// Hot-plug events of libusb: that a device came or went, and where. The only file that loads `usb` for events; what the device is, sysfs tells.
//
// usb 2.18 (libusb, through libudev) and not usb 3.1 (nusb). Both were run in the guest of test/usb, on the same bus and board:
// - 3.1 lists bus, address and hub ports, and its native emitter told attach and detach; but the detach is one text
//   (`DeviceId(DeviceId { bus: 1, addr: 9 })`) to be parsed, and in one of two runs its WebUSB events told nothing of a board that came and left.
//   Without a USB subsystem it ends the process with an unhandled rejection.
// - 2.18 told both, with bus, address and hub ports each time, and after udev had set the rights of the node. It needs libudev and a running udev.
import { hasUsb, systemRoot } from './usb-tree.ts';

export interface HotPlugEvent {
  readonly type: 'came' | 'went';
  /** Name in sysfs, e.g. `1-1.4.2`. */
  readonly sysName: string;
  readonly deviceNumber: number;
}

export interface HotPlug {
  /** Rejects with a plain error when this machine tells no hot-plug events. */
  start(listener: (event: HotPlugEvent) => void): Promise<void>;
  stop(): void;
}

/** Loads libusb at `start` only: a station without USB slots needs neither it nor libudev. */
export function libusbHotPlug(): HotPlug {
  let stop = (): void => undefined;
  return {
    async start(listener) {
      if (!hasUsb(systemRoot)) throw new Error('this machine has no USB subsystem (/sys/bus/usb is missing)');
      const { usb } = await import('usb');
      if (usb.INIT_ERROR !== 0) throw new Error(`libusb does not start (error ${usb.INIT_ERROR})`);
      const tell = (
        type: HotPlugEvent['type'],
        device: { busNumber: number; deviceAddress: number; portNumbers?: number[] },
      ): void => {
        const ports = device.portNumbers ?? [];
        if (ports.length > 0)
          listener({ type, sysName: `${device.busNumber}-${ports.join('.')}`, deviceNumber: device.deviceAddress });
      };
      const came = (device: Parameters<typeof tell>[1]): void => tell('came', device);
      const went = (device: Parameters<typeof tell>[1]): void => tell('went', device);
      usb.on('attach', came);
      usb.on('detach', went);
      stop = () => {
        usb.off('attach', came);
        usb.off('detach', went);
      };
    },
    stop: () => stop(),
  };
}

// Where devices come from: attach and detach at USB paths, and how one is opened. Knows neither slots nor profiles.
import type { Transport } from './transport.ts';

export interface DeviceInterface {
  readonly number: number;
  /** What the operating system calls it now, e.g. `/dev/ttyUSB1`. Null while no driver gave it a node. Never stored. */
  readonly serialPath: string | null;
}

/** What enumerates at a path right now. One board is several devices in turn. */
export interface Device {
  /** Unique per enumeration: the same board back at the same path is another device. */
  readonly id: string;
  /** Controller and hub port chain, e.g. `pci-0000:00:14.0/1.4.2`; for a slot bound to a fixed serial path `serial:/dev/ttyS1`. */
  readonly usbPath: string;
  /** Both null for a device behind a fixed serial path, where there are no ids to read. */
  readonly vendorId: number | null;
  readonly productId: number | null;
  readonly serialNumber: string | null;
  readonly interfaces: readonly DeviceInterface[];
  /** Clock time of the enumeration; null when it cannot be known (then the window cannot be kept, and it is not touched). */
  readonly enumeratedAtMs: number | null;
}

export type DeviceEvent =
  | { readonly type: 'device.attached'; readonly device: Device }
  | { readonly type: 'device.detached'; readonly device: Device }
  /** A device that cannot be used: no rights on the node, no driver bound. `cure` is one thing to do. */
  | { readonly type: 'device.unusable'; readonly device: Device; readonly reason: string; readonly cure: string }
  | { readonly type: 'bench.lost'; readonly reason: string };

export interface OpenOptions {
  readonly interfaceNumber: number;
  readonly baudRate: number;
  /** Longest wait for a node that appears late. */
  readonly timeoutMs: number;
  /** The largest single write the pacing promises; a simulated board rejects a larger one with `write-too-large`. */
  readonly burstBytes: number;
}

export interface DeviceSource {
  /** Tells every device that is there now as attached, then every change, in order, until `stop`. */
  start(listener: (event: DeviceEvent) => void): Promise<void>;

  /**
   * Opens one interface of a device exclusively. The opened node must resolve to the device's USB path.
   * Rejects `unplugged` when the device has left, whether or not its detach was told; for one that is still there `serial-path-missing`,
   * `serial-path-no-rights`, `serial-path-busy`, `serial-path-not-of-slot`, `driver-missing`.
   */
  open(device: Device, options: OpenOptions): Promise<Transport>;

  stop(): Promise<void>;
}

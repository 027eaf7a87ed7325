// Several device sources as one: fixed serial paths and USB beside each other. Knows neither kind.
import type { Device, DeviceSource } from '../device-source.ts';

export interface SourcePart {
  readonly source: DeviceSource;
  readonly owns: (device: Device) => boolean;
}

/** Each device is opened by the part that owns it. An empty list is a bench without devices. */
export function combinedSource(parts: readonly SourcePart[]): DeviceSource {
  return {
    async start(listener) {
      for (const { source } of parts) await source.start(listener);
    },
    open(device, options) {
      const part = parts.find(({ owns }) => owns(device));
      return part === undefined
        ? Promise.reject(new Error(`no source for ${device.usbPath}`))
        : part.source.open(device, options);
    },
    async stop() {
      await Promise.all(parts.map(({ source }) => source.stop()));
    },
  };
}

// Brings each device to the slot that owns its USB path; one at any other path is only told of. Knows no slot's state.
import type { Device, DeviceEvent } from '../bench/device-source.ts';
import type { Failure } from '../domain/failure.ts';
import type { EventFeed } from './event-feed.ts';
import type { Places } from './places.ts';

export interface DeviceRouting {
  route(event: DeviceEvent): void;
  isPresent(usbPath: string): boolean;
}

export function createDeviceRouting(
  places: Places,
  publish: EventFeed['publish'],
  benchLost: (failure: Failure) => void,
): DeviceRouting {
  /** Device ids by path: a device that leaves after its successor came takes nothing away. */
  const present = new Map<string, string>();

  return {
    route(event) {
      switch (event.type) {
        case 'device.attached': {
          present.set(event.device.usbPath, event.device.id);
          const place = places.get(event.device.usbPath);
          if (place?.slot) place.slot.attach(event.device);
          else publish(null, { type: 'device.skipped', usbPath: event.device.usbPath, ids: idsOf(event.device) });
          break;
        }
        case 'device.detached':
          if (present.get(event.device.usbPath) === event.device.id) present.delete(event.device.usbPath);
          places.get(event.device.usbPath)?.slot?.detach(event.device);
          break;
        case 'device.unusable':
          publish(places.get(event.device.usbPath)?.configured.number ?? null, {
            type: 'device.unusable',
            usbPath: event.device.usbPath,
            reason: event.reason,
            cure: event.cure,
          });
          break;
        case 'bench.lost':
          benchLost({ code: 'bench-lost', step: 'watching devices', detail: event.reason });
          break;
      }
    },
    isPresent: (usbPath) => present.has(usbPath),
  };
}

function idsOf({ vendorId, productId }: Device): string {
  const hex4 = (id: number | null): string => (id === null ? '----' : id.toString(16).padStart(4, '0'));
  return `${hex4(vendorId)}:${hex4(productId)}`;
}

// Whether each USB controller can hold the whole rack at once: device addresses and endpoints, as they are now plus the slots.
import { dirname, join } from 'node:path';
import { idsOf } from '../bench/hardware/usb-readiness.ts';
import { systemRoot, type UsbDevice } from '../bench/hardware/usb-tree.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Platform } from '../domain/platform.ts';
import { type Check, type Subject, usbSlots } from './check.ts';
import type { Machine } from './machine.ts';

/** USB gives a bus 127 addresses, the root hub's included. */
const addressLimit = 127;
/** Of the common xHCI controllers (factory-floor.md); other controllers have no such limit. */
const xhciEndpointLimit = 96;

/**
 * Endpoints of one module in normal mode, its control endpoint included: one and two per interface up to the highest that the references
 * name (QuecPython REPL at interface 5 of Eigencomm, at 8 of UNISOC 8910; the 8850 is taken to be as its sister; ASR: AT at 3, REPL,
 * network). Guesses, until a board of the platform is plugged in: then its own descriptors are counted.
 */
const guessedEndpoints: Readonly<Record<Platform, number>> = { eigencomm: 13, unisoc8910: 19, unisoc8850: 19, asr: 13 };

interface Load {
  readonly devices: number;
  readonly endpoints: number;
}

export const checkUsbBudget: Check = async (machine, subject) => {
  const slots = usbSlots(subject);
  if (slots.length === 0 || !machine.usb.isPresent) return [];
  const [devices, hubs] = await Promise.all([machine.usb.devices(), machine.usb.hubs()]);
  const counted = new Map<UsbDevice, number>();
  for (const device of devices) counted.set(device, await countEndpoints(machine, device));
  const perModule = moduleEndpoints(subject, counted);
  const slotPaths = new Set(slots.map(({ usbPath }) => usbPath));
  const found: Diagnosis[] = [];
  for (const controller of new Set(slots.map(({ usbPath }) => controllerOf(usbPath)))) {
    const own = slots.filter(({ usbPath }) => controllerOf(usbPath) === controller);
    const others = devices.filter(({ usbPath }) => controllerOf(usbPath) === controller && !slotPaths.has(usbPath));
    const rootHubs = hubs.filter(({ usbPath }) => controllerOf(usbPath) === controller && !usbPath.includes('/')).length;
    const absentHubs = (subject.station?.hubs ?? []).filter(
      ({ usbPath }) => controllerOf(usbPath) === controller && devices.every((device) => device.usbPath !== usbPath),
    ).length;
    const base: Load = {
      devices: Math.max(rootHubs, 1) + others.length + absentHubs,
      // A hub: control and status change.
      endpoints: others.reduce((sum, device) => sum + (counted.get(device) ?? 0), 0) + 2 * absentHubs,
    };
    const ofSlots = own.map(({ profiles }) => Math.max(...[...profiles.values()].map((id) => perModule.get(id) ?? 0), 0));
    const needed: Load = {
      devices: base.devices + own.length,
      endpoints: base.endpoints + ofSlots.reduce((sum, endpoints) => sum + endpoints, 0),
    };
    if (needed.devices > addressLimit)
      found.push({ code: 'usb-devices-over', facts: { controller, needed: needed.devices, limit: addressLimit } });
    if (needed.endpoints > xhciEndpointLimit && (await isXhci(machine, controller))) {
      const slotsThatFit = Math.max(Math.floor((xhciEndpointLimit - base.endpoints) / Math.max(...ofSlots)), 0);
      found.push({
        code: 'usb-endpoints-over',
        facts: { controller, needed: needed.endpoints, limit: xhciEndpointLimit, slotsThatFit },
      });
    }
  }
  return found;
};

/** `pci-0000:00:14.0`: both sides of a SuperSpeed controller are one. */
const controllerOf = (usbPath: string): string => (usbPath.includes('/') ? dirname(usbPath) : usbPath).replace(/-usb3$/, '');

/** Profile id to the endpoints of one of its modules in normal mode, where they are the most. */
function moduleEndpoints({ profiles }: Subject, counted: ReadonlyMap<UsbDevice, number>): ReadonlyMap<string, number> {
  return new Map(
    [...profiles].map(([id, { profile }]) => {
      const isOne = (device: UsbDevice): boolean =>
        profile.modes.normal.ids.some(({ vendorId, productId }) => idsOf(device) === idsOf({ vendorId, productId }));
      const present = [...counted].flatMap(([device, endpoints]) => (isOne(device) ? [endpoints] : []));
      return [id, present.length > 0 ? Math.max(...present) : guessedEndpoints[profile.platform]];
    }),
  );
}

/** Its control endpoint, and those of its interfaces as sysfs has them. */
async function countEndpoints(machine: Machine, { sysName }: UsbDevice): Promise<number> {
  const folder = join(systemRoot.sys, 'bus/usb/devices', sysName);
  const names = (await machine.list(folder)).filter((name) => name.startsWith(`${sysName}:`));
  const counts = await Promise.all(names.map((name) => machine.readText(join(folder, name, 'bNumEndpoints'))));
  return counts.reduce((sum, text) => sum + (Number.parseInt(text ?? '', 16) || 0), 1);
}

async function isXhci(machine: Machine, controller: string): Promise<boolean> {
  const [, subsystem = '', name = ''] = /^([a-z0-9]+)-(.+)$/.exec(controller) ?? [];
  const driver = await machine.resolved(join(systemRoot.sys, 'bus', subsystem, 'devices', name, 'driver'));
  return driver !== null && /xhci/.test(driver);
}

// Whether a USB device can be opened now, and if not, the one thing to do. Knows drivers and rights; opens nothing.
import { nodeRights, type TreeRoot, ttyNode, type UsbDevice, type UsbInterface, usbfsNode } from './usb-tree.ts';

export interface Trouble {
  readonly kind: 'unconfigured' | 'undriven' | 'noSerialPath' | 'noRights' | 'noNode';
  /** The node, or the USB ids. */
  readonly subject: string;
  readonly reason: string;
  readonly cure: string;
}

/**
 * Download devices that no Linux driver binds by itself; the station speaks to their bulk endpoints. The interface
 * number is the profile's (unisoc.md §9.1: data interface 1).
 */
const bulkDevices: ReadonlySet<string> = new Set(['1782:4d16']);

/** Communications, CDC data, vendor-specific: the classes behind which a module's serial paths are. */
const serialClasses: ReadonlySet<number> = new Set([0x02, 0x0a, 0xff]);

const installRules = 'run src/launch/linux/install.sh as root';

export const idsOf = ({ vendorId, productId }: Pick<UsbDevice, 'vendorId' | 'productId'>): string =>
  [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');

/** By its bulk endpoints, and not by a tty: nothing else gives it one. */
export function isBulkDevice(device: UsbDevice): boolean {
  return bulkDevices.has(idsOf(device)) && device.interfaces.every(({ tty }) => tty === null);
}

/** Null when it can be used, or when it is none of the devices that a station could open: whoever routes knows what to do with those. */
export function troubleWith(root: TreeRoot, device: UsbDevice): Trouble | null {
  if (isBulkDevice(device)) return troubleWithNode(usbfsNode(root, device));
  const ttys = [...new Set(device.interfaces.flatMap(({ tty }) => tty ?? []))];
  if (ttys.length === 0) return troubleWithoutTty(device);
  for (const tty of ttys) {
    const trouble = troubleWithNode(ttyNode(root, tty));
    if (trouble !== null) return trouble;
  }
  return null;
}

function troubleWithoutTty(device: UsbDevice): Trouble | null {
  const subject = idsOf(device);
  if (device.interfaces.length === 0)
    return { kind: 'unconfigured', subject, reason: 'the kernel has not configured it', cure: 'unplug it and plug it in again' };
  const waiting = device.interfaces.filter(({ classCode }) => serialClasses.has(classCode));
  const undriven = waiting.find(({ driver }) => driver === null);
  if (undriven !== undefined)
    return {
      kind: 'undriven',
      subject,
      reason: `no driver for interface ${undriven.number} of ${subject}`,
      cure: driverCure(device),
    };
  if (waiting.some(hasSerialDriver))
    return {
      kind: 'noSerialPath',
      subject,
      reason: 'its driver has given it no serial path',
      cure: 'unplug it and plug it in again',
    };
  return null;
}

const hasSerialDriver = ({ driver }: UsbInterface): boolean => driver === 'option' || driver === 'cdc_acm';

export function driverCure(device: Pick<UsbDevice, 'vendorId' | 'productId'>): string {
  const [vendor, product] = idsOf(device).split(':');
  return `${installRules}, or as root: modprobe option; echo ${vendor} ${product} > /sys/bus/usb-serial/drivers/option1/new_id`;
}

function troubleWithNode(path: string): Trouble | null {
  switch (nodeRights(path)) {
    case 'ours':
      return null;
    case 'refused':
      return {
        kind: 'noRights',
        subject: path,
        reason: `no rights on ${path}`,
        cure: `${installRules}, add the user to the group dialout and log in again`,
      };
    case 'absent':
      return {
        kind: 'noNode',
        subject: path,
        reason: `no node ${path}`,
        cure: 'check that udev runs, then unplug it and plug it in again',
      };
  }
}

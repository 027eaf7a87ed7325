// The USB devices of this machine as sysfs shows them, below a root that tests replace. Knows no slot, opens no device, asks none anything.
import { constants } from 'node:fs';
import { access, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where the kernel's trees are mounted. */
export interface TreeRoot {
  readonly sys: string;
  readonly dev: string;
}

export const systemRoot: TreeRoot = { sys: '/sys', dev: '/dev' };

export interface UsbInterface {
  readonly number: number;
  readonly classCode: number;
  /** Name of the bound kernel driver. */
  readonly driver: string | null;
  /** Name of its tty, e.g. `ttyUSB1`. A CDC data interface has the tty of its control interface. */
  readonly tty: string | null;
}

export interface UsbDevice {
  /** Name in sysfs, e.g. `1-1.4.2`. It holds the bus number, so it may differ after a boot: never stored. */
  readonly sysName: string;
  readonly usbPath: string;
  /** Of this enumeration alone: the same board back at the same path has another one. */
  readonly enumeration: string;
  readonly busNumber: number;
  readonly deviceNumber: number;
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber: string | null;
  readonly product: string | null;
  /** Milliseconds since it was connected, as the kernel counts them; null when it does not. */
  readonly ageMs: number | null;
  readonly isHub: boolean;
  readonly interfaces: readonly UsbInterface[];
}

/** A device's name: bus and hub port chain. Interfaces (`1-1:1.0`) and root hubs (`usb1`) are named otherwise. */
const devicePattern = /^(\d+)-(\d+(?:\.\d+)*)$/;

const hubClass = 0x09;
const cdcDataClass = 0x0a;
/** Mbit/s from which a device sits on the SuperSpeed side of its hub, whose port numbers are another count. */
const superSpeedMbps = 5000;

/** Names of all devices but root hubs; an empty list where there is no USB. */
export async function listUsbNames(root: TreeRoot): Promise<readonly string[]> {
  const names = await readdir(join(root.sys, 'bus/usb/devices')).catch(() => []);
  return names.filter((name) => devicePattern.test(name)).sort();
}

export async function hasUsb(root: TreeRoot): Promise<boolean> {
  return stat(join(root.sys, 'bus/usb/devices')).then(
    () => true,
    () => false,
  );
}

/** All devices, hubs included, root hubs not. */
export async function listUsbDevices(root: TreeRoot): Promise<readonly UsbDevice[]> {
  const names = await listUsbNames(root);
  const devices = await Promise.all(names.map((name) => readUsbDevice(root, name)));
  return devices.filter((device) => device !== null);
}

/** The device at a USB path now; null when none is. */
export async function findUsbDevice(root: TreeRoot, usbPath: string): Promise<UsbDevice | null> {
  const chain = basename(usbPath);
  const names = (await listUsbNames(root)).filter((name) => name.endsWith(`-${chain}`));
  const devices = await Promise.all(names.map((name) => readUsbDevice(root, name)));
  return devices.find((device) => device?.usbPath === usbPath) ?? null;
}

export interface UsbHub {
  /** What uhubctl calls it: `1-1.4`, or the bus number for a root hub. */
  readonly sysName: string;
  /** Of a root hub the controller alone. */
  readonly usbPath: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber: string | null;
}

/** All hubs, root hubs included. */
export async function listHubs(root: TreeRoot): Promise<readonly UsbHub[]> {
  const names = await readdir(join(root.sys, 'bus/usb/devices')).catch(() => []);
  const rootHubs = await Promise.all(names.filter((name) => /^usb\d+$/.test(name)).map((name) => readRootHub(root, name)));
  const hubs = (await listUsbDevices(root)).filter(({ isHub }) => isHub);
  return [...rootHubs.filter((hub) => hub !== null), ...hubs];
}

async function readRootHub(root: TreeRoot, name: string): Promise<UsbHub | null> {
  const folder = await deviceFolder(root, name);
  if (folder === null) return null;
  const controller = dirname(folder);
  const [speed, vendor, product] = await Promise.all(['speed', 'idVendor', 'idProduct'].map((file) => text(join(folder, file))));
  const side = Number(speed) >= superSpeedMbps ? '-usb3' : '';
  return {
    sysName: name.slice('usb'.length),
    usbPath: `${await subsystemOf(controller)}-${basename(controller)}${side}`,
    vendorId: Number.parseInt(vendor ?? '0', 16),
    productId: Number.parseInt(product ?? '0', 16),
    serialNumber: null,
  };
}

/** Null when there is no such device, or it left while it was read. */
export async function readUsbDevice(root: TreeRoot, sysName: string): Promise<UsbDevice | null> {
  const folder = await deviceFolder(root, sysName);
  const before = folder === null ? null : await enumerationOf(folder);
  if (folder === null || before === null) return null;
  const number = async (file: string, radix: number): Promise<number> =>
    Number.parseInt((await text(join(folder, file))) ?? '', radix);
  const [vendorId, productId, deviceClass, speedMbps, age, serialNumber, product, interfaces] = await Promise.all([
    number('idVendor', 16),
    number('idProduct', 16),
    number('bDeviceClass', 16),
    number('speed', 10),
    number('power/connected_duration', 10),
    text(join(folder, 'serial')),
    text(join(folder, 'product')),
    readInterfaces(folder, sysName),
  ]);
  const usbPath = usbPathOf(folder, await subsystemOf(controllerOf(folder)), speedMbps >= superSpeedMbps);
  const after = await enumerationOf(folder);
  if (usbPath === null || after?.key !== before.key || Number.isNaN(vendorId) || Number.isNaN(productId)) return null;
  return {
    sysName,
    usbPath,
    enumeration: before.key,
    busNumber: before.busNumber,
    deviceNumber: before.deviceNumber,
    vendorId,
    productId,
    serialNumber,
    product,
    ageMs: Number.isNaN(age) ? null : age,
    isHub: deviceClass === hubClass,
    interfaces,
  };
}

/**
 * `/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1.4` with subsystem `pci` is `pci-0000:00:14.0/1.4`. Null when it is not a USB device's
 * folder. A SuperSpeed device gets a controller of its own, so that it never shares a path with a USB 2 device.
 */
export function usbPathOf(folder: string, subsystem: string, isSuperSpeed: boolean): string | null {
  const chain = devicePattern.exec(basename(folder))?.[2];
  const controller = basename(controllerOf(folder));
  if (chain === undefined || controller === '') return null;
  return `${subsystem}-${controller}${isSuperSpeed ? '-usb3' : ''}/${chain}`;
}

/** Folder above the root hub (`usb1`). */
function controllerOf(folder: string): string {
  const parts = folder.split('/');
  const rootHub = parts.findIndex((part) => /^usb\d+$/.test(part));
  return rootHub < 0 ? '' : parts.slice(0, rootHub).join('/');
}

async function subsystemOf(folder: string): Promise<string> {
  const target = await realpath(join(folder, 'subsystem')).catch(() => null);
  return target === null ? 'bus' : basename(target);
}

function deviceFolder(root: TreeRoot, sysName: string): Promise<string | null> {
  return realpath(join(root.sys, 'bus/usb/devices', sysName)).catch(() => null);
}

/** The device number alone comes round after 127 enumerations of a bus; the folder's inode does not. */
async function enumerationOf(
  folder: string,
): Promise<{ readonly key: string; readonly busNumber: number; readonly deviceNumber: number } | null> {
  const [bus, device, inode] = await Promise.all([
    text(join(folder, 'busnum')),
    text(join(folder, 'devnum')),
    stat(folder).then(
      ({ ino }) => ino,
      () => null,
    ),
  ]);
  if (bus === null || device === null || inode === null) return null;
  return { key: `${bus}:${device}:${inode}`, busNumber: Number(bus), deviceNumber: Number(device) };
}

async function readInterfaces(folder: string, sysName: string): Promise<readonly UsbInterface[]> {
  const entries = await readdir(folder).catch(() => []);
  const read = await Promise.all(
    entries.filter((name) => name.startsWith(`${sysName}:`)).map((name) => readInterface(join(folder, name))),
  );
  const sorted = read.filter((found) => found !== null).sort((a, b) => a.number - b.number);
  return sorted.map((found, index) => ({ ...found, tty: found.tty ?? controlTty(sorted, index) }));
}

async function readInterface(folder: string): Promise<UsbInterface | null> {
  const [number, classCode, driver, entries] = await Promise.all([
    text(join(folder, 'bInterfaceNumber')),
    text(join(folder, 'bInterfaceClass')),
    realpath(join(folder, 'driver')).catch(() => null),
    readdir(folder).catch(() => []),
  ]);
  if (number === null) return null;
  return {
    number: Number.parseInt(number, 16),
    classCode: Number.parseInt(classCode ?? '0', 16),
    driver: driver === null ? null : basename(driver),
    tty: await ttyIn(folder, entries),
  };
}

/** usb-serial drivers put the tty's folder into the interface, cdc_acm below `tty`. */
async function ttyIn(folder: string, entries: readonly string[]): Promise<string | null> {
  const direct = entries.find((name) => /^tty[A-Z]+\d+$/.test(name));
  if (direct !== undefined || !entries.includes('tty')) return direct ?? null;
  const [below] = await readdir(join(folder, 'tty')).catch(() => []);
  return below ?? null;
}

/** Vendor documents name the data interface of a CDC-ACM pair; Linux hangs the tty on the control interface before it. */
function controlTty(interfaces: readonly UsbInterface[], index: number): string | null {
  const own = interfaces[index];
  if (own?.driver !== 'cdc_acm' || own.classCode !== cdcDataClass) return null;
  const controls = interfaces.slice(0, index).filter(({ driver, tty }) => driver === 'cdc_acm' && tty !== null);
  return controls.at(-1)?.tty ?? null;
}

/** The USB device that a character device number belongs to now, by its name in sysfs; null when it is none's. */
export async function usbNameOfNode(root: TreeRoot, deviceNumber: number): Promise<string | null> {
  const target = await realpath(join(root.sys, 'dev/char', numbersOf(deviceNumber))).catch(() => null);
  const parts = target?.split('/').filter((part) => devicePattern.test(part)) ?? [];
  return parts.at(-1) ?? null;
}

/** `st_rdev` as Linux names it: `major:minor`. */
function numbersOf(deviceNumber: number): string {
  const major = Math.floor(deviceNumber / 0x100) % 0x1000;
  const minor = (deviceNumber % 0x100) + 0x100 * Math.floor(deviceNumber / 0x100000);
  return `${major}:${minor}`;
}

export const ttyNode = (root: TreeRoot, tty: string): string => join(root.dev, tty);

/** The node through which libusb opens a device. */
export function usbfsNode(root: TreeRoot, { busNumber, deviceNumber }: UsbDevice): string {
  const three = (value: number): string => String(value).padStart(3, '0');
  return join(root.dev, 'bus/usb', three(busNumber), three(deviceNumber));
}

export type NodeRights = 'ours' | 'refused' | 'absent';

export async function nodeRights(path: string): Promise<NodeRights> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => 'ours' as const,
    (error: unknown) => (error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'refused' : 'absent'),
  );
}

/** The path of the hub that a USB path hangs on, with the hub port number there; a null hub is the root hub. */
export function hubOf(usbPath: string): { readonly controller: string; readonly hub: string | null; readonly hubPort: number } {
  const controller = dirname(usbPath);
  const ports = basename(usbPath).split('.');
  const hubPort = Number(ports.pop());
  return { controller, hub: ports.length === 0 ? null : `${controller}/${ports.join('.')}`, hubPort };
}

async function text(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (content) => content.trim() || null,
    () => null,
  );
}

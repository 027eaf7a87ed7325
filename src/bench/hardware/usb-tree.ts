// The USB devices of this machine as sysfs shows them, below a root that tests replace. Knows no slot, opens no device, asks none anything.
// Attributes are read at once: the kernel answers them from memory, and a promise each costs five times as much. Only the strings (serial,
// product) wait for the device's lock, which a driver may hold for seconds: those are read beside the event loop.
import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
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
export function listUsbNames(root: TreeRoot): readonly string[] {
  return namesIn(join(root.sys, 'bus/usb/devices'))
    .filter((name) => devicePattern.test(name))
    .sort();
}

export const hasUsb = (root: TreeRoot): boolean => existsSync(join(root.sys, 'bus/usb/devices'));

/** All devices, hubs included, root hubs not. */
export async function listUsbDevices(root: TreeRoot): Promise<readonly UsbDevice[]> {
  const devices = await Promise.all(listUsbNames(root).map((name) => readUsbDevice(root, name)));
  return devices.filter((device) => device !== null);
}

/** The device at a USB path now; null when none is. */
export async function findUsbDevice(root: TreeRoot, usbPath: string): Promise<UsbDevice | null> {
  const chain = basename(usbPath);
  const names = listUsbNames(root).filter((name) => name.endsWith(`-${chain}`));
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
  const names = namesIn(join(root.sys, 'bus/usb/devices')).filter((name) => /^usb\d+$/.test(name));
  const rootHubs = names.map((name) => readRootHub(root, name)).filter((hub) => hub !== null);
  const hubs = (await listUsbDevices(root)).filter(({ isHub }) => isHub);
  return [...rootHubs, ...hubs];
}

function readRootHub(root: TreeRoot, name: string): UsbHub | null {
  const folder = deviceFolder(root, name);
  if (folder === null) return null;
  const controller = dirname(folder);
  const number = (file: string, radix: number): number => numberIn(join(folder, file), radix) ?? 0;
  const side = number('speed', 10) >= superSpeedMbps ? '-usb3' : '';
  return {
    sysName: name.slice('usb'.length),
    usbPath: `${subsystemOf(controller)}-${basename(controller)}${side}`,
    vendorId: number('idVendor', 16),
    productId: number('idProduct', 16),
    serialNumber: null,
  };
}

/** Null when there is no such device, or it left while it was read. */
export async function readUsbDevice(root: TreeRoot, sysName: string): Promise<UsbDevice | null> {
  const folder = deviceFolder(root, sysName);
  const before = folder === null ? null : enumerationOf(folder);
  if (folder === null || before === null) return null;
  const [serialNumber, product] = await Promise.all(['serial', 'product'].map((file) => lockedText(join(folder, file))));
  const number = (file: string, radix: number): number | null => numberIn(join(folder, file), radix);
  const [vendorId, productId] = [number('idVendor', 16), number('idProduct', 16)];
  const usbPath = usbPathOf(folder, subsystemOf(controllerOf(folder)), (number('speed', 10) ?? 0) >= superSpeedMbps);
  const interfaces = readInterfaces(folder, sysName);
  const ageMs = number('power/connected_duration', 10);
  const isHub = number('bDeviceClass', 16) === hubClass;
  if (usbPath === null || vendorId === null || productId === null || enumerationOf(folder)?.key !== before.key) return null;
  return {
    sysName,
    usbPath,
    enumeration: before.key,
    busNumber: before.busNumber,
    deviceNumber: before.deviceNumber,
    vendorId,
    productId,
    serialNumber: serialNumber ?? null,
    product: product ?? null,
    ageMs,
    isHub,
    interfaces,
  };
}

/** The `enumeration` of what is at a name now; null when nothing is. Cheap enough to be asked again and again. */
export function enumerationAt(root: TreeRoot, sysName: string): string | null {
  const folder = deviceFolder(root, sysName);
  return folder === null ? null : (enumerationOf(folder)?.key ?? null);
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

function subsystemOf(folder: string): string {
  return basename(resolved(join(folder, 'subsystem')) ?? 'bus');
}

const deviceFolder = (root: TreeRoot, sysName: string): string | null => resolved(join(root.sys, 'bus/usb/devices', sysName));

interface Enumeration {
  readonly key: string;
  readonly busNumber: number;
  readonly deviceNumber: number;
}

/** The device number alone comes round after 127 enumerations of a bus; the folder's inode does not. */
function enumerationOf(folder: string): Enumeration | null {
  const busNumber = numberIn(join(folder, 'busnum'), 10);
  const deviceNumber = numberIn(join(folder, 'devnum'), 10);
  const inode = attempt(() => statSync(folder).ino);
  if (busNumber === null || deviceNumber === null || inode === null) return null;
  return { key: `${busNumber}:${deviceNumber}:${inode}`, busNumber, deviceNumber };
}

function readInterfaces(folder: string, sysName: string): readonly UsbInterface[] {
  const own = namesIn(folder).filter((name) => name.startsWith(`${sysName}:`));
  const read = own.map((name) => readInterface(join(folder, name))).filter((found) => found !== null);
  const sorted = read.sort((a, b) => a.number - b.number);
  return sorted.map((found, index) => ({ ...found, tty: found.tty ?? controlTty(sorted, index) }));
}

function readInterface(folder: string): UsbInterface | null {
  const number = numberIn(join(folder, 'bInterfaceNumber'), 16);
  if (number === null) return null;
  const driver = resolved(join(folder, 'driver'));
  return {
    number,
    classCode: numberIn(join(folder, 'bInterfaceClass'), 16) ?? 0,
    driver: driver === null ? null : basename(driver),
    tty: driver === null ? null : ttyIn(folder),
  };
}

/** usb-serial drivers put the tty's folder into the interface, cdc_acm below `tty`. */
function ttyIn(folder: string): string | null {
  const entries = namesIn(folder);
  const direct = entries.find((name) => /^tty[A-Z]+\d+$/.test(name));
  if (direct !== undefined || !entries.includes('tty')) return direct ?? null;
  return namesIn(join(folder, 'tty'))[0] ?? null;
}

/** Vendor documents name the data interface of a CDC-ACM pair; Linux hangs the tty on the control interface before it. */
function controlTty(interfaces: readonly UsbInterface[], index: number): string | null {
  const own = interfaces[index];
  if (own?.driver !== 'cdc_acm' || own.classCode !== cdcDataClass) return null;
  const controls = interfaces.slice(0, index).filter(({ driver, tty }) => driver === 'cdc_acm' && tty !== null);
  return controls.at(-1)?.tty ?? null;
}

/** The USB device that a character device number belongs to now, by its name in sysfs; null when it is none's. */
export function usbNameOfNode(root: TreeRoot, deviceNumber: number): string | null {
  const target = resolved(join(root.sys, 'dev/char', numbersOf(deviceNumber)));
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

export function nodeRights(path: string): NodeRights {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'ours';
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EACCES' ? 'refused' : 'absent';
  }
}

/** The path of the hub that a USB path hangs on, with the hub port number there; a null hub is the root hub. */
export function hubOf(usbPath: string): { readonly controller: string; readonly hub: string | null; readonly hubPort: number } {
  const controller = dirname(usbPath);
  const ports = basename(usbPath).split('.');
  const hubPort = Number(ports.pop());
  return { controller, hub: ports.length === 0 ? null : `${controller}/${ports.join('.')}`, hubPort };
}

/** What the kernel cannot tell now, because the device is leaving, is null. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

const resolved = (path: string): string | null => attempt(() => realpathSync.native(path));

const namesIn = (folder: string): readonly string[] => attempt(() => readdirSync(folder)) ?? [];

function numberIn(path: string, radix: number): number | null {
  const number = Number.parseInt(attempt(() => readFileSync(path, 'latin1')) ?? '', radix);
  return Number.isNaN(number) ? null : number;
}

async function lockedText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (content) => content.trim() || null,
    () => null,
  );
}

// A sysfs and /dev of USB devices in a temporary folder, with ptys behind its ttys: what a kernel would show, by hand.
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HotPlug, HotPlugEvent } from '../../../src/bench/hardware/hot-plug.ts';
import { openPty, type Pty } from '../../../src/bench/hardware/pty.ts';
import type { TreeRoot } from '../../../src/bench/hardware/usb-tree.ts';

export interface FakeInterface {
  readonly number: number;
  readonly classCode?: number;
  readonly driver?: string;
  /** Where the kernel hangs the tty: `ttyUSB…` into the interface, `ttyACM…` below `tty`. */
  readonly tty?: string;
}

export interface FakeDevice {
  /** `1-1.4`: its bus and hub port chain. */
  readonly name: string;
  readonly ids: string;
  readonly deviceNumber: number;
  readonly serial?: string;
  readonly isHub?: boolean;
  readonly speedMbps?: number;
  readonly connectedMs?: number;
  readonly interfaces?: readonly FakeInterface[];
}

export const controller = 'pci-0000:00:14.0';

export class FakeUsbTree {
  readonly root: TreeRoot;
  readonly #ptys: Pty[] = [];
  #serial = 0;
  #listener: ((event: HotPlugEvent) => void) | null = null;

  /** Tells only what the test tells it. */
  readonly hotPlug: HotPlug = {
    start: (listener) => {
      this.#listener = listener;
      return Promise.resolve();
    },
    stop: () => {
      this.#listener = null;
    },
  };

  constructor() {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flashrack-usb-')));
    this.root = { sys: join(folder, 'sys'), dev: join(folder, 'dev') };
    for (const path of ['sys/bus/usb/devices', 'sys/bus/usb/drivers', 'sys/bus/pci', 'sys/dev/char', 'dev']) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    for (const bus of [1, 2]) this.#rootHub(bus);
  }

  /** Appears in sysfs, without an event. */
  plug(device: FakeDevice): void {
    const folder = this.#folder(device.name);
    // A new inode each time, as kernfs gives one to each enumeration: a reused one would be the file system's, not the kernel's.
    const made = join(this.root.sys, `made-${this.#serial++}`);
    mkdirSync(made);
    const [vendor = '', product = ''] = device.ids.split(':');
    const files: Record<string, string | number | undefined> = {
      idVendor: vendor,
      idProduct: product,
      busnum: device.name.split('-')[0],
      devnum: device.deviceNumber,
      bDeviceClass: device.isHub === true ? '09' : '00',
      speed: device.speedMbps ?? 480,
      serial: device.serial,
    };
    for (const [file, value] of Object.entries(files)) if (value !== undefined) writeFileSync(join(made, file), `${value}\n`);
    mkdirSync(join(made, 'power'));
    if (device.connectedMs !== undefined) writeFileSync(join(made, 'power/connected_duration'), `${device.connectedMs}\n`);
    renameSync(made, folder);
    for (const one of device.interfaces ?? []) this.addInterface(device.name, one);
    symlinkSync(folder, this.#link(device.name));
  }

  addInterface(name: string, { number, classCode = 0xff, driver, tty }: FakeInterface): void {
    const folder = join(this.#folder(name), `${name}:1.${number}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'bInterfaceNumber'), `${number.toString(16).padStart(2, '0')}\n`);
    writeFileSync(join(folder, 'bInterfaceClass'), `${classCode.toString(16).padStart(2, '0')}\n`);
    if (driver !== undefined) this.bindDriver(name, number, driver);
    if (tty !== undefined)
      mkdirSync(join(folder, tty.startsWith('ttyACM') ? `tty/${tty}` : `${tty}/tty/${tty}`), { recursive: true });
  }

  bindDriver(name: string, number: number, driver: string): void {
    const folder = join(this.root.sys, 'bus/usb/drivers', driver);
    mkdirSync(folder, { recursive: true });
    symlinkSync(folder, join(this.#folder(name), `${name}:1.${number}`, 'driver'));
  }

  /** Its node, a pty; the device number leads to the interface. Returns the board's end. */
  async giveNode(name: string, number: number, tty: string): Promise<Pty> {
    const pty = await openPty();
    this.#ptys.push(pty);
    rmSync(join(this.root.dev, tty), { force: true });
    symlinkSync(pty.slavePath, join(this.root.dev, tty));
    this.ownNode(pty, name, number);
    return pty;
  }

  /** Whose device number a node's is. */
  ownNode(pty: Pty, name: string, number: number): void {
    const { rdev } = statSync(pty.slavePath);
    const link = join(this.root.sys, 'dev/char', `${rdev >> 8}:${rdev & 0xff}`);
    rmSync(link, { force: true });
    symlinkSync(join(this.#folder(name), `${name}:1.${number}`), link);
  }

  /** The node through which libusb would open it: there, and ours. */
  giveUsbNode(busNumber: number, deviceNumber: number): void {
    const [bus, device] = [busNumber, deviceNumber].map((value) => String(value).padStart(3, '0'));
    mkdirSync(join(this.root.dev, `bus/usb/${bus}`), { recursive: true });
    writeFileSync(join(this.root.dev, `bus/usb/${bus}/${device}`), '');
  }

  removeNode(tty: string): void {
    rmSync(join(this.root.dev, tty), { force: true });
  }

  /** Leaves sysfs, without an event. */
  unplug(name: string): void {
    rmSync(this.#link(name), { force: true });
    renameSync(this.#folder(name), join(this.root.sys, `gone-${this.#serial++}`));
  }

  tell(type: HotPlugEvent['type'], sysName: string, deviceNumber: number): void {
    this.#listener?.({ type, sysName, deviceNumber });
  }

  async dispose(): Promise<void> {
    for (const pty of this.#ptys) await pty.close();
    rmSync(dirname(this.root.sys), { recursive: true, force: true });
  }

  #rootHub(bus: number): void {
    const folder = join(this.#controllerFolder(), `usb${bus}`);
    mkdirSync(folder, { recursive: true });
    const files = {
      busnum: bus,
      devnum: 1,
      speed: bus === 2 ? 5000 : 480,
      idVendor: '1d6b',
      idProduct: bus === 2 ? '0003' : '0002',
    };
    for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), `${value}\n`);
    symlinkSync(folder, join(this.root.sys, 'bus/usb/devices', `usb${bus}`));
    const subsystem = join(this.#controllerFolder(), 'subsystem');
    if (bus === 1) symlinkSync(join(this.root.sys, 'bus/pci'), subsystem);
  }

  #controllerFolder(): string {
    return join(this.root.sys, 'devices/pci0000:00/0000:00:14.0');
  }

  /** `1-1.4` is in `usb1/1-1/1-1.4`. */
  #folder(name: string): string {
    const [bus = '', chain = ''] = name.split('-');
    const ports = chain.split('.');
    const above = ports.slice(0, -1).map((_, index) => `${bus}-${ports.slice(0, index + 1).join('.')}`);
    const parent = join(this.#controllerFolder(), `usb${bus}`, ...above);
    mkdirSync(parent, { recursive: true });
    return join(parent, name);
  }

  #link(name: string): string {
    return join(this.root.sys, 'bus/usb/devices', name);
  }
}

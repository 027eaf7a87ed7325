// What sysfs says of a USB device, read from a tree made by hand.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findUsbDevice,
  hasUsb,
  hubOf,
  listHubs,
  listUsbDevices,
  readUsbDevice,
  usbNameOfNode,
  usbPathOf,
} from '../../../src/bench/hardware/usb-tree.ts';
import { controller, FakeUsbTree } from './fake-usb-tree.ts';

describe('the USB tree', () => {
  let tree = new FakeUsbTree();
  beforeEach(async () => {
    await tree.dispose();
    tree = new FakeUsbTree();
  });
  afterEach(() => tree.dispose());

  it('names a device by its controller and hub port chain, without the bus number', async () => {
    tree.plug({ name: '1-1', ids: '05e3:0610', deviceNumber: 2, isHub: true });
    tree.plug({ name: '1-1.4.2', ids: '2c7c:0903', deviceNumber: 7, serial: '0000', connectedMs: 1234 });
    expect(await readUsbDevice(tree.root, '1-1.4.2')).toMatchObject({
      usbPath: `${controller}/1.4.2`,
      vendorId: 0x2c7c,
      productId: 0x0903,
      serialNumber: '0000',
      busNumber: 1,
      deviceNumber: 7,
      ageMs: 1234,
      isHub: false,
    });
  });

  it('names a controller that is no PCI card by its own bus', () => {
    expect(usbPathOf('/sys/devices/platform/xhci-hcd.0.auto/usb1/1-1', 'platform', false)).toBe('platform-xhci-hcd.0.auto/1');
  });

  it('never gives a SuperSpeed device the path of a USB 2 device of the same controller', async () => {
    tree.plug({ name: '1-3', ids: '2c7c:0903', deviceNumber: 3 });
    tree.plug({ name: '2-3', ids: '0781:5581', deviceNumber: 2, speedMbps: 5000 });
    const paths = (await listUsbDevices(tree.root)).map(({ usbPath }) => usbPath);
    expect(paths).toEqual([`${controller}/3`, `${controller}-usb3/3`]);
    expect((await findUsbDevice(tree.root, `${controller}/3`))?.vendorId).toBe(0x2c7c);
  });

  it('gives each interface its driver and its tty, by interface number', async () => {
    tree.plug({
      name: '1-2',
      ids: '2c7c:0903',
      deviceNumber: 4,
      interfaces: [
        { number: 2, driver: 'option', tty: 'ttyUSB1' },
        { number: 10, driver: 'option', tty: 'ttyUSB0' },
        { number: 3 },
      ],
    });
    expect((await readUsbDevice(tree.root, '1-2'))?.interfaces).toEqual([
      { number: 2, classCode: 0xff, driver: 'option', tty: 'ttyUSB1' },
      { number: 3, classCode: 0xff, driver: null, tty: null },
      { number: 10, classCode: 0xff, driver: 'option', tty: 'ttyUSB0' },
    ]);
  });

  it('gives a CDC data interface the tty of its control interface, as vendor documents number it', async () => {
    tree.plug({
      name: '1-2',
      ids: '2ecc:3004',
      deviceNumber: 4,
      interfaces: [
        { number: 0, classCode: 0x02, driver: 'cdc_acm', tty: 'ttyACM3' },
        { number: 1, classCode: 0x0a, driver: 'cdc_acm' },
      ],
    });
    const ttys = (await readUsbDevice(tree.root, '1-2'))?.interfaces.map(({ tty }) => tty);
    expect(ttys).toEqual(['ttyACM3', 'ttyACM3']);
  });

  it('has no age where the kernel tells none, rather than a young one', async () => {
    tree.plug({ name: '1-2', ids: '17d1:0001', deviceNumber: 4 });
    expect((await readUsbDevice(tree.root, '1-2'))?.ageMs).toBeNull();
  });

  it('tells two enumerations apart that got the same device number', async () => {
    const board = { name: '1-2', ids: '17d1:0001', deviceNumber: 4 };
    tree.plug(board);
    const first = (await readUsbDevice(tree.root, '1-2'))?.enumeration;
    tree.unplug('1-2');
    tree.plug(board);
    expect((await readUsbDevice(tree.root, '1-2'))?.enumeration).not.toBe(first);
  });

  it('is null for a device that has left, and empty where there is no USB', async () => {
    expect(await readUsbDevice(tree.root, '1-2')).toBeNull();
    const nowhere = { sys: '/nonexistent', dev: '/nonexistent' };
    expect(hasUsb(nowhere)).toBe(false);
    expect(await listUsbDevices(nowhere)).toEqual([]);
    expect(await listHubs(nowhere)).toEqual([]);
  });

  it('finds the board that a device number belongs to', async () => {
    tree.plug({ name: '1-2', ids: '17d1:0001', deviceNumber: 4, interfaces: [{ number: 0, driver: 'cdc_acm', tty: 'ttyACM0' }] });
    const pty = await tree.giveNode('1-2', 0, 'ttyACM0');
    const { statSync } = await import('node:fs');
    expect(usbNameOfNode(tree.root, statSync(pty.slavePath).rdev)).toBe('1-2');
    expect(usbNameOfNode(tree.root, statSync(pty.slavePath).rdev ^ 1)).toBeNull();
  });

  it('lists hubs with root hubs, as uhubctl names them', async () => {
    tree.plug({ name: '1-1', ids: '05e3:0610', deviceNumber: 2, isHub: true });
    const hubs = (await listHubs(tree.root)).map(({ sysName, usbPath }) => `${sysName} ${usbPath}`);
    expect(hubs).toEqual([`1 ${controller}`, `2 ${controller}-usb3`, `1-1 ${controller}/1`]);
  });

  it('tells the hub and the hub port number of a path', () => {
    expect(hubOf(`${controller}/1.4.2`)).toEqual({ controller, hub: `${controller}/1.4`, hubPort: 2 });
    expect(hubOf(`${controller}/3`)).toEqual({ controller, hub: null, hubPort: 3 });
  });
});

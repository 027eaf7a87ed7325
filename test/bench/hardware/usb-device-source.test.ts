// USB devices as a device source, over a tree made by hand and ptys as nodes: what comes, goes, is late, is mixed up or cannot be used.
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../src/bench/clock.ts';
import type { Device, DeviceEvent, DeviceSource } from '../../../src/bench/device-source.ts';
import { realClock } from '../../../src/bench/hardware/real-clock.ts';
import type { HardwareTransport } from '../../../src/bench/hardware/serial-transport.ts';
import { usbDeviceSource } from '../../../src/bench/hardware/usb-device-source.ts';
import { listUsbNames } from '../../../src/bench/hardware/usb-tree.ts';
import { Fault, fault } from '../../../src/domain/failure.ts';
import { controller, type FakeDevice, FakeUsbTree } from './fake-usb-tree.ts';

const soon = { timeout: 5000, interval: 5 };
const openOptions = { interfaceNumber: 2, baudRate: 115200, timeoutMs: 2000, burstBytes: 512 };
const codeOf = (error: unknown): unknown => (error instanceof Fault ? error.failure.code : error);

interface CountingClock extends Clock {
  readonly pending: number;
  /** Timers that were ever set. */
  readonly begun: number;
}

function countingClock(): CountingClock {
  let pending = 0;
  let begun = 0;
  return {
    now: () => realClock.now(),
    wallMs: () => realClock.wallMs(),
    after(delayMs, run) {
      pending += 1;
      begun += 1;
      let isPending = true;
      const end = (): void => {
        if (isPending) pending -= 1;
        isPending = false;
      };
      const timer = realClock.after(delayMs, () => {
        end();
        run();
      });
      return {
        cancel: () => {
          end();
          timer.cancel();
        },
      };
    },
    get pending() {
      return pending;
    },
    get begun() {
      return begun;
    },
  };
}

/** A board in normal mode at `name`, with the AT interface 2 on `tty`. */
const board = (name: string, deviceNumber: number, tty: string): FakeDevice => ({
  name,
  ids: '2c7c:0903',
  deviceNumber,
  serial: '0000',
  connectedMs: 50,
  interfaces: [{ number: 2, driver: 'option', tty }],
});

describe('USB devices as a source', () => {
  let tree: FakeUsbTree;
  let source: DeviceSource;
  let events: DeviceEvent[];
  let clock: CountingClock;

  const told = (): string[] =>
    events.map((event) => (event.type === 'bench.lost' ? event.type : `${event.type} ${event.device.usbPath.split('/')[1]}`));
  const last = (): Device => {
    const event = events.at(-1);
    if (event?.type !== 'device.attached') throw new Error(`the last event is ${event?.type}`);
    return event.device;
  };
  const start = (): Promise<void> => source.start((event) => events.push(event));
  /** Plugged and told as the kernel and libusb do it. */
  const plug = async (device: FakeDevice): Promise<Device> => {
    const before = events.length;
    tree.plug(device);
    for (const { number, tty } of device.interfaces ?? []) if (tty !== undefined) await tree.giveNode(device.name, number, tty);
    tree.tell('came', device.name, device.deviceNumber);
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(before), soon);
    return last();
  };

  beforeEach(() => {
    tree = new FakeUsbTree();
    events = [];
    clock = countingClock();
    source = usbDeviceSource({
      root: tree.root,
      hotPlug: tree.hotPlug,
      clock,
      openBulk: () => Promise.reject(new Error('no bulk device here')),
    });
  });
  afterEach(async () => {
    await source.stop();
    await tree.dispose();
  });

  it('tells what is there at the start, with the age the kernel counted, and then what comes and goes', async () => {
    tree.plug({ name: '1-1', ids: '05e3:0610', deviceNumber: 2, isHub: true });
    tree.plug({ ...board('1-1.1', 5, 'ttyUSB0'), connectedMs: 7000 });
    await tree.giveNode('1-1.1', 2, 'ttyUSB0');
    const nowMs = clock.now();
    await start();
    expect(told()).toEqual(['device.attached 1.1']);
    expect(last()).toMatchObject({
      usbPath: `${controller}/1.1`,
      vendorId: 0x2c7c,
      productId: 0x0903,
      serialNumber: '0000',
      interfaces: [{ number: 2, serialPath: join(tree.root.dev, 'ttyUSB0') }],
    });
    const seenAtMs = (last().enumeratedAtMs ?? 0) + 7000;
    expect(seenAtMs).toBeGreaterThanOrEqual(nowMs);
    expect(seenAtMs).toBeLessThanOrEqual(clock.now());
    await plug(board('1-1.2', 6, 'ttyUSB1'));
    tree.unplug('1-1.1');
    tree.tell('went', '1-1.1', 5);
    expect(told()).toEqual(['device.attached 1.1', 'device.attached 1.2', 'device.detached 1.1']);
  });

  it('gives the same board back at the same path another id', async () => {
    await start();
    const first = await plug(board('1-2', 5, 'ttyUSB0'));
    tree.unplug('1-2');
    tree.tell('went', '1-2', 5);
    const second = await plug(board('1-2', 6, 'ttyUSB0'));
    expect(second.id).not.toBe(first.id);
    expect(second.usbPath).toBe(first.usbPath);
  });

  it('tells a device once its node is there, however late, and never one that left before', async () => {
    await start();
    tree.plug(board('1-2', 5, 'ttyUSB0'));
    tree.tell('came', '1-2', 5);
    tree.plug(board('1-3', 6, 'ttyUSB9'));
    tree.tell('came', '1-3', 6);
    tree.unplug('1-3');
    tree.tell('went', '1-3', 6);
    await tree.giveNode('1-2', 2, 'ttyUSB0');
    await vi.waitFor(() => expect(told()).toEqual(['device.attached 2']), soon);
  });

  it('opens an interface whose driver comes late, within its time', async () => {
    await start();
    const device = await plug({ ...board('1-2', 5, 'ttyUSB0'), interfaces: [{ number: 0, driver: 'option', tty: 'ttyUSB7' }] });
    const opening = source.open(device, openOptions);
    tree.addInterface('1-2', { number: 2, driver: 'option', tty: 'ttyUSB8' });
    await tree.giveNode('1-2', 2, 'ttyUSB8');
    const transport = await opening;
    expect(transport.serialPath).toBe(join(tree.root.dev, 'ttyUSB8'));
    await transport.close(1000);
  });

  it('looks the serial path up anew each time: a name from before is not trusted', async () => {
    await start();
    const device = await plug(board('1-2', 5, 'ttyUSB0'));
    tree.unplug('1-2');
    tree.tell('went', '1-2', 5);
    await plug(board('1-3', 6, 'ttyUSB0'));
    await expect(source.open(device, openOptions).catch(codeOf)).resolves.toBe('unplugged');
  });

  it('refuses a node that has been given to another board between look and open', async () => {
    await start();
    await plug(board('1-3', 6, 'ttyUSB1'));
    tree.plug(board('1-2', 5, 'ttyUSB0'));
    const pty = await tree.giveNode('1-2', 2, 'ttyUSB0');
    tree.ownNode(pty, '1-3', 2);
    tree.tell('came', '1-2', 5);
    await vi.waitFor(() => expect(told()).toContain('device.attached 2'), soon);
    expect(await source.open(last(), openOptions).catch(codeOf)).toBe('serial-path-not-of-slot');
    // Nothing is left open on the other board's node.
    const again = await source.open(
      events.flatMap((event) =>
        event.type === 'device.attached' && event.device.usbPath.endsWith('/3') ? event.device : [],
      )[0] ?? last(),
      openOptions,
    );
    await again.close(1000);
  });

  it('refuses at once a device that has left between event and open', async () => {
    await start();
    const device = await plug(board('1-2', 5, 'ttyUSB0'));
    tree.unplug('1-2');
    const startedAtMs = performance.now();
    expect(await source.open(device, { ...openOptions, timeoutMs: 20_000 }).catch(codeOf)).toBe('unplugged');
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });

  it('gives up an open that waits for a node when its device leaves', async () => {
    await start();
    const device = await plug(board('1-2', 5, 'ttyUSB0'));
    tree.removeNode('ttyUSB0');
    const opening = source.open(device, { ...openOptions, timeoutMs: 20_000 }).catch(codeOf);
    const startedAtMs = performance.now();
    tree.unplug('1-2');
    tree.tell('went', '1-2', 5);
    expect(await opening).toBe('unplugged');
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
  });

  it('is busy for a second opener', async () => {
    await start();
    const device = await plug(board('1-2', 5, 'ttyUSB0'));
    const transport = await source.open(device, openOptions);
    expect(await source.open(device, { ...openOptions, timeoutMs: 50 }).catch(codeOf)).toBe('serial-path-busy');
    await transport.close(1000);
  });

  describe('with a bulk device', () => {
    const bulk: FakeDevice = {
      ...board('1-2', 5, ''),
      ids: '1782:4d16',
      interfaces: [{ number: 1, classCode: 0xff }],
    };
    let tries: (() => Promise<HardwareTransport>)[] = [];
    const plugBulk = async (): Promise<Device> => {
      source = usbDeviceSource({
        root: tree.root,
        hotPlug: tree.hotPlug,
        clock,
        openBulk: () => (tries.length > 1 ? tries.shift() : tries[0])?.() ?? Promise.reject(new Error('no try is left')),
      });
      await start();
      tree.giveUsbNode(1, 5);
      return plug(bulk);
    };
    const busy = () => Promise.reject(fault('serial-path-busy', 'open'));

    it('waits a moment for a program that has its interface', async () => {
      const opened = { closed: new Promise(() => undefined) } as HardwareTransport;
      tries = [busy, busy, () => Promise.resolve(opened)];
      const device = await plugBulk();
      expect(await source.open(device, { ...openOptions, interfaceNumber: 1 })).toBe(opened);
    });

    it('says busy when the other program keeps it, and unplugged when it left meanwhile', async () => {
      tries = [busy];
      const device = await plugBulk();
      const options = { ...openOptions, interfaceNumber: 1, timeoutMs: 60 };
      expect(await source.open(device, options).catch(codeOf)).toBe('serial-path-busy');
      tries = [
        () => {
          tree.unplug('1-2');
          return Promise.reject(fault('serial-path-missing', 'open'));
        },
      ];
      expect(await source.open(device, options).catch(codeOf)).toBe('unplugged');
    });

    // The kernel holds a device's removal back while an open still asks it something: the open fails first, the device leaves sysfs after.
    it('says unplugged when the open fails a moment before the device is gone from sysfs', async () => {
      tries = [
        () => {
          realClock.after(100, () => tree.unplug('1-2'));
          return Promise.reject(fault('serial-path-missing', 'open'));
        },
      ];
      const device = await plugBulk();
      expect(await source.open(device, { ...openOptions, interfaceNumber: 1 }).catch(codeOf)).toBe('unplugged');
    });
  });

  it('closes what is open on a device that left, although its driver has noticed nothing (F1, F2)', async () => {
    await start();
    const device = await plug(board('1-2', 5, 'ttyUSB0'));
    const transport = await source.open(device, openOptions);
    const reading = transport.read({ timeoutMs: 60_000 }).catch(codeOf);
    // The pty stays: it is the tty whose hang-up nobody tells.
    tree.tell('went', '1-2', 5);
    expect(told().at(-1)).toBe('device.detached 2');
    expect(await transport.closed).toBe('unplugged');
    expect(await reading).toBe('transport-closed');
  });

  it('does not end a device when the detach of the one before it is told late', async () => {
    await start();
    await plug(board('1-2', 5, 'ttyUSB0'));
    tree.unplug('1-2');
    tree.plug(board('1-2', 6, 'ttyUSB0'));
    await tree.giveNode('1-2', 2, 'ttyUSB0');
    tree.tell('came', '1-2', 6);
    await vi.waitFor(() => expect(told()).toEqual(['device.attached 2', 'device.detached 2', 'device.attached 2']), soon);
    tree.tell('went', '1-2', 5);
    expect(told()).toHaveLength(3);
  });

  it('finds out by itself what no event told, as soon as any event comes', async () => {
    await start();
    await plug(board('1-2', 5, 'ttyUSB0'));
    tree.unplug('1-2');
    tree.plug(board('1-4', 7, 'ttyUSB3'));
    await tree.giveNode('1-4', 2, 'ttyUSB3');
    tree.tell('went', '1-9', 9);
    await vi.waitFor(() => expect(told()).toEqual(expect.arrayContaining(['device.detached 2', 'device.attached 4'])), soon);
  });

  it('tells each of 64 boards once when they all come at the same moment, and goes idle', async () => {
    await start();
    const boards = Array.from({ length: 64 }, (_, index) => {
      const name = `1-${1 + Math.floor(index / 8)}.${1 + (index % 8)}`;
      return { ...board(name, index + 10, `ttyUSB${index}`), interfaces: [{ number: 0, classCode: 3, driver: 'usbhid' }] };
    });
    for (const one of boards) {
      tree.plug(one);
      tree.tell('came', one.name, one.deviceNumber);
      tree.tell('came', one.name, one.deviceNumber);
    }
    await vi.waitFor(() => expect(events).toHaveLength(64), soon);
    await vi.waitFor(() => expect(clock.pending).toBe(0), soon);
    expect(new Set(told()).size).toBe(64);
    expect(listUsbNames(tree.root)).toHaveLength(64);
  });

  it('sets no timer while nothing happens: it never polls (F8)', async () => {
    await start();
    const device = await plug(board('1-2', 5, 'ttyUSB0'));
    const transport = await source.open(device, openOptions);
    await vi.waitFor(() => expect(clock.pending).toBe(0), soon);
    const { begun } = clock;
    // Longer than anything that the source does after an event.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(clock.begun).toBe(begun);
    await transport.close(1000);
  });

  it('asks nobody for a list of serial paths: udev takes seconds for one, and it names no USB path (F8)', () => {
    const folder = join(import.meta.dirname, '../../../src/bench/hardware');
    const asking = readdirSync(folder).filter((file) =>
      /\.list\(|from 'serialport'/.test(readFileSync(join(folder, file), 'utf8')),
    );
    expect(asking).toEqual([]);
  });

  it('tells a device without a driver, with the cure, and takes it once a driver is bound', async () => {
    await start();
    tree.plug({ ...board('1-2', 5, ''), ids: '2c7c:0904', interfaces: [{ number: 2 }] });
    tree.tell('came', '1-2', 5);
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    expect(events[0]).toMatchObject({
      type: 'device.unusable',
      reason: 'no driver for interface 2 of 2c7c:0904',
      cure: expect.stringContaining('echo 2c7c 0904 > /sys/bus/usb-serial/drivers/option1/new_id'),
    });
    tree.bindDriver('1-2', 2, 'option');
    tree.addInterface('1-2', { number: 2, tty: 'ttyUSB0' });
    await tree.giveNode('1-2', 2, 'ttyUSB0');
    await vi.waitFor(() => expect(told()).toEqual(['device.unusable 2', 'device.detached 2', 'device.attached 2']), soon);
  });

  it('names driver-missing for an interface that has none, after its time', async () => {
    await start();
    const device = await plug({
      ...board('1-2', 5, 'ttyUSB0'),
      interfaces: [{ number: 0, driver: 'option', tty: 'ttyUSB0' }, { number: 2 }],
    });
    expect(await source.open(device, { ...openOptions, timeoutMs: 60 }).catch(codeOf)).toBe('driver-missing');
    expect(await source.open(device, { ...openOptions, interfaceNumber: 9, timeoutMs: 60 }).catch(codeOf)).toBe(
      'serial-path-missing',
    );
  });

  it('tells a device whose node is not ours, with the cure', async () => {
    tree.plug(board('1-2', 5, 'ttyUSB0'));
    const pty = await tree.giveNode('1-2', 2, 'ttyUSB0');
    chmodSync(pty.slavePath, 0);
    chmodSync(join(tree.root.sys, '..'), 0o755);
    // Root may open everything, so a user who may not looks.
    const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const script = join(import.meta.dirname, 'trouble-of.ts');
    const looked = spawnSync(process.execPath, [script, tree.root.sys, tree.root.dev, '1-2'], { encoding: 'utf8', ...asNobody });
    expect(JSON.parse(looked.stdout)).toEqual({
      kind: 'noRights',
      subject: join(tree.root.dev, 'ttyUSB0'),
      reason: `no rights on ${join(tree.root.dev, 'ttyUSB0')}`,
      cure: expect.stringContaining('dialout'),
    });
    expect(statSync(pty.slavePath).mode & 0o777).toBe(0);
  });

  it('is a lost bench, and no crash, on a machine without USB', async () => {
    source = usbDeviceSource({
      root: { sys: '/nonexistent', dev: '/nonexistent' },
      hotPlug: { start: () => Promise.reject(new Error('no USB subsystem')), stop: () => undefined },
      clock,
      openBulk: () => Promise.reject(new Error('no bulk device here')),
    });
    await start();
    expect(events).toEqual([{ type: 'bench.lost', reason: 'no USB subsystem' }]);
  });
});

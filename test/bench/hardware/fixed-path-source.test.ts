// Fixed serial paths as a device source: what comes and goes under a name is told as devices that attach and detach.
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/bench/clock.ts';
import type { Device, DeviceEvent } from '../../../src/bench/device-source.ts';
import { fixedPathSource } from '../../../src/bench/hardware/fixed-path-source.ts';
import { openPty, type Pty } from '../../../src/bench/hardware/pty.ts';

interface HandClock extends Clock {
  /** Runs everything that is due now; the source looks once. */
  tick(): void;
  readonly pending: number;
}

function handClock(): HandClock {
  let due: (() => void)[] = [];
  return {
    now: () => 0,
    wallMs: () => 0,
    after(_delayMs, run) {
      due.push(run);
      return {
        cancel: () => {
          due = due.filter((other) => other !== run);
        },
      };
    },
    tick() {
      for (const run of due.splice(0)) run();
    },
    get pending() {
      return due.length;
    },
  };
}

const openOptions = { interfaceNumber: 2, baudRate: 115200, timeoutMs: 500, burstBytes: 512 };

describe('a source of fixed serial paths', () => {
  let folder = '';
  let path = '';
  let events: DeviceEvent[] = [];
  let ptys: Pty[] = [];
  const clock = handClock();
  const connect = async (): Promise<Pty> => {
    const pty = await openPty();
    ptys.push(pty);
    symlinkSync(pty.slavePath, `${path}.new`);
    renameSync(`${path}.new`, path);
    return pty;
  };
  const told = (): string[] => events.splice(0).map(({ type }) => type);
  const attached = (): Device => {
    const event = events.at(-1);
    if (event?.type !== 'device.attached') throw new Error(`the last event is ${event?.type}`);
    return event.device;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flashrack-fixed-'));
    path = join(folder, 'board');
    events = [];
    ptys = [];
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    for (const pty of ptys) await pty.close();
  });

  it('tells a device that is there at the start, with what can be known of it', async () => {
    await connect();
    const source = fixedPathSource([path], clock);
    await source.start((event) => events.push(event));
    expect(attached()).toMatchObject({
      usbPath: `serial:${path}`,
      vendorId: null,
      productId: null,
      serialNumber: null,
      interfaces: [{ number: 0, serialPath: path }],
      enumeratedAtMs: null,
    });
    await source.stop();
  });

  it('tells a path that comes and goes, once each, and every coming is another device', async () => {
    const source = fixedPathSource([path], clock);
    await source.start((event) => events.push(event));
    expect(told()).toEqual([]);
    await connect();
    clock.tick();
    const first = attached();
    clock.tick();
    expect(told()).toEqual(['device.attached']);
    rmSync(path);
    clock.tick();
    clock.tick();
    expect(told()).toEqual(['device.detached']);
    await connect();
    clock.tick();
    expect(attached().id).not.toBe(first.id);
    await source.stop();
  });

  it('tells a node that was replaced between two looks as a detach and an attach', async () => {
    await connect();
    const source = fixedPathSource([path], clock);
    await source.start((event) => events.push(event));
    told();
    await connect();
    clock.tick();
    expect(told()).toEqual(['device.detached', 'device.attached']);
    await source.stop();
  });

  it('tells a path that is no serial device as unusable, with a cure, until it is one', async () => {
    writeFileSync(path, '');
    const source = fixedPathSource([path], clock);
    await source.start((event) => events.push(event));
    expect(events).toEqual([expect.objectContaining({ type: 'device.unusable', cure: expect.stringContaining('serialPath') })]);
    told();
    await connect();
    clock.tick();
    expect(told()).toEqual(['device.detached', 'device.attached']);
    await source.stop();
  });

  it('looks no more after its stop', async () => {
    const source = fixedPathSource([path], clock);
    await source.start((event) => events.push(event));
    expect(clock.pending).toBe(1);
    await source.stop();
    expect(clock.pending).toBe(0);
  });

  it('opens what the path leads to now, whatever interface the profile names', async () => {
    await connect();
    const source = fixedPathSource([path], clock);
    await source.start((event) => events.push(event));
    const device = attached();
    const moved = await connect();
    const transport = await source.open(device, openOptions);
    await moved.write(new Uint8Array([0x55]));
    expect(await transport.read({ timeoutMs: 5000 })).toEqual(new Uint8Array([0x55]));
    await transport.close(1000);
    await source.stop();
  });

  it('refuses to open a path that has gone', async () => {
    await connect();
    const source = fixedPathSource([path], clock);
    await source.start((event) => events.push(event));
    const device = attached();
    rmSync(path);
    await expect(source.open(device, { ...openOptions, timeoutMs: 30 })).rejects.toThrow(/serial-path-missing/);
    await source.stop();
  });
});

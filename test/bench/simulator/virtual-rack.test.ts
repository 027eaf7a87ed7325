// The virtual rack as a device source and power switch: the order of its events, its identities, and what it refuses.
import { describe, expect, it } from 'vitest';
import type { Device, DeviceEvent } from '../../../src/bench/device-source.ts';
import type { PowerSwitch } from '../../../src/bench/power-switch.ts';
import { EigencommBoard } from '../../../src/bench/simulator/eigencomm/eigencomm-board.ts';
import type { BoardFault } from '../../../src/bench/simulator/faults.ts';
import { createRandom, drawIdentity } from '../../../src/bench/simulator/random.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../../src/bench/simulator/time-model.ts';
import { type TappedBytes, VirtualRack } from '../../../src/bench/simulator/virtual-rack.ts';
import { echo, pair } from './host-frames.ts';

const usbPaths = ['pci-0000:00:14.0/1.1', 'pci-0000:00:14.0/1.2'] as const;
const [first, second] = usbPaths;
const options = { interfaceNumber: 0, baudRate: 921_600, timeoutMs: 100, burstBytes: 512 };

function bench(powerSwitch: PowerSwitch['kind'] = 'command') {
  const clock = new SimulatedClock();
  const tapped: TappedBytes[] = [];
  const rack = new VirtualRack({ clock, time: realistic, usbPaths, powerSwitch, tap: (entry) => tapped.push(entry) });
  const events: DeviceEvent[] = [];
  const devices = (): Device[] => events.flatMap((event) => (event.type === 'device.attached' ? [event.device] : []));
  const lastDevice = (): Device => {
    const device = devices().at(-1);
    if (!device) throw new Error('no device has come');
    return device;
  };
  const makeBoard = (name: string, faults: readonly BoardFault[] = []): EigencommBoard =>
    new EigencommBoard({
      clock,
      seed: 1,
      faults,
      identity: drawIdentity(createRandom(1).fork(name), 'EC600E', 'EC600ECNLCR01A02M08'),
    });
  const start = (): Promise<void> => rack.start((event) => events.push(event));
  return { clock, rack, events, devices, lastDevice, makeBoard, start, tapped };
}

/** `+2c7c sim-1` for an attach, `-sim-1` for a detach. */
const told = (events: readonly DeviceEvent[]): string[] => events.map(tell);

function tell(event: DeviceEvent): string {
  switch (event.type) {
    case 'device.attached':
      return `+${event.device.vendorId?.toString(16)} ${event.device.id}`;
    case 'device.detached':
      return `-${event.device.id}`;
    case 'device.unusable':
    case 'bench.lost':
      return event.type;
  }
}

describe('the virtual rack', () => {
  it('tells detach before the next attach at the same path, and each enumeration is another device', async () => {
    const { clock, rack, events, devices, makeBoard, start } = bench();
    await start();
    rack.insert(first, makeBoard('a'));
    await clock.run();
    rack.closeStrap(first);
    await clock.runUntil(rack.powerCycle(first));
    await clock.advance(1_000);
    rack.openStrap(first);
    await clock.run();
    rack.remove(first);
    expect(told(events)).toEqual(['+2c7c sim-1', '-sim-1', '+17d1 sim-2', '-sim-2', '+2c7c sim-3', '-sim-3']);
    expect(devices().every(({ usbPath }) => usbPath === first)).toBe(true);
    expect(new Set(devices().flatMap(({ interfaces }) => interfaces.map(({ serialPath }) => serialPath))).size).toBe(13);
    // Boot; AT ready, power off, enumeration; lapse, boot.
    expect(devices().map(({ enumeratedAtMs }) => enumeratedAtMs)).toEqual([
      3_500,
      3_500 + 1_200 + 500 + 350,
      5_550 + 10_000 + 3_500,
    ]);
  });

  it('knows the time of each enumeration', async () => {
    const { clock, rack, lastDevice, makeBoard, start } = bench();
    await start();
    await clock.advance(1_234);
    rack.insert(first, makeBoard('a'));
    await clock.run();
    expect(lastDevice().enumeratedAtMs).toBe(1_234 + realistic.bootMs);
  });

  it('tells at its start what was there before, and nothing after its stop', async () => {
    const { clock, rack, events, makeBoard, start } = bench();
    rack.insert(first, makeBoard('a'));
    await clock.run();
    expect(events).toEqual([]);
    await start();
    expect(told(events)).toEqual(['+2c7c sim-1']);
    await rack.stop();
    rack.remove(first);
    expect(told(events)).toEqual(['+2c7c sim-1']);
  });

  it('carries the dialogue of one board and taps every byte both ways', async () => {
    const { clock, rack, lastDevice, makeBoard, start, tapped } = bench();
    await start();
    const board = makeBoard('a');
    board.setStrap(true);
    rack.insert(first, board);
    await clock.run(realistic.enumerationMs);
    const transport = await rack.open(lastDevice(), options);
    await clock.runUntil(transport.write(pair.rom, { timeoutMs: 100 }));
    expect(Buffer.from(await clock.runUntil(transport.read({ timeoutMs: 100 })))).toEqual(echo.rom);
    expect(tapped.map(({ direction, bytes, usbPath }) => [direction, Buffer.from(bytes).toString('hex'), usbPath])).toEqual([
      ['toBoard', pair.rom.toString('hex'), first],
      ['toHost', echo.rom.toString('hex'), first],
    ]);
  });

  it('opens an interface once, and only of the device that is there', async () => {
    const { clock, rack, lastDevice, makeBoard, start } = bench();
    await start();
    rack.insert(first, makeBoard('a'));
    await clock.run();
    const device = lastDevice();
    const transport = await rack.open(device, { ...options, interfaceNumber: 3 });
    await expect(rack.open(device, { ...options, interfaceNumber: 3 })).rejects.toMatchObject({
      failure: { code: 'serial-path-busy' },
    });
    await expect(rack.open(device, { ...options, interfaceNumber: 9 })).rejects.toMatchObject({
      failure: { code: 'serial-path-missing' },
    });
    const other = await rack.open(device, { ...options, interfaceNumber: 2 });
    await clock.runUntil(rack.cycle(first));
    expect([await transport.closed, await other.closed]).toEqual(['unplugged', 'unplugged']);
    await expect(rack.open(device, options)).rejects.toMatchObject({ failure: { code: 'unplugged' } });
  });

  it('empties the position when a scripted hand pulls the board', async () => {
    const { clock, rack, events, makeBoard, start } = bench();
    await start();
    rack.insert(first, makeBoard('a', [{ kind: 'pull', when: { afterMs: 5_000 } }]));
    rack.insert(second, makeBoard('b'));
    await clock.run();
    expect(told(events)).toEqual(['+2c7c sim-1', '+2c7c sim-2', '-sim-1']);
    expect([rack.board(first), rack.board(second) === null]).toEqual([null, false]);
    rack.insert(first, makeBoard('c'));
  });

  it('puts the power back on when a cycle is aborted', async () => {
    const { clock, rack, events, makeBoard, start } = bench();
    await start();
    rack.insert(first, makeBoard('a'));
    await clock.run();
    const abort = new AbortController();
    const cycle = expect(rack.cycle(first, abort.signal)).rejects.toThrow('stop');
    abort.abort(new Error('stop'));
    await cycle;
    await clock.run();
    expect(told(events)).toEqual(['+2c7c sim-1', '-sim-1', '+2c7c sim-2']);
  });

  it('fails as a switch where a person is the switch, or where there is no position', async () => {
    await expect(bench('prompt').rack.cycle(first)).rejects.toMatchObject({ failure: { code: 'power-switch-failed' } });
    await expect(bench().rack.cycle('elsewhere')).rejects.toMatchObject({ failure: { code: 'power-switch-failed' } });
  });

  it('tells that the bench is lost', async () => {
    const { rack, events, start } = bench();
    await start();
    rack.lose('controller gone');
    expect(events).toEqual([{ type: 'bench.lost', reason: 'controller gone' }]);
  });
});

// The demo racks: eight boards that come by themselves, a person who follows prompts, and one seed for one log of bytes.
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/bench/device-source.ts';
import { createDemoRack, type DemoScenario, scenarios } from '../../../src/bench/simulator/demo-rack.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';
import type { TappedBytes } from '../../../src/bench/simulator/virtual-rack.ts';
import { isValidImei } from '../../../src/domain/unit.ts';
import { pair } from './host-frames.ts';

const positions = Array.from({ length: 8 }, (_, i) => ({ slot: i + 1, usbPath: `pci-0000:00:14.0/1.${i + 1}` }));

function demo(scenario: DemoScenario, seed = 1) {
  const clock = new SimulatedClock();
  const tapped: TappedBytes[] = [];
  const rack = createDemoRack({ clock, scenario, positions, seed, tap: (entry) => tapped.push(entry) });
  const present = new Map<string, Device>();
  const log: string[] = [];
  const start = (): Promise<void> =>
    rack.rack.start((event) => {
      if (event.type === 'bench.lost') return;
      log.push(`${clock.now().toFixed(3)} ${event.type} ${event.device.usbPath}`);
      if (event.type === 'device.attached') present.set(event.device.usbPath, event.device);
      else present.delete(event.device.usbPath);
    });
  return { clock, rack, present, log, tapped, start };
}

/** Asks each board for ATI and greets the ROM of slot 1, and gives the whole log of bytes. */
async function byteLog(seed: number): Promise<string> {
  const { clock, rack, present, log, tapped, start } = demo('calm', seed);
  await start();
  rack.begin();
  await clock.advance(20_000);
  for (const device of [...present.values()]) {
    const transport = await rack.rack.open(device, { interfaceNumber: 2, baudRate: 115_200, timeoutMs: 100, burstBytes: 512 });
    for (const line of ['ATI\r', 'AT+CGSN\r']) await clock.runUntil(transport.write(Buffer.from(line), { timeoutMs: 100 }));
    await clock.advance(50);
    await clock.runUntil(transport.close(100));
  }
  rack.onPrompt(1, 'closeStrap');
  await clock.advance(4_000);
  const rom = present.get('pci-0000:00:14.0/1.1');
  if (!rom) throw new Error('slot 1 is empty');
  const transport = await rack.rack.open(rom, { interfaceNumber: 0, baudRate: 921_600, timeoutMs: 100, burstBytes: 512 });
  await clock.runUntil(transport.write(pair.rom, { timeoutMs: 100 }));
  await clock.advance(100);
  const bytes = tapped.map(
    ({ atMs, usbPath, direction, bytes: moved }) =>
      `${atMs.toFixed(3)} ${usbPath} ${direction} ${Buffer.from(moved).toString('hex')}`,
  );
  return [...log, ...bytes].join('\n');
}

describe('the demo rack', () => {
  it('has eight boards of all platforms, each with its own valid IMEI', () => {
    const { rack } = demo('calm');
    const identities = [...rack.boards.values()].map(({ identity }) => identity);
    expect(identities.map(({ model }) => model)).toEqual([
      'EC600E',
      'EC800E',
      'EC600E',
      'EC800E',
      'EC600E',
      'EC800N',
      'EC600U',
      'EC800G',
    ]);
    expect(new Set(identities.map(({ imei }) => imei)).size).toBe(8);
    expect(identities.every(({ imei }) => isValidImei(imei))).toBe(true);
  });

  it('inserts them one after the other', async () => {
    const { clock, rack, log, start } = demo('calm');
    await start();
    rack.begin();
    await clock.advance(20_000);
    expect(log.map((line) => line.split(' ').slice(1).join(' '))).toEqual(
      positions.map(({ usbPath }) => `device.attached ${usbPath}`),
    );
  });

  it('gives the same log of bytes for the same seed, and another for another', async () => {
    const [one, again, other] = [await byteLog(1), await byteLog(1), await byteLog(2)];
    expect(one).toContain('toHost 00d3022b');
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it('brings a board into download mode when asked, and lets go of the strap by itself', async () => {
    const { clock, rack, present, start } = demo('calm');
    await start();
    rack.begin();
    await clock.advance(20_000);
    rack.onPrompt(2, 'closeStrap');
    await clock.advance(4_000);
    expect(present.get('pci-0000:00:14.0/1.2')?.vendorId).toBe(0x17d1);
    // The strap is open by now: the lapse boots the board.
    await clock.advance(20_000);
    expect(present.get('pci-0000:00:14.0/1.2')?.vendorId).toBe(0x2c7c);
  });

  it('has a person in the rough scenario who lets go of one strap only when told', async () => {
    const { clock, rack, present, start } = demo('rough');
    await start();
    rack.begin();
    await clock.advance(20_000);
    rack.onPrompt(4, 'closeStrap');
    await clock.advance(30_000);
    expect(present.get('pci-0000:00:14.0/1.4')?.vendorId).toBe(0x17d1);
    rack.onPrompt(4, 'releaseStrap');
    await clock.advance(10_000);
    expect(present.get('pci-0000:00:14.0/1.4')?.vendorId).toBe(0x2c7c);
  });

  it('removes a board when asked, once, however often it is asked', async () => {
    const { clock, rack, present, log, start } = demo('calm');
    await start();
    rack.begin();
    await clock.advance(20_000);
    rack.onPrompt(1, 'removeBoard');
    await clock.advance(1_000);
    rack.onPrompt(1, 'removeBoard');
    await clock.advance(3_000);
    expect(present.has('pci-0000:00:14.0/1.1')).toBe(false);
    await clock.advance(10_000);
    expect(log.filter((line) => line.includes('detached'))).toHaveLength(1);
  });

  it('lets trouble in one slot shift nothing in another', async () => {
    const arrivals = async (scenario: DemoScenario): Promise<string[]> => {
      const { clock, rack, log, start } = demo(scenario);
      await start();
      rack.begin();
      await clock.advance(20_000);
      return log;
    };
    expect(await arrivals('rough')).toEqual(await arrivals('calm'));
    const imeis = (scenario: DemoScenario): string[] =>
      [...demo(scenario).rack.boards.values()].map(({ identity }) => identity.imei);
    expect(imeis('rough')).toEqual(imeis('calm'));
  });

  it('has in its rough scenario what the issue names', () => {
    const faults = scenarios.rough.map(({ model, faults: [fault], releasesStrap }) => [model, fault?.kind ?? releasesStrap]);
    expect(faults).toEqual([
      ['EC600E', 'atOnce'],
      ['EC801E', 'atOnce'],
      ['EC600E', 'stall'],
      ['EC800E', 'whenPrompted'],
      ['EC600E', 'pull'],
      ['EC800E', 'stall'],
      ['EC600U', 'atOnce'],
      ['EC800G', 'atOnce'],
    ]);
  });
});

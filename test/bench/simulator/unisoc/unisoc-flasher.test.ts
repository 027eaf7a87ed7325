// The host's flashers against the simulated boards, which were built from the device side of the reference and share no codec
// with them: over the pacer, on simulated time, with a demo package that went through the reader.
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../../src/bench/device-source.ts';
import { createPacer } from '../../../../src/bench/pacer.ts';
import type { BoardReport } from '../../../../src/bench/simulator/board.ts';
import {
  buildUnisocDemoPackage,
  type DemoUnisocFirmware,
} from '../../../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import { SimulatedClock } from '../../../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../../../src/bench/simulator/time-model.ts';
import type { UnisocBoardOptions } from '../../../../src/bench/simulator/unisoc/board-options.ts';
import { norFdlStartDeletes } from '../../../../src/bench/simulator/unisoc/module-storage.ts';
import { UnisocBoard } from '../../../../src/bench/simulator/unisoc/unisoc-board.ts';
import { VirtualRack } from '../../../../src/bench/simulator/virtual-rack.ts';
import { Fault } from '../../../../src/domain/failure.ts';
import { readPackage } from '../../../../src/firmware/read-package.ts';
import { unisoc8850Flasher, unisoc8910Flasher } from '../../../../src/flashers/unisoc/flasher.ts';
import { profile } from '../../../flashers/eigencomm/fixtures.ts';
import { factoryRevisions } from './bench-top.ts';

const usbPath = 'sim/1';
const pacing = { bytesPerSecond: 64_000, burstBytes: 512 };
const consenting = { ...profile, consents: { wipeUserData: true, keepUserData: false, eraseNvm: true } };

const firmwares: readonly DemoUnisocFirmware[] = [
  { model: 'EC200U', revision: 'EC200UCNAAR03A01M08_OCPU_QPY_DEMO' },
  { model: 'EC600U', revision: 'EC600UCNLBR03A01M08_OCPU_QPY_DEMO' },
  { model: 'EC600G', revision: 'EC600GCNLAR02A01M08_OCPU_QPY_DEMO' },
  { model: 'EC800G', revision: 'EC800GCNGAR02A01M08_OCPU_QPY_DEMO' },
];
const ec600u = { model: 'EC600U', revision: 'EC600UCNLBR03A01M08_OCPU_QPY_DEMO' } as const;
const ec800g = { model: 'EC800G', revision: 'EC800GCNGAR02A01M08_OCPU_QPY_DEMO' } as const;

/** A whole job on a strapped board: connect, program, restart. Gives what it rejected with, if it did. */
async function flash(model: string, firmware: DemoUnisocFirmware, options: Partial<UnisocBoardOptions> = {}) {
  const clock = new SimulatedClock();
  const reports: BoardReport[] = [];
  const rack = new VirtualRack({ clock, time: realistic, usbPaths: [usbPath], onReset: (_path, report) => reports.push(report) });
  const identity = { model, imei: '861234567890125', sn: 'D1Q240000000001', revisionBefore: factoryRevisions[model] ?? '' };
  const board = new UnisocBoard({ clock, identity, seed: 7, ...options });
  const before = board.report();
  board.setStrap(true);
  const attached = Promise.withResolvers<Device>();
  await rack.start((event) => {
    if (event.type === 'device.attached') attached.resolve(event.device);
  });
  rack.insert(usbPath, board);
  board.setStrap(false);
  const device = await clock.runUntil(attached.promise);
  const opened = await rack.open(device, {
    interfaceNumber: 1,
    baudRate: 921_600,
    timeoutMs: 1_000,
    burstBytes: pacing.burstBytes,
  });
  const flasher = firmware.model.endsWith('G') ? unisoc8850Flasher : unisoc8910Flasher;
  const image = await readPackage(buildUnisocDemoPackage(firmware), 'demo.bin');
  const plan = flasher.plan(image, consenting);
  const context = {
    clock,
    transport: createPacer(clock).pace(opened, pacing),
    emit: () => undefined,
    signal: new AbortController().signal,
    keepEvidence: () => Promise.resolve(),
  };
  let failure: string | null = null;
  try {
    const session = await clock.runUntil(flasher.connect(context, plan, image));
    await clock.runUntil(session.program());
    await clock.runUntil(session.restart());
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    failure = thrown.failure.code;
  }
  await clock.advance(10_000);
  return { failure, before, after: board.report(), reset: reports[0] ?? null };
}

describe.each(firmwares)('the demo package of $model', (firmware) => {
  it('leaves a clean session, the NV that makes the unit, and a board that boots it', async () => {
    const { failure, before, after, reset } = await flash(firmware.model, firmware);
    expect(failure).toBeNull();
    expect(reset).toMatchObject({ clean: true, violations: [], boots: true, revision: firmware.revision });
    expect(after.imeiInNv).toBe(before.imei);
    expect(after.phaseCheckSha256).toBe(before.phaseCheckSha256);
    const changed = after.nv.filter((item) => item.before !== item.after).map(({ id }) => id);
    for (const kept of ['0x5', '0x179', '0x186', '0x1E4', '0x2', '0x26D', '0x26E', '0x26F', '0x191'])
      expect(changed).not.toContain(kept);
    expect(changed).toContain('0x1BA');
  });
});

describe('a board whose NV cannot be kept', () => {
  const cases = [
    ['badCrc', 'nv-backup-corrupt'],
    ['missingImei', 'nv-imei-missing'],
    ['blankImei', 'nv-imei-missing'],
    ['readRefused', 'nv-backup-failed'],
  ] as const;

  it.each(cases)('%s: the 8910 is not touched (%s)', async (nv) => {
    const { failure, before, after } = await flash('EC600U', ec600u, { nv });
    expect(failure).toMatch(/^nv-/);
    expect(after.regions).toEqual(before.regions);
    expect(after.violations).toEqual([]);
  });

  it.each(cases)('%s: the 8850 loses nothing but the files that the start of NORFDL deletes (%s)', async (nv) => {
    const { failure, before, after } = await flash('EC800G', ec800g, { nv });
    expect(failure).toMatch(/^nv-/);
    const touched = new Set(norFdlStartDeletes.map(({ fileSystem }) => `/${fileSystem}`));
    const others = ({ regions }: BoardReport) => regions.filter(({ name }) => !touched.has(name));
    expect(others(after)).toEqual(others(before));
    expect(after).toMatchObject({ violations: [], boots: true, revision: before.revision });
  });
});

describe('a package of another model', () => {
  it('is refused by the loader of the 8850 at the first erase, and nothing of it is written', async () => {
    const foreign = { model: 'EC600G', revision: 'EC600GCNLAR02A01M08_OCPU_QPY_DEMO' } as const;
    const { failure, before, after } = await flash('EC800G', foreign);
    expect(failure).toBe('package-for-other-model');
    expect([after.images, after.nv.every((item) => item.before === item.after), after.revision]).toEqual([
      [],
      true,
      before.revision,
    ]);
  });
});

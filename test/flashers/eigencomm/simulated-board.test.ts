// The flasher against the simulated board, which was built from the device side of the protocol and shares no codec with it: over
// the pacer, on simulated time, with a package that went through the reader.
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/bench/device-source.ts';
import { createPacer } from '../../../src/bench/pacer.ts';
import type { BoardReport } from '../../../src/bench/simulator/board.ts';
import { buildBoard } from '../../../src/bench/simulator/board-kinds.ts';
import { buildDemoPackage } from '../../../src/bench/simulator/demo-package/demo-package.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../../src/bench/simulator/time-model.ts';
import { VirtualRack } from '../../../src/bench/simulator/virtual-rack.ts';
import type { PacingProfile } from '../../../src/domain/profile.ts';
import { readPackage } from '../../../src/firmware/read-package.ts';
import { eigencommFlasher } from '../../../src/flashers/eigencomm/flasher.ts';
import type { FlashEvent } from '../../../src/flashers/flasher.ts';
import { profile } from './fixtures.ts';

const usbPath = 'sim/1';
const revision = 'EC800ECNLCR01A21M04_OCPU_QPY_DEMO';
const consenting = { ...profile, consents: { ...profile.consents, wipeUserData: true } };

/** A strapped board in download mode, opened through the pacer. */
async function openBoard(pacing: PacingProfile) {
  const clock = new SimulatedClock();
  const reports: BoardReport[] = [];
  const rack = new VirtualRack({ clock, time: realistic, usbPaths: [usbPath], onReset: (_path, report) => reports.push(report) });
  const board = buildBoard('EC800E', { clock, seed: 7, lapseMs: 10_000 });
  board.setStrap(true);
  const attached = Promise.withResolvers<Device>();
  await rack.start((event) => {
    if (event.type === 'device.attached') attached.resolve(event.device);
  });
  rack.insert(usbPath, board);
  const device = await clock.runUntil(attached.promise);
  const [first] = device.interfaces;
  const opened = await rack.open(device, {
    interfaceNumber: first?.number ?? 0,
    baudRate: 921_600,
    timeoutMs: 1_000,
    burstBytes: pacing.burstBytes,
  });
  return { clock, reports, board, transport: createPacer(clock).pace(opened, pacing) };
}

describe.each<[string, PacingProfile]>([
  ['512 bytes', { bytesPerSecond: 64_000, burstBytes: 512 }],
  ['64 bytes', { bytesPerSecond: 64_000, burstBytes: 64 }],
])('a demo package flashed in bursts of %s', (_what, pacing) => {
  it('leaves a clean session, every image in flash, and a board that boots it', async () => {
    const { clock, reports, board, transport } = await openBoard(pacing);
    const image = await readPackage(buildDemoPackage({ model: 'EC800E', revision }), 'demo.bin');
    const plan = eigencommFlasher.plan(image, consenting);
    const events: FlashEvent[] = [];
    const context = {
      clock,
      transport,
      emit: (event: FlashEvent) => void events.push(event),
      signal: new AbortController().signal,
      keepEvidence: () => Promise.resolve(),
    };
    const session = await clock.runUntil(eigencommFlasher.connect(context, plan, image));
    await clock.runUntil(session.program());
    const written = board.report();
    board.setStrap(false);
    await clock.runUntil(session.restart());
    await clock.advance(1_000);

    expect(written.violations).toEqual([]);
    const planned = plan.steps.filter(({ kind }) => kind === 'write').map(({ sha256 }) => sha256);
    expect(written.images.map(({ sha256 }) => sha256)).toEqual(planned);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ clean: true, destroyed: false, boots: true, revision });
    const notes = events.flatMap((event) => (event.type === 'note.added' ? [event.text] : []));
    expect(notes.filter((note) => note.startsWith('attempt'))).toEqual([]);
  });
});

// The flasher against the simulated ASR board, which was built from the device side of the protocol and shares no codec with it: over
// the pacer, on simulated time, with the demo packages through the reader.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/bench/device-source.ts';
import { createPacer } from '../../../src/bench/pacer.ts';
import type { AsrHabits } from '../../../src/bench/simulator/asr/habits.ts';
import { buildBoard } from '../../../src/bench/simulator/board-kinds.ts';
import { buildAsrDemoPackage, type DemoAsrFirmware } from '../../../src/bench/simulator/demo-package/demo-asr-package.ts';
import type { BoardFault } from '../../../src/bench/simulator/faults.ts';
import { SimulatedClock } from '../../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../../src/bench/simulator/time-model.ts';
import { VirtualRack } from '../../../src/bench/simulator/virtual-rack.ts';
import { throwAtOnce } from '../../../src/firmware/findings.ts';
import { unpackFiles } from '../../../src/firmware/package-files.ts';
import { asrFlasher } from '../../../src/flashers/asr/flasher.ts';
import type { FlashEvent } from '../../../src/flashers/flasher.ts';
import { readFiles } from '../../firmware/asr-builder.ts';
import { refusalOf } from '../../firmware/refusal.ts';
import { profile } from './rig.ts';

const usbPath = 'sim/1';
const pacing = { bytesPerSecond: 1_000_000, burstBytes: 512 };
const firmware: DemoAsrFirmware = { model: 'EC800N', revision: 'EC800NCNLAR01A21M08_OCPU_QPY_DEMO' };
const consenting = { ...profile, consents: { wipeUserData: true, keepUserData: false, eraseNvm: true } };

/** As it lies in flash: in whole blocks, padded with zero. */
function digest(image: Uint8Array): string {
  const padded = Buffer.alloc(Math.ceil(image.length / 4096) * 4096);
  padded.set(image);
  return createHash('sha256').update(padded).digest('hex');
}

interface Board {
  readonly habits?: Partial<AsrHabits>;
  readonly faults?: readonly BoardFault[];
}

/** A strapped board in download mode, opened through the pacer, and a demo package read for it. */
async function bench(made: DemoAsrFirmware, { habits = {}, faults = [] }: Board = {}) {
  const clock = new SimulatedClock();
  const rack = new VirtualRack({ clock, time: realistic, usbPaths: [usbPath] });
  const board = buildBoard('EC800N', { clock, seed: 7, asr: habits, faults });
  board.setStrap(true);
  const attached = Promise.withResolvers<Device>();
  await rack.start((event) => {
    if (event.type === 'device.attached') attached.resolve(event.device);
  });
  rack.insert(usbPath, board);
  const device = await clock.runUntil(attached.promise);
  const opened = await rack.open(device, {
    interfaceNumber: profile.modes.download.interfaceNumber,
    baudRate: 115_200,
    timeoutMs: 1_000,
    burstBytes: pacing.burstBytes,
  });
  const image = await readFiles(await unpackFiles(buildAsrDemoPackage(made), 'demo.bin', throwAtOnce), 'demo.bin');
  const events: FlashEvent[] = [];
  const context = {
    clock,
    transport: createPacer(clock).pace(opened, pacing),
    emit: (event: FlashEvent) => void events.push(event),
    signal: new AbortController().signal,
    keepEvidence: () => Promise.resolve(),
  };
  const flash = async (): Promise<void> => {
    const session = await asrFlasher.connect(context, asrFlasher.plan(image, consenting), image);
    await session.program();
    board.setStrap(false);
    await session.restart();
  };
  return { clock, board, image, events, flash: () => clock.runUntil(flash()) };
}

const scripts: readonly (readonly [NonNullable<DemoAsrFirmware['script']>, string])[] = [
  ['none', 'manifest'],
  ['trusted', 'script'],
  ['stale', 'manifest'],
];

const habits: readonly (readonly [string, Partial<AsrHabits>])[] = [
  ['healthy', {}],
  ['with an MTU of 512', { mtu: 512 }],
  ['that answers in single bytes', { splitWrites: { bytes: 1, gapMs: 0 } }],
  ['that greets three times and floods with INFO', { extraGreetings: 3, infoLines: 400 }],
  ['that loses the OKAY of call', { losesCallOkay: true }],
  ['whose OKAY comes early', { earlyOkay: true }],
  ['that is silent in call for 8 s', { callMs: 8_000 }],
  ['without heartbeats', { heartbeatMs: null }],
];

describe.each(scripts)('a demo package with the script %s', (script, strategy) => {
  it.each(habits)('is flashed whole onto a module %s', async (_, own) => {
    const made = { ...firmware, script };
    const { board, flash, image } = await bench(made, { habits: own });
    expect(image.strategy.kind).toBe(strategy);
    await flash();
    const { violations, clean, boots, revision, images } = board.report();
    expect(violations).toEqual([]);
    expect({ clean, boots, revision }).toEqual({ clean: true, boots: true, revision: firmware.revision });
    const planned = image.entries.flatMap((entry) =>
      entry.command === 'flash' ? [[entry.partition, digest(entry.part.bytes)]] : [],
    );
    expect(images.map(({ name, sha256 }) => [name, sha256]).sort()).toEqual(planned.sort());
  });
});

describe('a module that does not fit', () => {
  it.each<[string, Board, Partial<DemoAsrFirmware>, string]>([
    ['another boot ROM', { habits: { bootRom: '2021.10.16' } }, {}, 'boot-rom-mismatch'],
    ['the ETHOS link', { habits: { link: 'ethos' } }, {}, 'link-not-supported'],
    ['a wrong DATA size', { habits: { wrongDataSize: { download: 3, size: 17 } } }, {}, 'download-size-mismatch'],
    ['a FAIL to flash', { faults: [{ kind: 'nak', when: { command: 'flash:cp' }, errorCode: 5 }] }, {}, 'burn-failed'],
    ['silence after flash', { faults: [{ kind: 'dropReply', when: { command: 'flash:cp' } }] }, {}, 'reply-timed-out'],
    ['a hang in a getvar', { faults: [{ kind: 'stall', when: { command: 'getvar:version' } }] }, {}, 'link-lost|reply-timed-out'],
    ['a pull in mid-flash', { faults: [{ kind: 'pull', when: { command: 'flash:cp' } }] }, {}, 'transport-closed'],
  ])('with %s is refused by its own code, and the host makes no mistake', async (_, board, made, code) => {
    const { board: module, flash, events } = await bench({ ...firmware, ...made }, board);
    expect((await refusalOf(flash)).code).toMatch(new RegExp(`^(${code})$`));
    expect(module.report().violations).toEqual([]);
    expect(events.some((event) => event.type === 'step.started' && event.step === 'reset')).toBe(false);
  });
});

// A session with a healthy module, by both strategies, whatever the reads and the MTU; and the manners of asr.md §5 to §10.
import { describe, expect, it } from 'vitest';
import { fault } from '../../../src/domain/failure.ts';
import { asrFlasher } from '../../../src/flashers/asr/flasher.ts';
import { fip, goodScript, image, manifestHead, manifestWrites, readPackageOf } from '../../firmware/asr-builder.ts';
import { refusalOf } from '../../firmware/refusal.ts';
import { type DoubleOptions, frame, unsparse } from './device-double.ts';
import { createRig, profile, type Rig } from './rig.ts';

const padded = (bytes: Uint8Array): Buffer => {
  const whole = Buffer.alloc(Math.ceil(bytes.length / 4096) * 4096);
  whole.set(bytes);
  return whole;
};

function expectFlashed({ double }: Rig): void {
  for (const partition of ['cp', 'customer_app']) {
    const pieces = double.flashed.filter((piece) => piece.partition === partition).map(({ bytes }) => bytes);
    expect(Buffer.compare(unsparse(pieces), padded(image(`${partition}.bin`)))).toBe(0);
  }
  const loaded = ['preboot.img', 'flasher.img', 'flashinfo.bin', 'partition.bin'].map((name) => Buffer.from(image(name)));
  expect(double.loaded).toEqual(loaded);
}

const strategies = [
  ['the script', { script: goodScript() }],
  ['the manifest', {}],
] as const;

describe.each(strategies)('by %s', (_, contents) => {
  it.each([
    ['whole reads', {}],
    ['one-byte reads', { pieceBytes: 1 }],
    ['reads of three bytes', { pieceBytes: 3 }],
    ['an MTU of 512', { mtu: 512 }],
    ['an MTU of 512 and one-byte reads', { mtu: 512, pieceBytes: 1 }],
    ['an MTU of 7', { mtu: 7, pieceBytes: 7 }],
  ] as readonly (readonly [string, DoubleOptions])[])('every partition holds its image, with %s', async (_name, options) => {
    const rig = createRig(await readPackageOf(contents), options);
    await rig.flash();
    expectFlashed(rig);
    expect(rig.double.commands.slice(-3)).toEqual(['reboot', 'complete', 'disconnect']);
    expect(rig.double.commands).toContain('erase:fota_param');
    expect(rig.double.largestFrame()).toBe(options.mtu ?? 1024);
  });

  it('connecting writes nothing: the first flash or erase is the first thing that program does', async () => {
    const rig = createRig(await readPackageOf(contents));
    const session = await rig.connect();
    expect(rig.double.commands.filter((command) => /^(flash|erase):/.test(command))).toEqual([]);
    expect(rig.double.commands.filter((command) => command === 'partition')).toHaveLength(2);
    const before = rig.double.commands.length;
    await rig.clock.runUntil(session.program());
    expect(rig.double.commands[before]).toMatch(/^download:/);
    expect(rig.double.commands[before + 1]).toBe('flash:cp');
  });

  it('tells its steps in the order of the plan, the choice of strategy, and what the device said of itself', async () => {
    const read = await readPackageOf(contents);
    const rig = createRig(read);
    await rig.flash();
    const started = rig.events.flatMap((event) => (event.type === 'step.started' ? [event.step] : []));
    const finished = rig.events.flatMap((event) => (event.type === 'step.finished' ? [event.step] : []));
    const planned = asrFlasher.plan(read, profile).steps.map(({ name }) => name);
    expect(started).toEqual(planned);
    expect(finished).toEqual(planned);
    expect(rig.evidence()).toMatchObject({
      'asr.strategy': read.strategy.kind,
      'asr.strategyReason': read.strategy.reason,
      'asr.version-bootrom': '2020.07.30',
      'asr.mtu': 1024,
    });
    expect(rig.events.filter(({ type }) => type === 'handshake.completed')).toHaveLength(1);
    expect(rig.notes()).toContain('boot line 1');
  });
});

describe('the preamble', () => {
  it('goes out at once and then every 100 ms, until it is answered', async () => {
    const read = await readPackageOf();
    const rig = createRig(read, { deafTo: 7 });
    const connected = asrFlasher.connect(rig.context, asrFlasher.plan(read, profile), read);
    expect(rig.double.preambles()).toBe(1);
    await rig.clock.runUntil(connected);
    expect(rig.double.preambles()).toBe(8);
    expect(rig.clock.now()).toBe(700);
  });

  it('is found behind noise and echoes, and more answers to it are ignored', async () => {
    const uabt = frame('STDIO', 'UABT');
    const noise = Buffer.from('00ff555555557e5555', 'hex');
    const rig = createRig(await readPackageOf(), { preambleAnswer: [noise, uabt, uabt, uabt], pieceBytes: 2 });
    await rig.flash();
    expectFlashed(rig);
  });

  it('without an answer for 30 s means a silent ROM', async () => {
    const rig = createRig(await readPackageOf(), { deafTo: Number.POSITIVE_INFINITY });
    expect((await refusalOf(rig.connect)).code).toBe('rom-silent');
    expect(rig.clock.now()).toBe(30_000);
    expect(rig.events.some(({ type }) => type === 'handshake.completed')).toBe(false);
  });

  it.each([1, 2, 64])('answered by the ETHOS link is refused and nothing more is sent (%i bytes a read)', async (pieceBytes) => {
    const rig = createRig(await readPackageOf(), { preambleAnswer: [Buffer.from('7e7e55555555', 'hex')], pieceBytes });
    const failure = await refusalOf(rig.connect);
    expect(failure.code).toBe('link-not-supported');
    expect(failure.detail).toBe('This module uses the ETHOS link. It is not supported.');
    expect(rig.double.transport.writes).toHaveLength(1);
  });

  it('is all that a probe sends', async () => {
    const there = createRig(await readPackageOf(), { deafTo: 3 });
    expect(await there.clock.runUntil(asrFlasher.probe(there.context))).toBe(true);
    const silent = createRig(await readPackageOf(), { deafTo: Number.POSITIVE_INFINITY });
    expect(await silent.clock.runUntil(asrFlasher.probe(silent.context))).toBe(false);
    expect(silent.clock.now()).toBeLessThanOrEqual(2_000);
    expect(new Set(silent.double.transport.writes.map((bytes) => Buffer.from(bytes).toString('hex')))).toEqual(
      new Set(['555555557e']),
    );
  });
});

describe('the greeting', () => {
  it('without an echo of UABT is refused, and no command is sent', async () => {
    const rig = createRig(await readPackageOf(), { answersUabt: false });
    expect(await refusalOf(rig.connect)).toMatchObject({ code: 'reply-timed-out', step: 'handshake' });
    expect(rig.double.commands).toEqual([]);
  });

  it.each([
    ['missing', null, 'reply-timed-out'],
    ['too short', Uint8Array.of(4), 'reply-malformed'],
  ])('with a HELLO_REPLY that is %s is refused, and no command is sent', async (_, helloReply, code) => {
    const rig = createRig(await readPackageOf(), { helloReply });
    expect((await refusalOf(rig.connect)).code).toBe(code);
    expect(rig.double.commands).toEqual([]);
  });

  it.each([
    [[0x08, 0x00], 1024],
    [[0x7d, 0x7e], 1024],
    [[0xff, 0xff], 1024],
    [[0x02, 0x00], 512],
  ])('clamps the MTU of the reply %j to %i', async (reply, largest) => {
    const rig = createRig(await readPackageOf(), { helloReply: Uint8Array.from(reply) });
    await rig.flash();
    expect(rig.double.largestFrame()).toBe(largest);
    expect(rig.evidence()['asr.mtu']).toBe(largest);
  });
});

describe('a package for several chips', () => {
  const roms = ['2020.07.30', '2021.10.16'];
  const call = (name: string, rom: string) => ({ command: 'call', image: name, 'version-bootrom': rom });
  const read = () =>
    readPackageOf({
      manifest: [
        ...roms.flatMap((rom) => [call('preboot.img', rom), call('flasher.img', rom)]),
        ...manifestHead.slice(6),
        ...manifestWrites,
      ],
      members: Object.fromEntries(
        roms.flatMap((rom, seed) => [
          [`${rom}/preboot.img`, fip(500, 40 + seed)],
          [`${rom}/flasher.img`, fip(600, 50 + seed)],
        ]),
      ),
    });

  it('loads what is for the boot ROM of the device', async () => {
    const rig = createRig(await read(), { bootRom: '2021.10.16' });
    await rig.flash();
    expect(rig.double.loaded[0]).toEqual(Buffer.from(fip(500, 41)));
    expect(rig.double.loaded[1]).toEqual(Buffer.from(fip(600, 51)));
    expect(rig.double.commands.filter((command) => command === 'call')).toHaveLength(2);
  });

  it('is refused by any other boot ROM before the first download', async () => {
    const rig = createRig(await read(), { bootRom: '2022.04.18' });
    expect((await refusalOf(rig.connect)).code).toBe('boot-rom-mismatch');
    expect(rig.double.commands).toEqual(['getvar:version-bootrom']);
  });
});

describe('the first Crane silicon', () => {
  it('takes nop in the place of call, and its FAIL to nop is ignored', async () => {
    const manifest = [
      { command: 'require', name: 'product', value: 'arom|arom-tiny' },
      { command: 'require', name: 'version-bootrom', value: '2019.01.15' },
      ...manifestHead.slice(4),
      ...manifestWrites,
    ];
    const answer = (command: string) => (command === 'nop' ? ['FAILunknown command'] : null);
    const rig = createRig(await readPackageOf({ manifest }), { bootRom: '2019.01.15', answer });
    await rig.flash();
    expect(rig.double.commands.filter((command) => command === 'nop')).toHaveLength(2);
    expect(rig.double.commands).not.toContain('call');
    expectFlashed(rig);
  });
});

describe('the flasher that takes less than a piece', () => {
  it('gets smaller pieces', async () => {
    const rig = createRig(await readPackageOf(), { maxDownloadBytes: 0x1100 });
    await rig.flash();
    expectFlashed(rig);
    expect(rig.double.flashed.filter(({ partition }) => partition === 'cp')).toHaveLength(3);
  });

  it('or less than one block is refused before anything is written', async () => {
    const rig = createRig(await readPackageOf(), { maxDownloadBytes: 0x1000 });
    expect(await refusalOf(rig.connect)).toMatchObject({ code: 'package-for-other-model', step: 'verify-max-download-size' });
  });
});

describe('holding', () => {
  it('reads heartbeats and logs, and is ready to program', async () => {
    const rig = createRig(await readPackageOf());
    const session = await rig.connect();
    const until = new AbortController();
    const held = session.hold(until.signal);
    for (let beat = 0; beat < 100; beat++) {
      rig.double.say('HEART_BEAT', 'H');
      await rig.clock.advance(300);
    }
    rig.double.say('STDIO', '[INFO: QspiNor] idle');
    await rig.clock.advance(100);
    until.abort(fault('operator-cancelled', 'test'));
    await rig.clock.runUntil(held);
    expect(rig.notes()).toContain('[INFO: QspiNor] idle');
    await rig.clock.runUntil(session.program());
    expectFlashed(rig);
  });

  it('sees the link lost 3 s after the last heartbeat, but only of a device that sends them', async () => {
    const rig = createRig(await readPackageOf());
    const session = await rig.connect();
    const held = session.hold(new AbortController().signal);
    const lost = refusalOf(() => held);
    await rig.clock.advance(50_000);
    rig.double.say('HEART_BEAT', 'H');
    await rig.clock.advance(0);
    const last = rig.clock.now();
    expect((await rig.clock.runUntil(lost)).code).toBe('link-lost');
    expect(rig.clock.now() - last).toBe(3_000);
  });

  it('sees an unplug', async () => {
    const rig = createRig(await readPackageOf());
    const session = await rig.connect();
    const lost = refusalOf(() => session.hold(new AbortController().signal));
    rig.double.transport.unplug();
    expect((await rig.clock.runUntil(lost)).code).toBe('transport-closed');
  });

  it('ends in leaving, which says nothing to the device', async () => {
    const rig = createRig(await readPackageOf());
    const session = await rig.connect();
    const written = rig.double.transport.writes.length;
    await session.leave();
    expect(rig.double.transport.writes).toHaveLength(written);
  });
});

describe('an abort', () => {
  it('stops the session with its reason, and not a byte more is sent', async () => {
    const reason = new Error('stopped');
    const rig = createRig(await readPackageOf(), {
      onData: ({ commands }) => commands.includes('call') && rig.stop.abort(reason),
    });
    await expect(rig.connect()).rejects.toBe(reason);
    const written = rig.double.transport.writes.length;
    await rig.clock.advance(60_000);
    expect(rig.double.transport.writes).toHaveLength(written);
  });
});

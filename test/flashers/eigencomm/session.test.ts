// The whole dialogue with a patient device: its order, its bytes, what is told while it runs, and every way a session ends.
import { describe, expect, it } from 'vitest';
import { fault } from '../../../src/domain/failure.ts';
import { eigencommFlasher } from '../../../src/flashers/eigencomm/flasher.ts';
import { hexOf } from './device-double.ts';
import { ec618Package, flexFile, profile, vectors } from './fixtures.ts';
import { createRig } from './rig.ts';

const dataOf = (stage: string): string[] => [`${stage} DATA_HEAD`, `${stage} DOWNLOAD_DATA`];
const base = (stage: string): string[] => ['GET_VERSION', 'SEL_IMAGE', 'VERIFY_IMAGE'].map((name) => `${stage} ${name}`);
const packageOf = (stage: string, blocks: number): string[] => [
  ...Array.from({ length: blocks }, () => dataOf(stage)).flat(),
  `${stage} DONE`,
];
const burned = (...blocksOfChunks: number[]): string[] => [
  'LPC sync',
  'LPC BURN_ONE',
  'AGBOOT presync',
  'AGBOOT sync',
  'AGBOOT sync',
  ...base('AGBOOT'),
  ...packageOf('AGBOOT', 1),
  ...blocksOfChunks.flatMap((blocks) => ['AGBOOT sync', ...base('AGBOOT'), ...packageOf('AGBOOT', blocks)]),
  'LPC GET_BURN_STATUS',
];
const connected = (agentbootBlocks: number): string[] => [
  'DLBOOT sync',
  ...base('DLBOOT'),
  ...packageOf('DLBOOT', 1),
  'DLBOOT sync',
  ...base('DLBOOT'),
  ...packageOf('DLBOOT', agentbootBlocks),
  'LPC sync',
];

const small = () => ec618Package({ sizes: { AP: 0x900 }, agentbootBytes: 900, flexFiles: [flexFile('f.bin', 0x200000, 0x1000)] });

describe('a whole session', () => {
  it('speaks every step in the order of the reference, and nothing else', async () => {
    const rig = createRig();
    const session = await rig.connect();
    expect(rig.device.dialogue).toEqual(connected(3));
    await rig.run(session.program());
    await rig.run(session.restart());
    expect(rig.device.dialogue.slice(connected(3).length)).toEqual([
      ...burned(1),
      ...burned(4, 1),
      ...burned(1),
      ...['LPC sync', 'LPC FLASH_ERASE', 'LPC FLASH_ERASE', ...burned(1)],
      ...['LPC sync', 'LPC FLASH_ERASE', ...burned(1)],
      ...['LPC sync', 'LPC SYS_RST'],
    ]);
    expect(rig.device.problems).toEqual([]);
  });

  it('brings every byte of every image to the device, with the CP marker and the addresses of the plan', async () => {
    const rig = createRig();
    await rig.run((await rig.connect()).program());
    const [bl, ap, cp] = rig.pkg.images.map(({ part }) => part.bytes);
    expect(hexOf(rig.device.image('49424b44'))).toBe(hexOf(ap ?? new Uint8Array()));
    expect(hexOf(rig.device.image('49425043'))).toBe(hexOf(cp ?? new Uint8Array()));
    expect(hexOf(rig.device.image('494d424f'))).toBe(
      hexOf(rig.pkg.agentboot?.bytes ?? new Uint8Array()) + hexOf(bl ?? new Uint8Array()),
    );
    const burns = rig.device.heard.filter(({ name }) => name === 'BURN_ONE').map(({ data }) => hexOf(data));
    expect(burns).toEqual(['494d424f', '49424b44', '4942504301e1', '49584c46', '49584c46']);
    const heads = rig.device.downloads.filter(({ image }) => image === '484d4954');
    const addresses = heads.map(({ blocks }) => Buffer.concat(blocks).readUInt32LE(0x44));
    expect(addresses).toEqual([0, 0, 0x24000, 0, 0x200000, 0x3b4000]);
  });

  it('erases the whole range of a flex file in blocks of at most 64 KiB, at LNA addresses', async () => {
    const rig = createRig();
    await rig.run((await rig.connect()).program());
    const erases = rig.device.heard.filter(({ name }) => name === 'FLASH_ERASE').map(({ data }) => Buffer.from(data));
    expect(erases.map((data) => [data.readUInt32LE(4), data.readUInt32LE(0)])).toEqual([
      [0xa00000, 0x10000],
      [0xa10000, 0x1000],
      [0xbb4000, 0x1000],
    ]);
  });

  it.each([1, 3])('is the same when replies come in pieces of %i byte(s)', async (pieceBytes) => {
    const rig = createRig({ pkg: small(), pieceBytes, byteMs: 0.1 });
    const session = await rig.connect();
    await rig.run(session.program());
    await rig.run(session.restart());
    expect(rig.notes().filter((note) => note.startsWith('attempt'))).toEqual([]);
    expect(rig.device.dialogue.at(-1)).toBe('LPC SYS_RST');
  });

  it('follows the chunk plans of the golden vectors', async () => {
    const [vendorBl, , agentboot] = vectors.chunk_plans;
    const rig = createRig({ pkg: ec618Package({ sizes: { BL: 0x190fe }, agentbootBytes: 35_568, flexFiles: [] }) });
    await rig.run((await rig.connect()).program());
    const [, loaded, , ...chunks] = rig.device.downloads;
    const shown = chunks
      .slice(0, 2)
      .map(({ heads, indexes, blocks }) => ({ heads, indexes, blocks: blocks.map((b) => b.length) }));
    expect(shown).toEqual(
      vendorBl?.chunks?.map((c) => ({ heads: c.data_head.map(Number), indexes: c.index, blocks: c.block.map(Number) })),
    );
    expect(loaded?.blocks).toHaveLength(agentboot?.blocks ?? 0);
    expect(loaded?.indexes.at(-1)).toBe(agentboot?.last_index);
    expect(loaded?.blocks.at(-1)?.length).toBe(Number(agentboot?.last_block));
    expect([loaded?.heads[0], loaded?.heads.at(-1)]).toEqual([agentboot?.first_data_head, agentboot?.last_data_head].map(Number));
  });

  it('follows the chunk plan of the sample BL', async () => {
    const rig = createRig({ pkg: ec618Package({ sizes: { BL: 0x5340 }, flexFiles: [] }) });
    await rig.run((await rig.connect()).program());
    const expected = vectors.chunk_plans[1]?.chunks?.[0];
    expect(rig.device.downloads[3]?.heads).toEqual(expected?.data_head.map(Number));
    expect(rig.device.downloads[3]?.blocks.map((b) => b.length)).toEqual(expected?.block.map(Number));
  });

  it('wraps the block index at 256', async () => {
    const rig = createRig({ pkg: ec618Package({ agentbootBytes: 300 * 16, flexFiles: [] }) });
    rig.device.grantLimits.DLBOOT = 16;
    await rig.connect();
    expect(rig.device.downloads[1]?.indexes.slice(254, 258)).toEqual([254, 255, 0, 1]);
  });

  it('asks for pullup_qspi in the agentboot head only when the package does', async () => {
    for (const wanted of [true, false]) {
      const rig = createRig({ pkg: { ...small(), agentbootPullupQspi: wanted } });
      await rig.connect();
      const head = Buffer.concat(rig.device.downloads[0]?.blocks ?? []);
      expect([head.readUInt32LE(0x18), head.readUInt16LE(0x16)]).toEqual([wanted ? 1 : 0, 0xa400]);
    }
  });
});

describe('what is told', () => {
  it('tells the first valid echo once, before the agentboot is loaded', async () => {
    const rig = createRig();
    await rig.connect();
    const told = rig.events.map(({ type }) => type);
    expect(told.filter((type) => type === 'handshake.completed')).toHaveLength(1);
    expect(told.slice(0, 3)).toEqual(['step.started', 'handshake.completed', 'step.finished']);
  });

  it('starts and finishes every step of the plan, in its order, with its bytes', async () => {
    const rig = createRig();
    const session = await rig.connect();
    await rig.run(session.program());
    await rig.run(session.restart());
    const finished = rig.events.flatMap((event) => (event.type === 'step.finished' ? [[event.step, event.bytes]] : []));
    expect(finished).toEqual(rig.plan.steps.map(({ name, bytes }) => [name, bytes]));
  });

  it('tells progress at most 4 times a second within a step, and the full count at its end', async () => {
    const rig = createRig({ pkg: ec618Package({ sizes: { AP: 0x80000 }, flexFiles: [] }), byteMs: 4 });
    const at: number[] = [];
    const emit = rig.context.emit;
    const context = {
      ...rig.context,
      emit: (event: Parameters<typeof emit>[0]) => {
        emit(event);
        if (event.type === 'step.progressed' && event.step === 'write-ap') at.push(rig.clock.now());
      },
    };
    const session = await rig.run(eigencommFlasher.connect(context, rig.plan, rig.pkg));
    await rig.run(session.program());
    const gaps = at.slice(1, -1).map((time, index) => time - (at[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(3);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(250);
    const last = rig.events.findLast((event) => event.type === 'step.progressed' && event.step === 'write-ap');
    expect(last).toMatchObject({ bytes: 0x80000 });
  });

  it('gives digest and size of the agentboot as evidence', async () => {
    const rig = createRig();
    await rig.connect();
    expect(rig.events).toContainEqual({ type: 'evidence.found', name: 'agentboot.sha256', value: rig.pkg.agentboot?.sha256 });
    expect(rig.events).toContainEqual({ type: 'evidence.found', name: 'agentboot.bytes', value: 2_500 });
  });

  it('reads no identity by this protocol', async () => {
    expect((await createRig({ pkg: small() }).connect()).identity()).toEqual({});
  });
});

describe('connect', () => {
  it('stops before BURN_ONE', async () => {
    const rig = createRig();
    await rig.connect();
    expect(rig.device.dialogue).not.toContain('LPC BURN_ONE');
    expect(rig.device.dialogue.at(-1)).toBe('LPC sync');
  });

  it('sends its first round at once', async () => {
    const rig = createRig();
    const connecting = rig.connect();
    await Promise.resolve();
    expect(rig.transport.writes).toHaveLength(1);
    await connecting;
  });

  it('ends with rom-silent after 50 rounds of silence', async () => {
    const rig = createRig();
    rig.device.tamper = () => null;
    await expect(rig.connect()).rejects.toThrow('rom-silent in handshake');
    expect(rig.device.heard).toHaveLength(50);
    expect(rig.clock.now()).toBeCloseTo(50 * 804);
    expect(rig.events.some(({ type }) => type === 'handshake.completed')).toBe(false);
  });

  it('goes on after silent and garbled rounds', async () => {
    const rig = createRig({ pkg: small() });
    rig.device.tamper = (heard, reply, nth) => {
      if (heard.name !== 'sync' || heard.stage !== 'DLBOOT' || nth > 3) return reply;
      return [null, Uint8Array.of(1, 2, 3, 4), Uint8Array.of(...reply, 7)][nth - 1] ?? null;
    };
    await rig.connect();
    expect(rig.device.dialogue.slice(0, 4)).toEqual(Array(4).fill('DLBOOT sync'));
  });

  it('is safe against a device that echoes every word', async () => {
    const rig = createRig({ pkg: small() });
    rig.device.tamper = (heard, reply) => (heard.name === 'sync' ? Uint8Array.of(...reply, ...reply) : reply);
    const session = await rig.connect();
    await rig.run(session.program());
    expect(rig.device.problems).toEqual([]);
  });

  it('ends with loader-silent when the agent never answers', async () => {
    const rig = createRig({ pkg: small() });
    rig.device.tamper = (heard, reply) => (heard.stage === 'LPC' ? null : reply);
    await expect(rig.connect()).rejects.toThrow('loader-silent in load-agentboot');
  });

  it('does not talk to an agent that somebody else started', async () => {
    const rig = createRig();
    rig.device.agentRuns = true;
    await expect(rig.connect()).rejects.toThrow('loader-reset in handshake');
    expect(rig.device.heard).toHaveLength(1);
  });

  it('refuses a plan that was made of another package, before a byte is sent', async () => {
    const rig = createRig();
    const other = eigencommFlasher.plan(small(), profile);
    await expect(rig.run(eigencommFlasher.connect(rig.context, other, rig.pkg))).rejects.toThrow('package-digest-mismatch');
    expect(rig.transport.writes).toHaveLength(0);
  });
});

describe('probe', () => {
  it('is true for a ROM and false for silence, and sends nothing but sync words', async () => {
    const rig = createRig();
    await expect(rig.run(eigencommFlasher.probe(rig.context))).resolves.toBe(true);
    rig.device.tamper = () => null;
    await expect(rig.run(eigencommFlasher.probe(rig.context))).resolves.toBe(false);
    expect(new Set(rig.transport.writes.map(hexOf))).toEqual(new Set(['00d3022b']));
    expect(rig.clock.now()).toBeLessThan(3_000);
  });

  it('is false for a module in normal mode that echoes what it is sent', async () => {
    const rig = createRig();
    rig.transport.onWrite = (bytes) => rig.transport.deliver(bytes);
    await expect(rig.run(eigencommFlasher.probe(rig.context))).resolves.toBe(false);
  });

  it('is false for a running agent, and says what to do', async () => {
    const rig = createRig();
    rig.device.agentRuns = true;
    await expect(rig.run(eigencommFlasher.probe(rig.context))).resolves.toBe(false);
    expect(rig.notes()).toEqual([expect.stringContaining('power-cycle')]);
  });
});

describe('hold', () => {
  it('sends nothing, notes stray bytes, and is ready for program when its caller is', async () => {
    const rig = createRig({ pkg: small() });
    const session = await rig.connect();
    const sent = rig.transport.writes.length;
    const until = new AbortController();
    const holding = session.hold(until.signal);
    await rig.clock.advance(90_000);
    rig.transport.deliver(Uint8Array.of(0x1b, 0x5b));
    await rig.clock.advance(1);
    until.abort(fault('station-defect', 'any reason'));
    await rig.run(holding);
    expect(rig.transport.writes).toHaveLength(sent);
    expect(rig.notes().at(-1)).toBe('2 unexpected bytes while holding: 1b5b');
    await rig.run(session.program());
    expect(rig.device.problems).toEqual([]);
  });

  it('rejects when the link is lost', async () => {
    const rig = createRig({ pkg: small() });
    const session = await rig.connect();
    const holding = session.hold(new AbortController().signal);
    await rig.clock.advance(1_000);
    rig.transport.unplug();
    await expect(rig.run(holding)).rejects.toThrow('transport-closed in hold');
  });

  it("rejects with the session signal's own reason", async () => {
    const rig = createRig({ pkg: small() });
    const session = await rig.connect();
    const holding = session.hold(new AbortController().signal);
    const reason = fault('hold-expired', 'holding');
    rig.controller.abort(reason);
    await expect(rig.run(holding)).rejects.toBe(reason);
  });
});

describe('restart', () => {
  it.each<[string, (rig: ReturnType<typeof createRig>, reply: Uint8Array) => Uint8Array | null]>([
    ['missing', () => null],
    ['cut off', (_rig, reply) => reply.subarray(0, 9)],
    [
      'cut off by the unplug',
      (rig) => {
        rig.transport.unplug();
        return null;
      },
    ],
    ['garbled', (_rig, reply) => reply.map((byte, at) => (at === 8 ? 0 : byte))],
  ])('takes a reply that is %s as a note', async (_what, answer) => {
    const rig = createRig({ pkg: small() });
    const session = await rig.connect();
    await rig.run(session.program());
    rig.device.tamper = (heard, reply) => (heard.name === 'SYS_RST' ? answer(rig, reply) : reply);
    await rig.run(session.restart());
    expect(rig.notes().at(-1)).toContain('cut its own reply off');
    expect(rig.device.dialogue.filter((line) => line === 'LPC SYS_RST')).toHaveLength(1);
  });
});

describe('leave', () => {
  it('resets a module that was not written', async () => {
    const rig = createRig({ pkg: small() });
    await rig.run((await rig.connect()).leave());
    expect(rig.device.dialogue.slice(-2)).toEqual(['LPC sync', 'LPC SYS_RST']);
  });

  it('never rejects and is bounded when nobody answers', async () => {
    const rig = createRig({ pkg: small() });
    const session = await rig.connect();
    const start = rig.clock.now();
    rig.device.tamper = () => null;
    await rig.run(session.leave());
    expect(rig.clock.now() - start).toBeLessThanOrEqual(5_000);
    rig.transport.unplug();
    await rig.run(session.leave());
  });

  it('sends nothing after program has begun, and nothing after the abort', async () => {
    const written = createRig({ pkg: small() });
    const session = await written.connect();
    await written.run(session.program());
    const sent = written.transport.writes.length;
    await written.run(session.leave());
    expect(written.transport.writes).toHaveLength(sent);

    const aborted = createRig({ pkg: small() });
    const other = await aborted.connect();
    aborted.controller.abort();
    const before = aborted.transport.writes.length;
    await aborted.run(other.leave());
    expect(aborted.transport.writes).toHaveLength(before);
  });
});

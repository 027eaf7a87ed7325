// Every frame that the golden vectors say a device sends, as the simulated device sends it.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lengthCheckByte, replyFrame } from '../../../src/bench/simulator/eigencomm/wire.ts';
import { type BenchTop, beginBurn, burn, inAgent, inRom, loadAgent, sendPackage } from './bench-top.ts';
import {
  agbootFrame,
  agentHead,
  burnOne,
  erase,
  getStatus,
  ids,
  imageHead,
  lpcFrame,
  madeUp,
  pair,
  romFrame,
  systemReset,
  u32,
} from './host-frames.ts';

interface Frame {
  readonly name: string;
  readonly stage: string;
  readonly direction: string;
  readonly hex: string;
}

interface Vectors {
  readonly frames: readonly Frame[];
  readonly sync: readonly { readonly name: string; readonly request_hex: string; readonly reply_hex: string }[];
  readonly crc8: { readonly table: readonly { readonly length: string; readonly crc8: string }[] };
}

const vectors = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../vectors/eigencomm.json'), 'utf8')) as Vectors;
const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const key = ({ stage, name }: Pick<Frame, 'stage' | 'name'>): string => `${stage}: ${name}`;
const image = madeUp(0x9000);

const romGreeted = (): BenchTop => {
  const bench = inRom();
  bench.ask(pair.rom);
  return bench;
};
const romWithHead = (agentboot = madeUp(35_568)): BenchTop => {
  const bench = romGreeted();
  sendPackage(bench, romFrame, agentHead(agentboot));
  bench.ask(pair.rom);
  return bench;
};
const burning = (id: number): BenchTop => {
  const bench = inAgent();
  beginBurn(bench, id, id === ids.CP);
  return bench;
};
const withHead = (id: number, address: number): BenchTop => {
  const bench = burning(id);
  sendPackage(bench, agbootFrame, imageHead(id, address, image));
  bench.ask(pair.agboot);
  return bench;
};
const selectAfterHead = (id: number, address: number): Buffer => withHead(id, address).ask(agbootFrame(0x21));
const statusAfter = (bench: BenchTop): Buffer => bench.ask(getStatus);
const burned = (bench: BenchTop, id: number, address: number, head?: Buffer): BenchTop => {
  burn(bench, id, address, image, head);
  return bench;
};
const refusedStatus = (errorCode: number): Buffer =>
  statusAfter(inAgent({ faults: [{ kind: 'nak', when: { command: 'LPC GET_BURN_STATUS' }, errorCode }] }));

/** For each device frame the situation in which the device must send it. */
const situations: Readonly<Record<string, () => Buffer>> = {
  'DLBOOT: GET_VERSION reply': () => romGreeted().ask(romFrame(0x20)),
  'DLBOOT: SEL_IMAGE reply, head expected': () => romGreeted().ask(romFrame(0x21)),
  'DLBOOT: SEL_IMAGE reply, BL or agentboot expected': () => romWithHead().ask(romFrame(0x21)),
  'DLBOOT: VERIFY_IMAGE reply': () => romGreeted().ask(romFrame(0x22)),
  'DLBOOT: DATA_HEAD reply, 272 granted': () => romGreeted().ask(romFrame(0x31, u32(272))),
  'DLBOOT: DOWNLOAD_DATA reply to index 0': () => {
    const bench = romGreeted();
    bench.ask(romFrame(0x31, u32(272)));
    return bench.ask(romFrame(0x32, agentHead(image)));
  },
  'DLBOOT: DONE reply': () => sendPackage(romGreeted(), romFrame, agentHead(image)),
  'DLBOOT: DATA_HEAD reply, 0x400 granted': () => romWithHead().ask(romFrame(0x31, u32(35_568))),
  'DLBOOT: DOWNLOAD_DATA reply to index 34': () => {
    const bench = romWithHead();
    const agentboot = madeUp(35_568);
    let reply: Buffer = Buffer.alloc(0);
    for (let index = 0; index <= 34; index++) {
      bench.ask(romFrame(0x31, u32(35_568 - index * 0x400)));
      reply = bench.ask(romFrame(0x32, agentboot.subarray(index * 0x400, (index + 1) * 0x400), index));
    }
    return reply;
  },
  'AGBOOT: GET_VERSION reply': () => burning(ids.BL).ask(agbootFrame(0x20)),
  'AGBOOT: SEL_IMAGE reply, head expected': () => burning(ids.BL).ask(agbootFrame(0x21)),
  'AGBOOT: SEL_IMAGE reply, BL or agentboot expected': () => selectAfterHead(ids.BL, 0),
  'AGBOOT: SEL_IMAGE reply, AP expected': () => selectAfterHead(ids.AP, 0x24000),
  'AGBOOT: SEL_IMAGE reply, CP expected': () => selectAfterHead(ids.CP, 0),
  'AGBOOT: SEL_IMAGE reply, FLEX expected': () => selectAfterHead(ids.FLEX, 0x200000),
  'AGBOOT: VERIFY_IMAGE reply': () => burning(ids.BL).ask(agbootFrame(0x22)),
  'AGBOOT: DATA_HEAD reply, 272 granted': () => burning(ids.BL).ask(agbootFrame(0x31, u32(272))),
  'AGBOOT: DOWNLOAD_DATA reply to index 0': () => {
    const bench = burning(ids.BL);
    bench.ask(agbootFrame(0x31, u32(272)));
    return bench.ask(agbootFrame(0x32, imageHead(ids.BL, 0, image)));
  },
  // Four blocks are the most of one AGBOOT package: no dialogue gets there, only the frame can.
  'AGBOOT: DOWNLOAD_DATA reply to index 0xFF wraps to 0': () =>
    Buffer.from(replyFrame('agent', { command: 0x32, index: 0xff, framing: 'data' }, 0)),
  'AGBOOT: DONE reply': () => sendPackage(burning(ids.BL), agbootFrame, imageHead(ids.BL, 0, image)),
  'AGBOOT: DATA_HEAD reply, 0x4000 granted': () => withHead(ids.BL, 0).ask(agbootFrame(0x31, u32(0x5340))),
  'AGBOOT: DATA_HEAD NAK': () => withHead(ids.AP, 0x24000).ask(agbootFrame(0x31, u32(0x10001))),
  'LPC: BURN_ONE reply': () => inAgent().ask(burnOne(ids.AP)),
  'LPC: GET_BURN_STATUS reply, ok': () => statusAfter(burned(inAgent(), ids.BL, 0)),
  'LPC: GET_BURN_STATUS reply, 0x01': () => statusAfter(burned(inAgent(), ids.AP, 0x24001)),
  'LPC: GET_BURN_STATUS reply, 0x31': () => statusAfter(inAgent({ faults: [{ kind: 'lyingStatus', status: 0x31 }] })),
  'LPC: GET_BURN_STATUS reply, 0x32': () => statusAfter(burned(inAgent(), ids.FLEX, 0x3ff000)),
  'LPC: GET_BURN_STATUS reply, 0x33': () =>
    statusAfter(burned(inAgent({ faults: [{ kind: 'deadCell', address: 0x25000 }] }), ids.AP, 0x24000)),
  'LPC: GET_BURN_STATUS reply, 0x94': () =>
    statusAfter(burned(inAgent(), ids.AP, 0x24000, imageHead(ids.AP, 0x24000, image, { 76: 0x3fc001 }))),
  'LPC: GET_BURN_STATUS reply, 0x98': () => statusAfter(burned(inAgent(), ids.AP, 0x24000, imageHead(ids.BL, 0, image))),
  'LPC: GET_BURN_STATUS reply, 0xFF': () => statusAfter(withHead(ids.AP, 0x24000)),
  'LPC: SYS_RST reply': () => inAgent().ask(systemReset),
  'LPC: FLASH_ERASE reply': () => inAgent().ask(erase(0x1000, 0x800000)),
  'LPC: FLASH_ERASE NAK, erase error': () => inAgent().ask(erase(0x1000, 0x0)),
  'LPC: READ_MEM reply, 4 bytes': () => inAgent().ask(lpcFrame(0x21, u32(4, 0x800000))),
  'LPC: LPC NAK 0x80 to GET_BURN_STATUS': () => refusedStatus(0x80),
  'LPC: LPC NAK 0x81 to GET_BURN_STATUS': () => {
    const bench = withHead(ids.AP, 0x24000);
    bench.ask(agbootFrame(0x31, u32(0x4000)));
    return statusAfter(bench);
  },
  'LPC: LPC NAK 0x9A to GET_BURN_STATUS': () => {
    const wrong = Buffer.from(getStatus);
    wrong.writeUInt8(wrong.readUInt8(8) ^ 1, 8);
    return inAgent().ask(wrong);
  },
  'LPC: LPC NAK 0x9B to GET_BURN_STATUS': () => {
    const wrong = Buffer.from(getStatus);
    wrong.writeUInt8(1, 7);
    return inAgent().ask(wrong);
  },
};

describe('the simulated device and the golden vectors', () => {
  const deviceFrames = vectors.frames.filter(({ direction }) => direction === 'device_to_host');

  it('has a situation for every frame that a device sends, and no other', () => {
    expect(Object.keys(situations).sort()).toEqual(deviceFrames.map(key).sort());
  });

  it.each(deviceFrames.map((frame) => [key(frame), frame] as const))('%s', (name, { hex }) => {
    expect(situations[name]?.()).toEqual(bytesOf(hex));
  });

  it('answers each sync pair with its word once', () => {
    const [rom, agboot, lpc] = vectors.sync;
    expect(inRom().ask(bytesOf(rom?.request_hex ?? ''))).toEqual(bytesOf(rom?.reply_hex ?? ''));
    expect(loadAgent(inRom()).ask(bytesOf(lpc?.request_hex ?? ''))).toEqual(bytesOf(lpc?.reply_hex ?? ''));
    expect(burning(ids.AP).ask(bytesOf(agboot?.request_hex ?? ''))).toEqual(bytesOf(agboot?.reply_hex ?? ''));
  });

  it('answers a sync that it cannot accept with the reset word', () => {
    expect(inAgent().ask(pair.rom)).toEqual(bytesOf(vectors.sync[3]?.reply_hex ?? ''));
  });

  it('has the check bytes of the table', () => {
    const { table } = vectors.crc8;
    expect(table.map(({ length }) => lengthCheckByte(Number(length)))).toEqual(table.map(({ crc8 }) => Number(crc8)));
  });

  it('accepts every captured and computed control frame of a host without a violation', () => {
    const allowed = /^(BURN_ONE|GET_BURN_STATUS|SYS_RST|FLASH_ERASE|READ_MEM)/;
    const frames = vectors.frames.filter(
      ({ stage, direction, name }) =>
        stage === 'LPC' && direction === 'host_to_device' && allowed.test(name) && !name.includes('never EC618'),
    );
    expect(frames.length).toBeGreaterThan(7);
    for (const { hex } of frames) {
      const bench = inAgent();
      expect(bench.ask(bytesOf(hex)).readUInt8(4)).toBe(0);
      expect(bench.violations).toEqual([]);
    }
  });
});

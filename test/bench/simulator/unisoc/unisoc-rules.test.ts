// What each stage of the simulated UNISOC boards refuses, drops or dies of: one rule of the reference per test.
import { describe, expect, it } from 'vitest';
import { instant, realistic } from '../../../../src/bench/simulator/time-model.ts';
import { norFdlStartDeletes } from '../../../../src/bench/simulator/unisoc/module-storage.ts';
import {
  type BenchTop,
  fixedNv,
  inBslRom,
  inFdl1,
  inFdl2,
  inLoader,
  inNorFdl,
  inRom,
  type LastLoader,
  load,
  loadFdl1,
  readAt,
  readNv,
} from './bench-top.ts';
import {
  arc,
  bytesOf,
  fdl,
  flagByte,
  madeUp,
  none,
  nvBlob,
  nvItemsOf,
  op,
  pdl,
  pdlAck,
  rom,
  u32,
  wrapped,
} from './host-frames.ts';

const flash = 0x60100000;
const loaders: readonly LastLoader[] = ['FDL2', 'NORFDL'];
const isDead = (bench: BenchTop): boolean => bench.code(fdl(op.connect)) === -1 && bench.ask(flagByte).length === 0;
const backedUp = (bench: BenchTop): BenchTop => {
  readNv(bench);
  return bench;
};
const start = (address: number, size: number): Buffer => fdl(op.start, u32(address, size));
const erase = (address: number, size: number): Buffer => fdl(op.erase, u32(address, size));
const status = (reply: Buffer): number => {
  expect(reply.subarray(0, 8)).toEqual(bytesOf('ae 04 00 00 00 ee 00 00'));
  return reply.readUInt32LE(8);
};
/** Digest of a region of the report. */
const region = (bench: BenchTop, name: string): string | undefined =>
  bench.board.report().regions.find((part) => part.name === name)?.sha256;

describe('the PDL ROM', () => {
  it('takes header, tag and data as three writes or as one stream cut anywhere', () => {
    const bench = inRom('EC600U');
    const wire = pdl(4, 0x8000c0, 64, Buffer.from('PDL1\0'));
    for (const piece of [wire.subarray(0, 8), wire.subarray(8, 20)]) expect(bench.ask(piece)).toEqual(none);
    expect(bench.ask(wire.subarray(20))).toEqual(pdlAck);
    const answers = [...Buffer.concat([wire, pdl(0)])].map((byte) => bench.ask(Buffer.from([byte])));
    expect(Buffer.concat(answers)).toEqual(Buffer.concat([pdlAck, pdlAck]));
    expect(bench.violations).toEqual([]);
  });

  it.each([
    ['another flow byte', 'ae 0c 00 00 00 fe 00 00', 'PDL: a header with flow 0xFE and length 12'],
    ['a length below 4', 'ae 03 00 00 00 ff 00 00', 'PDL: a header with flow 0xFF and length 3'],
    ['a length above 2060', 'ae 0d 08 00 00 ff 00 00', 'PDL: a header with flow 0xFF and length 2061'],
    ['another first byte', '7e', 'PDL: 1 bytes that begin no header'],
  ])('drops a header with %s without a word', (_, text, violation) => {
    const bench = inRom('EC600U');
    expect(bench.ask(bytesOf(text))).toEqual(none);
    expect(bench.ask(pdl(0))).toEqual(pdlAck);
    expect(bench.violations).toEqual([violation]);
  });

  it('takes the longest payload', () => {
    const bench = inRom('EC600U');
    bench.ask(pdl(4, 0x8000c0, 2048));
    expect(bench.ask(pdl(5, 0, 2048, madeUp(2048)))).toEqual(pdlAck);
  });

  it.each([
    ['START at another address', [pdl(4, 0x810000, 64)], 3],
    ['START of more than 0xFF40 bytes', [pdl(4, 0x8000c0, 0xff41)], 6],
    ['MID without START', [pdl(5, 0, 4, madeUp(4))], 1],
    ['MID whose size is not that of its data', [pdl(4, 0x8000c0, 64), pdl(5, 0, 8, madeUp(4))], 6],
    ['MID of more than START said', [pdl(4, 0x8000c0, 4), pdl(5, 0, 8, madeUp(8))], 6],
    ['END before the last byte', [pdl(4, 0x8000c0, 8), pdl(5, 0, 4, madeUp(4)), pdl(6)], 6],
    ['EXEC without a complete loader', [pdl(4, 0x8000c0, 8), pdl(7)], 8],
    ['an unknown command', [pdl(9)], 1],
  ])('refuses %s', (_, requests, expected) => {
    const bench = inRom('EC600U');
    const replies = requests.map((request) => bench.ask(request));
    expect(status(replies.at(-1) ?? none)).toBe(expected);
    expect(bench.violations).toHaveLength(1);
  });

  it('stores at the received count, whatever the block index says, and notes a wrong one', () => {
    const bench = inRom('EC600U');
    bench.ask(pdl(4, 0x8000c0, 8));
    expect(bench.ask(pdl(5, 7, 4, madeUp(4)))).toEqual(pdlAck);
    expect(bench.ask(pdl(5, 1, 4, madeUp(4)))).toEqual(pdlAck);
    expect(bench.ask(pdl(6))).toEqual(pdlAck);
    expect(bench.violations).toEqual(['PDL: MID of index 7 in place of 0']);
  });

  it('begins the download again with START', () => {
    const bench = inRom('EC600U');
    bench.ask(Buffer.concat([pdl(4, 0x8000c0, 8), pdl(5, 0, 8, madeUp(8)), pdl(4, 0x8000c0, 4)]));
    expect(bench.ask(pdl(5, 0, 4, madeUp(4)))).toEqual(pdlAck);
  });

  it('says nothing to EXEC: the loader runs', () => {
    const bench = loadFdl1(inRom('EC200U'));
    expect(bench.ask(none)).toEqual(none);
    expect(bench.ask(flagByte).readUInt16BE(1)).toBe(0x81);
    expect(bench.violations).toEqual([]);
  });
});

describe('FDL1', () => {
  it('says VER to the first flag and nothing to more', () => {
    const bench = loadFdl1(inRom('EC600U'));
    expect(bench.writes(Buffer.concat([flagByte, flagByte, flagByte]))).toHaveLength(1);
    expect(bench.code(fdl(op.connect))).toBe(0x80);
  });

  it('hears no frame before the flag that opens it', () => {
    const bench = loadFdl1(inRom('EC600U'));
    expect(bench.ask(fdl(op.connect).subarray(1, -1))).toEqual(none);
  });

  it.each([
    ['START at another address', [start(0x800000, 64)], 0x89],
    ['START of more than 0x30000 bytes', [start(0x810000, 0x30002)], 0x8a],
    ['MIDST without START', [fdl(op.midst, madeUp(4))], 0x86],
    ['MIDST of more than START said', [start(0x810000, 4), fdl(op.midst, madeUp(6))], 0x8a],
    ['END before the last byte', [start(0x810000, 4), fdl(op.end)], 0x8a],
    ['EXEC without a complete loader', [fdl(op.exec)], -1],
    ['NORMAL_RESET, which it does not know', [fdl(op.reset)], -1],
    ['a frame with a wrong check', [wrapped(bytesOf('00 00 00 00 ff fe'))], -1],
    ['a frame under the check of the 8850 ROM', [rom(op.connect)], -1],
  ])('dies of %s until the power goes', (_, frames, expected) => {
    const bench = inFdl1();
    const codes = frames.map((frame) => bench.code(frame));
    expect(codes.at(-1)).toBe(expected);
    expect(isDead(bench)).toBe(true);
    expect(bench.violations).toHaveLength(1);
    expect(bench.present).not.toBeNull();
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.present?.mode).toBe('normal');
  });

  it('clears the count with START', () => {
    const bench = inFdl1();
    for (const frame of [start(0x810000, 8), fdl(op.midst, madeUp(8)), start(0x810000, 4)]) expect(bench.code(frame)).toBe(0x80);
    expect(bench.code(fdl(op.midst, madeUp(4)))).toBe(0x80);
  });

  it('does not answer EXEC: the ACK is the one FDL2 sends at its start', async () => {
    const bench = inFdl1({
      time: { ...instant, loaderStartMs: 100 },
    });
    await bench.clock.advance(200);
    bench.ask(flagByte);
    bench.ask(fdl(op.connect));
    load(bench, fdl, 0x810000, madeUp(64));
    expect(bench.ask(fdl(op.exec))).toEqual(none);
    await bench.clock.advance(200);
    expect(bench.code(none)).toBe(0x80);
  });
});

describe('the ROM of the 8850', () => {
  it('wants three flags in a row; anything between them starts the count again', () => {
    const bench = inRom('EC800G');
    expect(bench.ask(bytesOf('7e 7e 00 7e 7e'))).toEqual(none);
    expect(bench.ask(flagByte).readUInt16BE(1)).toBe(0x81);
  });

  it('can want one only', () => {
    expect(inRom('EC800G', { romFlags: 1 }).ask(flagByte).readUInt16BE(1)).toBe(0x81);
  });

  const refusals: readonly (readonly [string, readonly Buffer[], number])[] = [
    ['START at another address', [rom(op.start, u32(0x810000, 0x1000))], 0x82],
    ['START of more than 0x14000 bytes', [rom(op.start, u32(0x50800000, 0x14002))], 0x82],
    ['START of less than an image header', [rom(op.start, u32(0x50800000, 0xfe))], 0x82],
    ['a second START', [rom(op.start, u32(0x50800000, 0x100)), rom(op.start, u32(0x50800000, 0x100))], 0x82],
    ['MIDST without START', [rom(op.midst, madeUp(8))], 0x82],
    ['MIDST of more than START said', [rom(op.start, u32(0x50800000, 0x100)), rom(op.midst, madeUp(0x102))], 0x82],
    ['END before the last byte', [rom(op.start, u32(0x50800000, 0x100)), rom(op.end)], 0x82],
    ['EXEC without a complete loader', [rom(op.exec)], 0x8b],
    ['a command of the loaders', [rom(op.erase, u32(0x60000000, 0x1000))], 0x83],
    ['a wrong CRC', [fdl(op.connect)], 0x8b],
    ['a size field that is not that of the frame', [wrapped(bytesOf('00 00 00 01 00 00'))], 0x8b],
  ];
  it.each(refusals)('refuses %s and lives on', (_, frames, expected) => {
    const bench = inBslRom();
    expect(frames.map((frame) => bench.code(frame)).at(-1)).toBe(expected);
    expect(bench.code(rom(op.connect))).toBe(0x80);
    expect(bench.violations).toHaveLength(1);
  });

  it('does not take the data of a frame with a wrong CRC: it may be sent again', () => {
    const bench = inBslRom();
    bench.ask(rom(op.start, u32(0x50800000, 0x100)));
    const wire = rom(op.midst, madeUp(0x100));
    const damaged = Buffer.from(wire);
    damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20);
    expect([damaged, wire, rom(op.end)].map((frame) => bench.code(frame))).toEqual([0x8b, 0x80, 0x80]);
  });

  it('does not clear the count with START: a second download in one session cannot end', () => {
    const bench = inBslRom();
    expect(load(bench, rom, 0x50800000, madeUp(0x200), 0x100)).toBe(0x80);
    bench.ask(rom(op.connect));
    expect(bench.code(rom(op.start, u32(0x50800000, 0x200)))).toBe(0x80);
    expect(bench.code(rom(op.midst, madeUp(0x100)))).toBe(0x82);
    expect(bench.code(rom(op.end))).toBe(0x80);
  });

  it('drops a frame that its input does not hold', () => {
    const bench = inBslRom();
    expect(bench.code(rom(op.midst, madeUp(0x40c)))).toBe(-1);
    expect(bench.violations).toEqual(['ROM: a frame of more than 1040 bytes']);
  });
});

describe('the start of the NORFDL', () => {
  it('deletes the files of its list and nothing else', () => {
    const before = inRom('EC800G').board;
    const after = inNorFdl().board;
    const paths = (board: typeof before): readonly string[] =>
      Object.entries(board.storage.fileSystems).flatMap(([name, files]) => files.paths().map((path) => `${name}/${path}`));
    const gone = paths(before).filter((path) => !paths(after).includes(path));
    expect(gone.sort()).toEqual(norFdlStartDeletes.map(({ fileSystem, path }) => `${fileSystem}/${path}`).sort());
    const unchanged = (board: typeof before): unknown => {
      const { regions, nv, phaseCheckSha256, revision } = board.report();
      return [
        regions.filter(({ name }) => !['/sys', '/modem'].includes(name)),
        nv.map(({ after: now }) => now),
        phaseCheckSha256,
        revision,
      ];
    };
    expect(unchanged(after)).toEqual(unchanged(before));
  });

  it('wants three flags in a row before its version', () => {
    const bench = inBslRom();
    load(bench, rom, 0x50800000, madeUp(0x100), 0x100);
    expect(bench.code(rom(op.exec))).toBe(0x80);
    expect(bench.ask(Buffer.concat([flagByte, flagByte, Buffer.from([0]), flagByte, flagByte]))).toEqual(none);
    expect(bench.code(flagByte)).toBe(0x81);
  });
});

describe.each(loaders)('%s', (name) => {
  it.each([
    ['MIDST without START', [fdl(op.midst, madeUp(4))], 0x86],
    ['END without START', [fdl(op.end)], 0x86],
    ['MIDST of more than START said', [start(flash, 4), fdl(op.midst, madeUp(6))], 0x8a],
    ['END before the last byte', [start(flash, 4), fdl(op.end)], 0x8a],
    ['START outside flash', [start(0x50000000, 4)], 0x89],
    ['START that reaches past the end of flash', [start(0x607ff000, 0x1002)], 0x89],
    ['START at a logical address that takes no data', [start(0xfe000006, 4)], 0x89],
    ['START of no bytes', [start(flash, 0)], 0x8a],
    ['START with another payload', [fdl(op.start, u32(flash))], 0x82],
    ['ERASE outside flash', [erase(0x50000000, 0x1000)], 0x89],
    ['ERASE at a logical address that is not erased', [erase(0xfe000003, 0)], 0x89],
    ['a format of an unknown block device', [erase(0xfe000006, 0x11223344)], 0x89],
    ['READ of more than 0x3000 bytes', [fdl(op.read, u32(flash, 0x3002, 0))], 0x82],
    ['READ outside flash', [fdl(op.read, u32(0x50000000, 8, 0))], 0x89],
    ['EXEC', [fdl(op.exec)], 0x82],
    ['an unknown command', [fdl(0x55)], 0x82],
  ])('refuses %s', (_, frames, expected) => {
    const bench = backedUp(inLoader(name));
    expect(frames.map((frame) => bench.code(frame)).at(-1)).toBe(expected);
    expect(bench.violations).toHaveLength(1);
    expect(bench.code(fdl(op.connect))).toBe(0x80);
  });

  it('dies of a wrong check until the power goes', () => {
    const bench = inLoader(name);
    expect(bench.code(wrapped(bytesOf('00 00 00 00 ff fe')))).toBe(-1);
    expect(isDead(bench)).toBe(true);
    expect(bench.violations).toEqual([`${name}: a wrong check or size`]);
  });

  it('dies of more bytes than its receive buffer holds while it works', async () => {
    const bench = inLoader(name);
    const busy = inLoader(name, { time: { ...realistic, enumerationMs: 0, loaderStartMs: 0, turnaroundMs: 0 } });
    for (const board of [bench, busy]) board.ask(start(flash, 0x8000));
    for (const board of [bench, busy]) for (let i = 0; i < 3; i++) board.ask(fdl(op.midst, madeUp(0x1000)));
    expect(bench.violations).toEqual([]);
    await busy.clock.run();
    expect(isDead(busy)).toBe(true);
    expect(busy.violations).toEqual(['8208 bytes before the reply to the last command']);
  });

  it('counts data before it answers: a block sent again after a lost reply shifts all that follows', () => {
    const bench = inLoader(name, { faults: [{ kind: 'dropReply', when: { command: `${name} MIDST_DATA` } }] });
    bench.ask(start(flash, 8));
    expect(bench.code(fdl(op.midst, madeUp(4)))).toBe(-1);
    expect([madeUp(4), madeUp(4, 2)].map((block) => bench.code(fdl(op.midst, block)))).toEqual([0x80, 0x8a]);
    expect(bench.code(fdl(op.end))).toBe(0x80);
    expect(readAt(bench, flash, 8)).toEqual(Buffer.concat([madeUp(4), madeUp(4)]));
  });

  it('begins a file again with START, which clears the count', () => {
    const bench = inLoader(name);
    bench.ask(start(flash, 8));
    bench.ask(fdl(op.midst, madeUp(4)));
    expect(load(bench, fdl, flash, madeUp(8, 3))).toBe(0x80);
    expect(readAt(bench, flash, 8)).toEqual(madeUp(8, 3));
  });

  it('erases at START, in whole sectors', () => {
    const bench = inLoader(name);
    load(bench, fdl, flash, madeUp(0x2000));
    bench.ask(start(flash, 4));
    expect(readAt(bench, flash, 0x1000)?.every((byte) => byte === 0xff)).toBe(true);
    expect(readAt(bench, flash + 0x1000, 0x1000)).toEqual(madeUp(0x2000).subarray(0x1000));
  });

  it('reads flash at the address, ignores the offset and notes it', () => {
    const bench = inLoader(name);
    load(bench, fdl, flash, madeUp(16));
    expect(readAt(bench, flash, 8, 8)).toEqual(madeUp(16).subarray(0, 8));
    expect(bench.violations).toEqual([`${name}: READ_FLASH of flash with an offset, which is ignored`]);
  });

  it('notes a file and a block of an odd size', () => {
    const bench = inLoader(name);
    load(bench, fdl, flash, madeUp(3));
    expect(bench.violations).toEqual([`${name}: START_DATA of an odd size`, `${name}: MIDST_DATA of an odd size`]);
  });

  it('notes an erase and a write of NV that come before the NV was read whole', () => {
    const bench = inLoader(name);
    for (let at = 0; at < 0x1e000; at += 0x3000) readAt(bench, fixedNv, 0x3000, at);
    bench.ask(erase(0xfe000001, 0));
    bench.ask(start(fixedNv, 0x1000));
    expect(bench.violations).toEqual([
      `${name}: ERASE_FLASH at 0xFE000001 before the NV was read`,
      `${name}: START_DATA at 0xFE000003 before the NV was read`,
    ]);
  });

  it('serves a later NV offset from the work buffer, which another READ or a START spoils', () => {
    for (const spoiler of [start(flash, 8), fdl(op.read, u32(flash, 8, 0))]) {
      const bench = inLoader(name);
      readAt(bench, fixedNv, 0x3000, 0);
      bench.ask(spoiler);
      expect(readAt(bench, fixedNv, 0x3000, 0x3000)?.every((byte) => byte === 0)).toBe(true);
      expect(bench.violations).toEqual([`${name}: NV read at offset 0x3000 after the work buffer was used for something else`]);
    }
  });

  it('gives a short last part of the NV, and 82 from its end on', () => {
    const bench = inLoader(name);
    expect(readNv(bench, 0x1e000).length).toBe(0x1e000);
    expect(readAt(bench, fixedNv, 0x3000, 0x1e000)?.length).toBe(0x2000);
    expect(bench.code(fdl(op.read, u32(fixedNv, 0x3000, 0x20000)))).toBe(0x82);
    expect(bench.violations).toEqual([]);
  });

  it('notes a PhaseCheck that is written, and refuses one of another size', () => {
    const bench = backedUp(inLoader(name));
    const before = bench.board.report().phaseCheckSha256;
    expect(bench.code(start(0xfe000002, 0x80))).toBe(0x8a);
    expect(load(bench, fdl, 0xfe000002, madeUp(0x100))).toBe(0x80);
    expect(bench.board.report().phaseCheckSha256).not.toBe(before);
    expect(bench.violations.filter((text) => text === `${name}: PhaseCheck written`)).toHaveLength(2);
  });

  it('erases the running NV, deletes the appimg file and formats a file system by its block name', () => {
    const bench = backedUp(inLoader(name));
    const sys = bench.board.storage.fileSystems.sys;
    expect(bench.code(erase(0xfe000001, 0))).toBe(0x80);
    expect(sys?.paths('nv/running/')).toEqual([]);
    expect(bench.code(erase(0xfe000005, 0))).toBe(0x80);
    expect(sys?.paths('appimg/')).toEqual([]);
    expect(bench.code(erase(0xfe000006, 0x54584546))).toBe(0x80);
    expect(bench.board.storage.fileSystems.ext?.paths()).toEqual([]);
    expect(sys?.paths()).toContain('usr/main.py');
    expect(bench.violations).toEqual([]);
  });

  it('leaves the bus at POWER_OFF and comes back with power', () => {
    const bench = inLoader(name);
    expect(bench.code(fdl(0x17))).toBe(0x80);
    expect(bench.present).toBeNull();
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.present?.mode).toBe('normal');
  });

  it('sends each reply in one write', () => {
    const bench = inLoader(name);
    const writes = bench.writes(Buffer.concat([fdl(op.connect), fdl(op.read, u32(flash, 0x3000, 0)), fdl(op.connect)]));
    expect(writes.map((bytes) => [bytes.at(0), bytes.at(-1)])).toEqual(Array(3).fill([0x7e, 0x7e]));
  });
});

describe('what the two chips do otherwise', () => {
  it('the 8910 formats a file system that does not mount at the first command that may', () => {
    for (const frame of [
      start(0xfe000002, 0x100),
      start(fixedNv, 8),
      start(0xfe000004, 8),
      erase(0xfe000001, 0),
      erase(0xfe000005, 0),
    ]) {
      const bench = inFdl2({ damagedFileSystems: ['factory'] });
      const before = region(bench, '/factory');
      expect(bench.code(frame)).toBe(0x80);
      expect(region(bench, '/factory')).not.toBe(before);
      expect(bench.board.report().imeiInNv).toBeNull();
    }
  });

  it('the 8850 formats at START of PhaseCheck and NV only, and answers 96 elsewhere', () => {
    for (const frame of [start(0xfe000002, 0x100), start(fixedNv, 8)]) {
      expect(inNorFdl({ damagedFileSystems: ['factory'] }).code(frame)).toBe(0x80);
    }
    for (const frame of [
      start(0xfe000004, 8),
      erase(0xfe000001, 0),
      erase(0xfe000005, 0),
      fdl(op.read, u32(fixedNv, 0x3000, 0)),
    ]) {
      const bench = inNorFdl({ damagedFileSystems: ['factory'] });
      const before = region(bench, '/factory');
      expect(bench.code(frame)).toBe(0x96);
      expect(region(bench, '/factory')).toBe(before);
    }
  });

  it('the 8850 keeps the SPL in memory until END', () => {
    const bench = inNorFdl();
    const before = region(bench, 'flash');
    bench.ask(start(0x60000000, 0x100));
    bench.ask(fdl(op.midst, madeUp(0x100)));
    expect(region(bench, 'flash')).toBe(before);
    expect(bench.code(fdl(op.end))).toBe(0x80);
    expect(readAt(bench, 0x60000000, 0x100)).toEqual(madeUp(0x100));
  });

  it('the 8910 writes its boot loader as it comes', () => {
    const bench = inFdl2();
    bench.ask(start(0x60000000, 0x100));
    expect(readAt(bench, 0x60000000, 0x100)?.every((byte) => byte === 0xff)).toBe(true);
  });

  it('an 8850 loader built for other models answers every ERASE with 97, START not', () => {
    const foreign = Buffer.concat([madeUp(0x1000), Buffer.from('EC600GCNLA\0EC600GCNLC\0')]);
    const bench = backedUp(inNorFdl({}, 'EC800G', foreign));
    const before = region(bench, 'flash');
    expect(bench.code(erase(0x60000000, 0xc000))).toBe(0x97);
    expect(bench.code(erase(0xfe000006, 0x444f4d46))).toBe(0x97);
    expect(region(bench, 'flash')).toBe(before);
    expect(bench.code(start(flash, 8))).toBe(0x80);
  });

  it('an 8850 loader that names the module erases', () => {
    const own = Buffer.concat([madeUp(0x1000), Buffer.from('EC800GCNLD\0EC800GCNGA\0')]);
    expect(backedUp(inNorFdl({}, 'EC800G', own)).code(erase(0x60000000, 0xc000))).toBe(0x80);
  });

  it('the 8910 has no modem file system to format', () => {
    expect(backedUp(inFdl2()).code(erase(0xfe000006, 0x444f4d46))).toBe(0x89);
    expect(backedUp(inNorFdl()).code(erase(0xfe000006, 0x444f4d46))).toBe(0x80);
  });

  it('the NORFDL tells a bad stream twice: the detail, then 8A', () => {
    const faults = [{ kind: 'nak', when: { command: 'NORFDL MIDST_DATA' }, errorCode: 0x84 }] as const;
    const bench = backedUp(inNorFdl({ faults }));
    bench.ask(start(0xfe000004, 8));
    expect(bench.writes(fdl(op.midst, madeUp(8))).map((reply) => reply.readUInt16BE(1))).toEqual([0x84, 0x8a]);
  });

  it('the factory area of the 8910 takes IMEI and calibration with it, and both ways in are noted', () => {
    for (const [frame, text] of [
      [start(0x607e0000, 0x1000), 'FDL2: the factory area overwritten'],
      [erase(0x607f0000, 0x1000), 'FDL2: the factory area erased'],
    ] as const) {
      const bench = backedUp(inFdl2());
      expect(bench.code(frame)).toBe(0x80);
      expect(bench.board.report().imeiInNv).toBeNull();
      expect(bench.violations).toEqual([text]);
    }
  });

  it.each([
    ['FDL2', true],
    ['NORFDL', false],
  ] as const)('erase of everything by %s keeps the fixed NV: %s', (name, keeps) => {
    const bench = backedUp(inLoader(name));
    const phaseCheck = bench.board.report().phaseCheckSha256;
    expect(bench.code(erase(0, 0xffffffff))).toBe(0x80);
    const report = bench.board.report();
    expect([report.imeiInNv !== null, report.boots, report.phaseCheckSha256]).toEqual([keeps, false, phaseCheck]);
    expect(report.violations).toEqual([`${name}: erase of everything`]);
  });
});

describe('a write of the NV', () => {
  const written = (bench: BenchTop, change: (items: Map<number, Uint8Array>) => void, size = 0x20000): number => {
    const items = new Map<number, Uint8Array>(nvItemsOf(readNv(bench)));
    change(items);
    return load(bench, fdl, fixedNv, nvBlob(items, size), 0x800, '00bbd911');
  };

  it.each(loaders)('by %s changes what is in the blob and leaves what is not', (name) => {
    const bench = inLoader(name);
    expect(
      written(bench, (items) => {
        items.set(0x259, madeUp(1484));
        for (const id of [0x1f0, 0x5, 0x26e]) items.delete(id);
      }),
    ).toBe(0x80);
    const changed = bench.board.report().nv.filter(({ before, after }) => before !== after);
    expect(changed.map(({ id }) => id)).toEqual(['0x259']);
    expect(bench.violations).toEqual([]);
  });

  it.each([0x5, 0x179, 0x186, 0x1e4, 0x2, 0x26d, 0x26e, 0x26f, 0x191])('with another value of item 0x%s is noted', (id) => {
    const bench = inFdl2();
    expect(written(bench, (items) => items.set(id, madeUp(items.get(id)?.length ?? 0)))).toBe(0x80);
    expect(bench.violations).toEqual([
      `FDL2: NV item 0x${id.toString(16).toUpperCase()} overwritten with other than the factory's value`,
    ]);
  });

  it('with a wrong CRC or an item past its end is refused with 84 and changes nothing', () => {
    const bench = inFdl2();
    const good = nvBlob(nvItemsOf(readNv(bench)), 0x20000);
    const stale = Buffer.from(good);
    stale.writeUInt16BE(stale.readUInt16BE(0) ^ 1, 0);
    const torn = nvBlob(new Map([[0x5, madeUp(0x20)]]), 0x40);
    torn.writeUInt16LE(0x100, 6);
    torn.writeUInt16BE(arc(torn.subarray(2)), 0);
    expect(load(bench, fdl, fixedNv, stale)).toBe(0x84);
    expect(load(bench, fdl, fixedNv, torn)).toBe(0x84);
    expect(bench.board.report().nv.every(({ before, after }) => before === after)).toBe(true);
  });

  it('of more than the fixed size is refused with 8A', () => {
    expect(backedUp(inFdl2()).code(start(fixedNv, 0x20002))).toBe(0x8a);
    expect(backedUp(inNorFdl()).code(start(fixedNv, 0x28000))).toBe(0x80);
    expect(backedUp(inNorFdl()).code(start(fixedNv, 0x28002))).toBe(0x8a);
  });

  it('reads back whole on the 8910, and as the written blob on the 8850', () => {
    const kept = (items: Map<number, Uint8Array>): void => {
      for (const id of items.keys()) if (id !== 0x5) items.delete(id);
    };
    const fdl2 = inFdl2();
    written(fdl2, kept, 0x1000);
    expect(readNv(fdl2).length).toBe(0x20000);
    expect(nvItemsOf(readNv(fdl2)).size).toBeGreaterThan(10);
    const norFdl = inNorFdl();
    written(norFdl, kept, 0x1000);
    expect(readNv(norFdl).length).toBe(0x1000);
    expect([...nvItemsOf(readNv(norFdl)).keys()]).toEqual([0x5]);
  });
});

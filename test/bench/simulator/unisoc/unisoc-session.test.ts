// Whole sessions with a simulated UNISOC board: the observed orders, boot from flash, AT side, USB ids, NV variants, faults.
import { describe, expect, it } from 'vitest';
import { buildBoard } from '../../../../src/bench/simulator/board-kinds.ts';
import type { BoardFault } from '../../../../src/bench/simulator/faults.ts';
import { SimulatedClock } from '../../../../src/bench/simulator/simulated-clock.ts';
import { instant } from '../../../../src/bench/simulator/time-model.ts';
import {
  application,
  BenchTop,
  factoryRevisions,
  fixedNv,
  inFdl1,
  inFdl2,
  inLoader,
  inNorFdl,
  inRom,
  type LastLoader,
  load,
  loadFdl1,
  readNv,
} from './bench-top.ts';
import { arc, fdl, flagByte, madeUp, none, nvBlob, nvItemsOf, op, rom, u32 } from './host-frames.ts';
import { golden } from './vectors.ts';

const loaders: readonly LastLoader[] = ['FDL2', 'NORFDL'];
const models = ['EC200U', 'EC600U', 'EC600G', 'EC800G'] as const;
const newRevision = 'EC600UCNLBR03A01M08_OCPU_QPY';
const ids = {
  '8910': { normal: [0x2c7c, 0x0901], download: [0x0525, 0xa4a7] },
  '8850': { normal: [0x2c7c, 0x0904], download: [0x1782, 0x4d16] },
} as const;
const chipOf = (model: string): keyof typeof ids => (model.endsWith('G') ? '8850' : '8910');

/** Sends a START of the vectors, then a file of the size it says, then END; every reply must be ACK. */
function file(bench: BenchTop, startName: string, content: Buffer): void {
  const start = golden(startName);
  expect([startName, bench.code(start)]).toEqual([startName, 0x80]);
  for (let at = 0; at < content.length; at += 0x800) bench.ask(fdl(op.midst, content.subarray(at, at + 0x800)));
  expect([startName, bench.code(fdl(op.end))]).toEqual([startName, 0x80]);
}

/** A template with other values for all but what the module must keep. */
function merged(bench: BenchTop): Buffer {
  const items = new Map<number, Uint8Array>(nvItemsOf(readNv(bench, 0x20000)));
  items.set(0x1ba, madeUp(268, 9));
  return nvBlob(items, 0x20000);
}

/** The 8910 order of §10.1 with the vectors' own frames. */
function flash8910(bench: BenchTop, revision: string): void {
  loadFdl1(bench);
  bench.ask(flagByte);
  bench.ask(golden('fdl-connect'));
  bench.ask(golden('fdl1-baud-115200'));
  bench.ask(golden('fdl1-start-fdl2'));
  const fdl2 = madeUp(0xc960);
  for (let at = 0; at < fdl2.length; at += 0x840) bench.ask(fdl(op.midst, fdl2.subarray(at, at + 0x840)));
  bench.ask(golden('fdl-end'));
  expect(bench.code(golden('fdl1-exec'))).toBe(0x80);
  const nv = merged(bench);
  file(bench, 'fdl2-start-bootloader', madeUp(0xbf40));
  file(bench, 'fdl2-start-ap', application(revision, 0x30d40));
  file(bench, 'fdl2-start-py-fs-u', madeUp(0xa000));
  file(bench, 'fdl2-start-ps', madeUp(0x10000));
  expect(bench.code(golden('erase-flash-running-nv'))).toBe(0x80);
  file(bench, 'fdl2-start-nv', nv);
  file(bench, 'fdl2-start-prepack', madeUp(0x4e));
  bench.ask(golden('fdl-reset'));
}

/** The 8850 order of §10.3, as a vendor's program was seen to send it: the SPL is erased before the NV is read. */
function flash8850(bench: BenchTop, revision: string, backsUpFirst: boolean): void {
  for (let i = 0; i < 3; i++) bench.ask(golden('check-baud-byte'));
  bench.ask(golden('rom-connect'));
  bench.ask(golden('rom-start-14000'));
  const loader = madeUp(0x14000);
  for (let at = 0; at < loader.length; at += 0x210) bench.ask(rom(op.midst, loader.subarray(at, at + 0x210)));
  bench.ask(golden('rom-end'));
  bench.ask(golden('rom-exec'));
  for (let i = 0; i < 3; i++) bench.ask(golden('check-baud-byte'));
  bench.ask(golden('fdl-connect'));
  if (backsUpFirst) readNv(bench, 0x20000);
  expect(bench.code(golden('erase-spl-example'))).toBe(0x80);
  const nv = merged(bench);
  expect(bench.code(golden('erase-fmt-fsmod'))).toBe(0x80);
  file(bench, 'fdl2-start-nv', nv);
  file(bench, 'norfdl-start-ap', application(revision, 0x30d40));
  file(bench, 'norfdl-start-cp', madeUp(0x54));
  file(bench, 'fdl2-start-prepack', madeUp(0x4e));
  expect(bench.code(golden('erase-flash-running-nv'))).toBe(0x80);
  file(bench, 'norfdl-start-spl', madeUp(0x6000));
  bench.ask(golden('fdl-reset'));
}

describe('the observed orders', () => {
  it('of the 8910 flash the board, and leave every kept item as it was', () => {
    const bench = inRom('EC600U');
    const before = bench.board.report();
    flash8910(bench, newRevision);
    const [report] = bench.resets;
    expect(report).toMatchObject({ clean: true, violations: [], boots: true, revision: newRevision, seed: 7 });
    expect(report?.commands).toEqual({
      'PDL CONNECT': 1,
      'PDL START': 1,
      'PDL MID': 7,
      'PDL END': 1,
      'PDL EXEC': 1,
      'FDL1 CHECK_BAUD': 1,
      'FDL1 CONNECT': 1,
      'FDL1 CHANGE_BAUD': 1,
      'FDL1 START_DATA': 1,
      'FDL1 MIDST_DATA': 25,
      'FDL1 END_DATA': 1,
      'FDL1 EXEC_DATA': 1,
      'FDL2 READ_FLASH': 11,
      'FDL2 START_DATA': 6,
      'FDL2 MIDST_DATA': 24 + 98 + 20 + 32 + 64 + 1,
      'FDL2 END_DATA': 6,
      'FDL2 ERASE_FLASH': 1,
      'FDL2 NORMAL_RESET': 1,
    });
    const after = bench.board.report();
    expect(after.nv.filter((item) => item.before !== item.after).map(({ id }) => id)).toEqual(['0x1BA']);
    expect([after.imeiInNv, after.phaseCheckSha256]).toEqual([before.imei, before.phaseCheckSha256]);
    expect(after.images.map(({ address, size }) => [address, size])).toEqual([
      ['0x60000000', 0xbf40],
      ['0x60010000', 0x30d40],
      ['0x604E0000', 0xa000],
      ['0x60560000', 0x10000],
      ['0xFE000004', 0x4e],
    ]);
    expect(bench.present).toMatchObject({ mode: 'normal', vendorId: 0x2c7c, productId: 0x0901 });
    expect(bench.at('AT+CGMR')).toContain(newRevision);
  });

  it('of the 8850 flash the board, but erase before the backup', () => {
    const bench = inRom('EC800G');
    flash8850(bench, newRevision.replace('EC600U', 'EC800G'), false);
    expect(bench.resets[0]).toMatchObject({
      boots: true,
      revision: 'EC800GCNLBR03A01M08_OCPU_QPY',
      violations: ['NORFDL: ERASE_FLASH at 0x60000000 before the NV was read'],
    });
    expect(bench.resets[0]?.commands).toMatchObject({ 'ROM CHECK_BAUD': 3, 'NORFDL CHECK_BAUD': 3, 'NORFDL READ_FLASH': 11 });
  });

  it('of the 8850 with the backup first are clean', () => {
    const bench = inRom('EC600G');
    flash8850(bench, newRevision.replace('EC600U', 'EC600G'), true);
    expect(bench.resets[0]).toMatchObject({ clean: true, violations: [] });
    expect(bench.at('AT+CGSN')).toContain(bench.board.identity.imei);
  });
});

describe('USB', () => {
  it.each(models)('%s has its ids and interfaces in both modes', (model) => {
    const bench = new BenchTop(model);
    bench.board.setPower(true);
    const { normal, download } = ids[chipOf(model)];
    expect([bench.present?.vendorId, bench.present?.productId]).toEqual(normal);
    expect(bench.present).toMatchObject({
      mode: 'normal',
      dialogueInterface: 2,
      interfaces: chipOf(model) === '8910' ? [2, 8] : [2],
    });
    bench.board.setPower(false);
    expect(bench.present).toBeNull();
    bench.board.setStrap(true);
    bench.board.setPower(true);
    expect([bench.present?.vendorId, bench.present?.productId]).toEqual(download);
    expect(bench.present).toMatchObject({ mode: 'download', dialogueInterface: 1, interfaces: [1] });
  });

  it.each(models)('%s leaves download mode when nobody speaks to it', async (model) => {
    const bench = inRom(model);
    await bench.clock.advance(9_999);
    expect(bench.present?.mode).toBe('download');
    await bench.clock.advance(1);
    expect(bench.present?.mode).toBe('normal');
  });

  it.each(['EC600U', 'EC800G'])('%s stays in download mode once it has answered', async (model) => {
    const bench = model === 'EC600U' ? inFdl1() : inNorFdl();
    await bench.clock.advance(60_000);
    expect(bench.present?.mode).toBe('download');
  });

  it('the REPL of the 8910 answers on interface 8', () => {
    const bench = new BenchTop('EC600U');
    bench.board.setPower(true);
    expect(bench.at('', 8)).toBe('\r\n>>> ');
  });
});

describe('AT', () => {
  it.each(models)('%s tells who it is', (model) => {
    const bench = new BenchTop(model);
    bench.board.setPower(true);
    expect(bench.at('ATI')).toContain(`\r\n${model}\r\nRevision: ${factoryRevisions[model]}\r\n`);
    expect(bench.at('AT+CGSN')).toContain('\r\n861234567890125\r\n');
    expect(bench.at('AT+EGMR=0,7')).toContain('+EGMR: "861234567890125"');
    expect(bench.at('AT+EGMR=0,5')).toContain('+EGMR: "D1Q240000000001"');
  });

  it.each(models)('%s goes to download mode with AT+QDOWNLOAD=1, and boots again after a power cycle', (model) => {
    const bench = new BenchTop(model);
    bench.board.setPower(true);
    expect(bench.at('at+QDownLOAD=1')).toContain('OK');
    expect(bench.present?.mode).toBe('download');
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.present?.mode).toBe('normal');
  });

  it('a board that refuses answers +CME ERROR: 4 and stays', () => {
    const bench = new BenchTop('EC800G', { at: { allowsDownload: false } });
    bench.board.setPower(true);
    expect(bench.at('AT+QDOWNLOAD=1')).toContain('+CME ERROR: 4');
    expect(bench.present?.mode).toBe('normal');
  });

  it('tells the IMEI that stands in the NV, and none when there is none', () => {
    const bench = new BenchTop('EC600U', { nv: 'missingImei' });
    bench.board.setPower(true);
    expect(bench.at('AT+CGSN')).toBe('AT+CGSN\r\r\nERROR\r\n');
  });
});

describe('boot from flash', () => {
  const powerCycled = (bench: BenchTop): BenchTop => {
    bench.board.setPower(false);
    bench.board.setPower(true);
    return bench;
  };
  const ap = { FDL2: 0x60010000, NORFDL: 0x60020000 } as const;

  it.each(loaders)('%s: an application that is not complete does not boot', (name) => {
    const bench = inLoader(name);
    bench.ask(fdl(op.start, u32(ap[name], 0x1000)));
    bench.ask(fdl(op.midst, madeUp(0x800)));
    expect(powerCycled(bench).present).toBeNull();
    expect(bench.board.report().bootProblem).toMatch(/^the image at 0x600[12]0000 is not complete$/);
  });

  it.each(loaders)('%s: an application that was erased does not boot', (name) => {
    const bench = inLoader(name);
    readNv(bench);
    bench.ask(fdl(op.erase, u32(ap[name], 0x2000)));
    expect(powerCycled(bench).present).toBeNull();
    expect(bench.board.report()).toMatchObject({ boots: false, bootProblem: 'the application image is missing', clean: false });
  });

  it.each(loaders)('%s: an image that another one runs into does not boot', (name) => {
    const bench = inLoader(name);
    load(bench, fdl, ap[name] + 0x1000, madeUp(0x1000));
    expect(bench.board.report().bootProblem).toMatch(/^the image at 0x600[12]0000 is damaged$/);
  });

  it('an erased SPL brings the 8850 back to download mode by itself; an erased boot loader leaves the 8910 dead', () => {
    const norFdl = inNorFdl();
    readNv(norFdl);
    norFdl.ask(golden('erase-spl-example'));
    expect(powerCycled(norFdl).present?.mode).toBe('download');
    expect(norFdl.board.report().bootProblem).toBe('SPL is missing');
    const fdl2 = inFdl2();
    readNv(fdl2);
    fdl2.ask(fdl(op.erase, u32(0x60000000, 0x10000)));
    expect(powerCycled(fdl2).present).toBeNull();
  });

  it('the revision is the one found in the image written last', () => {
    const bench = inFdl2();
    load(bench, fdl, 0x60250000, application('EC600UCNLBR09A09M08_OCPU', 0x4000));
    expect(bench.board.report().revision).toBe('EC600UCNLBR09A09M08_OCPU');
    load(bench, fdl, 0x60250000, madeUp(0x4000));
    expect(bench.board.report().revision).toBe(factoryRevisions['EC600U']);
  });
});

describe('a board with bad NV', () => {
  it('tells a blob whose CRC does not hold', () => {
    for (const name of loaders) {
      const blob = readNv(inLoader(name, { nv: 'badCrc' }));
      expect(blob.readUInt16BE(0)).not.toBe(arc(blob.subarray(2)));
      expect(nvItemsOf(blob).has(0x5)).toBe(true);
    }
    const good = readNv(inFdl2());
    expect(good.readUInt16BE(0)).toBe(arc(good.subarray(2)));
  });

  it('has no item 0x5, or a blank one', () => {
    const missing = nvItemsOf(readNv(inFdl2({ nv: 'missingImei' })));
    expect([missing.has(0x5), missing.has(0x179)]).toEqual([false, true]);
    expect(nvItemsOf(readNv(inNorFdl({ nv: 'blankImei' }))).get(0x5)).toEqual(Buffer.alloc(8, 0xff));
  });

  it('refuses to read it', () => {
    for (const name of loaders) expect(inLoader(name, { nv: 'readRefused' }).code(golden('fdl-read-nv-00000'))).toBe(0x84);
  });

  it('holds its IMEI as swapped decimal digits behind a type nibble A', () => {
    const items = nvItemsOf(readNv(inFdl2()));
    expect(items.get(0x5)?.toString('hex')).toBe('8a16325476981052');
    for (const id of [0x179, 0x186, 0x1e4]) expect(items.get(id)?.toString('hex')).toMatch(/^8a\d6\d{12}$/);
    expect(items.get(0x26e)?.length).toBe(32768);
  });
});

describe('faults', () => {
  const when = (command: string, count = 1): { command: string; count: number } => ({ command, count });
  const script = (fault: BoardFault): { faults: readonly BoardFault[] } => ({ faults: [fault] });

  it('a pull strikes at the n-th command of any kind', () => {
    const bench = loadFdl1(inRom('EC600U', script({ kind: 'pull', when: { count: 5 } })));
    expect(bench.pulled).toBe(true);
    expect(bench.board.report().commands).toEqual({ 'PDL CONNECT': 1, 'PDL START': 1, 'PDL MID': 3 });
  });

  it('a stall lasts until the power goes', () => {
    const bench = inFdl2(script({ kind: 'stall', when: when('FDL2 CONNECT', 2) }));
    expect([bench.code(fdl(op.connect)), bench.code(fdl(op.connect)), bench.code(fdl(op.connect))]).toEqual([0x80, -1, -1]);
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.present?.mode).toBe('normal');
  });

  it('a NAK is the reply it names, and the command is not carried out', () => {
    const bench = inNorFdl(script({ kind: 'nak', when: when('NORFDL ERASE_FLASH'), errorCode: 0x97 }));
    expect(bench.ask(golden('erase-spl-example'))).toEqual(golden('reply-97'));
    expect(bench.board.report().boots).toBe(true);
    expect(inRom('EC600U', script({ kind: 'nak', when: when('PDL CONNECT'), errorCode: 3 })).ask(golden('pdl-connect'))).toEqual(
      golden('pdl-reply-error-3'),
    );
  });

  it.each([
    ['dropReply', []],
    ['duplicateReply', [golden('reply-80'), golden('reply-80')]],
    ['corruptReply', [Buffer.concat([golden('reply-80').subarray(0, -1), Buffer.from([0x7f])])]],
  ] as const)('%s changes the reply on the wire', (kind, writes) => {
    expect(inFdl2(script({ kind, when: when('FDL2 CONNECT') })).writes(fdl(op.connect))).toEqual(writes);
  });

  it('a fault of the reply to EXEC of FDL1 strikes the ACK that FDL2 sends', () => {
    const bench = inFdl1(script({ kind: 'dropReply', when: when('FDL1 EXEC_DATA') }));
    load(bench, fdl, 0x810000, madeUp(64));
    expect(bench.ask(golden('fdl1-exec'))).toEqual(none);
    expect(bench.code(fdl(op.connect))).toBe(0x80);
  });

  it('a dead cell is found by the read-back: 8B', () => {
    for (const name of loaders) {
      const bench = inLoader(name, script({ kind: 'deadCell', address: 0x60100001 }));
      expect(load(bench, fdl, 0x60100000, madeUp(8))).toBe(0x8b);
      expect(bench.board.report().boots).toBe(false);
    }
  });

  it('a board that does not boot, or does not come back, is off the bus after the reset', () => {
    for (const kind of ['doesNotBoot', 'noReenumeration'] as const) {
      const bench = inFdl2(script({ kind }));
      expect(bench.code(golden('fdl-reset'))).toBe(0x80);
      expect([bench.resets.length, bench.present]).toEqual([1, null]);
    }
  });

  it('a strap that stays closed brings it back in download mode', () => {
    const bench = inNorFdl(script({ kind: 'strapStaysClosed' }));
    bench.ask(golden('fdl-reset'));
    expect(bench.present?.mode).toBe('download');
  });

  it('wrong ids are those it shows', () => {
    const bench = inRom('EC600U', script({ kind: 'wrongIds', mode: 'download', vendorId: 0x1782, productId: 0x4d16 }));
    expect(bench.present).toMatchObject({ vendorId: 0x1782, productId: 0x4d16 });
  });

  it('a reset in the middle of a file is noted', () => {
    const bench = inFdl2();
    bench.ask(fdl(op.start, u32(0x60100000, 8)));
    bench.ask(golden('fdl-reset'));
    expect(bench.resets[0]).toMatchObject({ clean: false, violations: ['FDL2: NORMAL_RESET in the middle of a download'] });
  });
});

describe('a board of a seed', () => {
  it.each(models)('%s is the same board every time, and another for another seed', (model) => {
    const build = (seed: number): unknown => buildBoard(model, { clock: new SimulatedClock(), seed, lapseMs: null }).report();
    expect(build(3)).toEqual(build(3));
    expect(build(3)).not.toEqual(build(4));
    expect(build(3)).toMatchObject({ model, clean: true, boots: true, revision: factoryRevisions[model], destroyed: false });
  });

  it('gives the same report after the same session, as a JSON-able value', () => {
    const run = (): unknown => {
      const bench = inRom('EC600U', { seed: 11 });
      flash8910(bench, newRevision);
      return bench.resets[0];
    };
    const report = run();
    expect(run()).toEqual(report);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('takes its time where the time model says so', async () => {
    const bench = new BenchTop('EC600U', { time: { ...instant, enumerationMs: 350, bootMs: 3_500, atReadyMs: 1_200 } });
    bench.board.setPower(true);
    await bench.clock.advance(3_499);
    expect(bench.present).toBeNull();
    await bench.clock.advance(1);
    expect(bench.present?.mode).toBe('normal');
    expect(bench.at('AT')).toBe('');
    await bench.clock.advance(1_200);
    expect(bench.at('AT')).toContain('OK');
  });
});

describe('the NV of a new board', () => {
  it('differs from board to board in everything that makes a unit', () => {
    const items = (seed: number, imei: string): Map<number, Buffer> => {
      const identity = { model: 'EC600U', imei, sn: 'D1', revisionBefore: factoryRevisions['EC600U'] ?? '' };
      return nvItemsOf(readNv(inFdl2({ seed, identity })));
    };
    const [one, other] = [items(1, '861234567890125'), items(1, '861234567890133')];
    for (const id of [0x5, 0x179, 0x26e, 0x26f]) expect(one.get(id)?.equals(other.get(id) ?? none)).toBe(false);
    expect(fixedNv).toBe(0xfe000003);
  });
});

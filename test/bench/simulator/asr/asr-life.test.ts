// How an ASR board lives on its USB connector: modes and ids, the loop of the boot ROM, resets, power and AT.
import { describe, expect, it } from 'vitest';
import { buildBoard } from '../../../../src/bench/simulator/board-kinds.ts';
import { SimulatedClock } from '../../../../src/bench/simulator/simulated-clock.ts';
import { realistic } from '../../../../src/bench/simulator/time-model.ts';
import {
  AsrBench,
  applicationPiece,
  callTwice,
  chips,
  factoryRevision,
  inRom,
  inSession,
  readyToFlash,
  table,
} from './asr-bench.ts';
import { preamble, sparse, uabt } from './asr-host.ts';
import { greet } from './replay.ts';

const revision = 'EC800NCNLAR01A09M08_OCPU_QPY';
const powered = (options: ConstructorParameters<typeof AsrBench>[0] = {}): AsrBench => {
  const bench = new AsrBench(options);
  bench.board.setPower(true);
  return bench;
};
const identity = {
  model: 'EC800K',
  imei: '861234567890125',
  sn: 'D1Q240000000001',
  revisionBefore: 'EC800KCNLCR01A01M04_OCPU_QPY',
};

describe('modes', () => {
  it('shows AT on interface 3 and the REPL on 5 in normal mode', () => {
    const bench = powered();
    expect(bench.present).toMatchObject({ mode: 'normal', vendorId: 0x2c7c, productId: 0x6001, serialNumber: '0000' });
    expect(bench.present).toMatchObject({ interfaces: [2, 3, 4, 5], dialogueInterface: 3 });
    expect(bench.at('AT+CGMR')).toContain(factoryRevision);
    expect(bench.at('ATI')).toContain('EC800N');
    expect(bench.ask(Buffer.from('\r'), 5).toString()).toBe('\r\n>>> ');
  });

  it('shows CDC control and data in download mode, with the serial number that every module has', () => {
    expect(inRom().present).toEqual({
      mode: 'download',
      vendorId: 0x2ecc,
      productId: 0x3017,
      serialNumber: 'arom0123456789',
      interfaces: [0, 1],
      dialogueInterface: 1,
    });
  });

  it('answers on the control interface when it was spoken to there: both are one tty', () => {
    expect(inRom().ask(preamble, 0)).toEqual(uabt);
  });

  it('shows the other pair of ids where the model has it', () => {
    expect(inRom({ identity }).present).toMatchObject({ productId: 0x3004 });
    expect(powered({ identity }).present).toMatchObject({ productId: 0x6002 });
  });

  it('enters download mode by AT+QDOWNLOAD=1 and leaves it with its power', () => {
    const bench = powered();
    expect(bench.at('AT+QDOWNLOAD=1')).toContain('OK');
    expect(bench.enumerations.map((enumeration) => enumeration?.mode ?? null)).toEqual(['normal', null, 'download']);
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.present?.mode).toBe('normal');
  });

  it('stays in download mode while nobody speaks, unless told to lapse', async () => {
    const bench = inRom();
    await bench.clock.advance(600_000);
    expect(bench.present?.mode).toBe('download');
    const lapsing = inRom({ lapseMs: 10_000 });
    await lapsing.clock.advance(10_000);
    expect(lapsing.present?.mode).toBe('normal');
  });

  it('is built by name with the habits of an order', () => {
    const order = { clock: new SimulatedClock(), seed: 3, lapseMs: null };
    const board = buildBoard('EC800N', { ...order, asr: { bootRom: '2021.10.16' } });
    expect(board.identity).toMatchObject({ model: 'EC800N', revisionBefore: factoryRevision });
    expect(buildBoard('EC800N', order).identity).toEqual(board.identity);
  });
});

describe('the loop of the boot ROM', () => {
  it('comes and goes every half second while the application is empty', async () => {
    const bench = powered({ emptyApplication: true });
    expect(bench.board.report()).toMatchObject({ boots: false, bootProblem: 'customer_app is empty' });
    await bench.clock.advance(2_600);
    expect(bench.enumerations.map((enumeration) => enumeration?.mode ?? null)).toEqual([
      'download',
      null,
      'download',
      null,
      'download',
      null,
    ]);
  });

  it('hears no preamble in a deaf stay, and goes on as if nothing had been said', async () => {
    const bench = powered({ emptyApplication: true, deafStays: 1 });
    expect(bench.ask(preamble)).toHaveLength(0);
    await bench.clock.advance(600);
    expect(bench.present).toBeNull();
    await bench.clock.advance(500);
    expect(bench.ask(preamble).length).toBeGreaterThan(0);
    expect(bench.violations).toEqual([]);
  });

  it('ends with the first preamble, and a flashed application ends it for good', async () => {
    const bench = powered({ emptyApplication: true });
    await bench.clock.advance(1_100);
    greet(bench);
    await bench.clock.advance(5_000);
    expect(bench.present?.mode).toBe('download');
    callTwice(bench);
    for (const bytes of [chips, table]) {
      bench.download(bytes);
      bench.say('partition');
    }
    bench.flash('customer_app', applicationPiece(revision));
    bench.endSession();
    expect(bench.resets[0]).toMatchObject({ clean: true, revision });
    expect(bench.present?.mode).toBe('normal');
  });

  it('keeps the report of the last session while nobody speaks', async () => {
    const bench = powered({ emptyApplication: true });
    greet(bench);
    bench.endSession();
    await bench.clock.advance(3_000);
    expect(bench.board.report().commands).toMatchObject({ preamble: 1, reboot: 1, disconnect: 1 });
  });

  it('is where a module stays after reboot until its power is cycled, if it is of that kind', async () => {
    const bench = readyToFlash({ habits: { staysInRom: true } });
    bench.flash('customer_app', applicationPiece(revision));
    bench.endSession();
    expect(bench.resets[0]).toMatchObject({ boots: true, revision });
    await bench.clock.advance(10_000);
    expect(bench.enumerations.every((enumeration) => enumeration?.mode !== 'normal')).toBe(true);
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.at('AT+CGMR')).toContain(revision);
  });
});

describe('what boots', () => {
  const twoPieces = (): Buffer[] => [sparse(Buffer.alloc(4096, 1), 0, 2), sparse(Buffer.alloc(4096, 2), 1, 2)];
  const cut = (bench: AsrBench): void => {
    bench.board.setPower(false);
    bench.board.setPower(true);
  };

  it('not a board whose cp lacks a piece, until that came', () => {
    const [first, second] = twoPieces();
    const bench = readyToFlash();
    bench.flash('cp', first ?? Buffer.alloc(0));
    expect(bench.board.report()).toMatchObject({ clean: false, boots: false, bootProblem: 'cp is incomplete', images: [] });
    bench.flash('cp', second ?? Buffer.alloc(0));
    expect(bench.board.report()).toMatchObject({ clean: true, boots: true });
    expect(bench.partition('cp').subarray(0, 8192)).toEqual(Buffer.concat([Buffer.alloc(4096, 1), Buffer.alloc(4096, 2)]));
  });

  it('not a board that lost its power in the middle of an image, also not a session later', () => {
    const bench = readyToFlash();
    bench.flash('customer_app', twoPieces()[0] ?? Buffer.alloc(0));
    cut(bench);
    expect(bench.present?.mode).toBe('download');
    greet(bench);
    expect(bench.board.report()).toMatchObject({ boots: false, bootProblem: 'customer_app is incomplete' });
  });

  it('a board whose image was begun anew and came whole', () => {
    const [first, second] = twoPieces();
    const bench = readyToFlash();
    for (const piece of [first, first, second]) bench.flash('customer_app', piece ?? Buffer.alloc(0));
    expect(bench.board.report()).toMatchObject({ boots: true, revision: null });
  });

  it('not a board with a broken table at ptable, nor one without its boot loader', () => {
    const bench = readyToFlash();
    bench.flash('ptable', sparse(Buffer.alloc(2188, 7)));
    expect(bench.board.report().bootProblem).toBe('ptable: no BTPA');
    const other = readyToFlash();
    other.say('erase:bootloader');
    expect(other.board.report().bootProblem).toBe('bootloader is empty');
  });

  it('nothing after a reset where that is the fault, and the boot ROM loops', async () => {
    const bench = inSession({ faults: [{ kind: 'doesNotBoot' }] });
    bench.endSession();
    await bench.clock.advance(700);
    expect(bench.enumerations.slice(-3).map((enumeration) => enumeration?.mode ?? null)).toEqual([null, 'download', null]);
  });

  it('download mode again when the strap is still closed at the reset', () => {
    const bench = inSession({ faults: [{ kind: 'strapStaysClosed' }] });
    bench.endSession();
    expect(bench.present?.mode).toBe('download');
  });
});

describe('time', () => {
  it('passes for erasing and programming a piece, with heartbeats meanwhile', async () => {
    const bench = readyToFlash();
    const slow = inRom({ time: { ...realistic, enumerationMs: 0, turnaroundMs: 0, loaderStartMs: 0 } });
    greet(slow);
    callTwice(slow);
    for (const bytes of [chips, table]) {
      slow.download(bytes);
      slow.say('partition');
    }
    const piece = sparse(Buffer.alloc(0x100000 - 0x10000, 1));
    expect(bench.flash('cp', piece)).toEqual(['OKAY']);
    expect(slow.flash('cp', piece)).toEqual([]);
    await slow.clock.advance(2_000);
    expect(slow.heard().toString('hex')).toBe('7e7d25487e'.repeat(6));
    await slow.clock.advance(8_000);
    expect(slow.heard().toString('latin1')).toContain('OKAY');
  });
});

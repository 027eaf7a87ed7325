// The life of a simulated board: power, strap, lapse, boot from flash, AT, scripted faults.
import { describe, expect, it } from 'vitest';
import type { BoardFault } from '../../../src/bench/simulator/faults.ts';
import { realistic } from '../../../src/bench/simulator/time-model.ts';
import { apImage, BenchTop, burn, factoryRevision, inAgent, inRom, loadAgent } from './bench-top.ts';
import {
  echo,
  erase,
  getStatus,
  ids,
  imageHead,
  lpcFrame,
  madeUp,
  none,
  pair,
  resetWord,
  romFrame,
  systemReset,
  u32,
} from './host-frames.ts';

const revision = 'EC600ECNLCR02A01M08_OCPU_QPY_TEST';
const modes = ({ enumerations }: BenchTop): (string | null)[] => enumerations.map((enumeration) => enumeration?.mode ?? null);

function flashed(faults: readonly BoardFault[] = [], image = apImage(revision)): BenchTop {
  const bench = inAgent({ faults });
  burn(bench, ids.BL, 0, madeUp(0x5000));
  burn(bench, ids.AP, 0x24000, image);
  return bench;
}

function powered(options: ConstructorParameters<typeof BenchTop>[0] = {}): BenchTop {
  const bench = new BenchTop(options);
  bench.board.setPower(true);
  return bench;
}

describe('power and strap', () => {
  it('boots the factory image in normal mode with the strap open', () => {
    const bench = powered();
    expect(bench.present).toEqual({
      mode: 'normal',
      vendorId: 0x2c7c,
      productId: 0x0903,
      serialNumber: '0000',
      interfaces: [0, 1, 2, 3, 4, 5],
      dialogueInterface: 3,
    });
    expect(bench.board.report()).toMatchObject({ boots: true, revision: factoryRevision });
  });

  it('enters the ROM with the strap closed, on the interface of its profile', () => {
    expect(inRom({ downloadInterface: 1 }).present).toMatchObject({
      mode: 'download',
      vendorId: 0x17d1,
      productId: 0x0001,
      interfaces: [1],
    });
  });

  it('looks at the strap only when it starts', () => {
    const bench = powered();
    bench.board.setStrap(true);
    expect(bench.present?.mode).toBe('normal');
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(modes(bench)).toEqual(['normal', null, 'download']);
  });

  it('takes its time: enumeration, boot, AT', async () => {
    const bench = powered({ time: realistic });
    await bench.clock.run(realistic.bootMs - 1);
    expect(bench.present).toBeNull();
    await bench.clock.run(realistic.bootMs);
    expect(bench.present?.mode).toBe('normal');
    expect(bench.at('AT')).toBe('');
    await bench.clock.advance(realistic.atReadyMs);
    expect(bench.at('AT')).toContain('OK');
  });

  it('boots into ROM again after a reset with the strap still closed', () => {
    const bench = flashed();
    bench.board.setStrap(true);
    bench.ask(systemReset);
    expect(bench.present?.mode).toBe('download');
  });
});

describe('the lapse of download mode', () => {
  it('boots the board after 10 s without a handshake', async () => {
    const bench = inRom();
    await bench.clock.run(9_999);
    expect(bench.present?.mode).toBe('download');
    await bench.clock.run(10_000);
    expect(modes(bench)).toEqual(['download', null, 'normal']);
  });

  it('comes back to the ROM when the strap is still closed', async () => {
    const bench = inRom();
    bench.board.setStrap(true);
    await bench.clock.run(10_000);
    expect(modes(bench)).toEqual(['download', null, 'download']);
  });

  it('does not strike after a handshake', async () => {
    const bench = inRom();
    bench.ask(pair.rom);
    await bench.clock.run(60_000);
    expect(modes(bench)).toEqual(['download']);
  });

  it('can be left out, for a fixed serial path', async () => {
    const bench = inRom({ lapseMs: null });
    await bench.clock.run(3_600_000);
    expect(modes(bench)).toEqual(['download']);
  });
});

describe('boot from flash', () => {
  it('boots what was flashed and says its revision', () => {
    const bench = flashed();
    bench.ask(systemReset);
    expect(modes(bench)).toEqual(['download', null, 'normal']);
    expect(bench.at('ATI')).toBe(`ATI\r\r\nQuectel\r\nEC600E\r\nRevision: ${revision}\r\n\r\nOK\r\n`);
    expect(bench.resets[0]).toMatchObject({ clean: true, revision });
  });

  it('is mute after a break in the middle of an image, until it is flashed again', () => {
    const bench = inAgent();
    burn(bench, ids.AP, 0x24000, apImage(revision).subarray(0, 0x10000), imageHead(ids.AP, 0x24000, apImage(revision)));
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.present).toBeNull();
    expect(bench.board.report()).toMatchObject({ boots: false, clean: false, bootProblem: 'AP image does not match its head' });

    bench.board.setStrap(true);
    bench.board.setPower(false);
    bench.board.setPower(true);
    bench.board.setStrap(false);
    loadAgent(bench).ask(pair.lpc);
    burn(bench, ids.AP, 0x24000, apImage(revision));
    bench.ask(systemReset);
    expect(bench.at('AT+CGMR')).toContain(revision);
  });

  it.each([
    ['the BL head', 0x0, 'BL head is missing'],
    ['the AP head', 0x2000, 'AP head is missing'],
    ['the BL image', 0x4000, 'BL image does not match its head'],
    ['the AP image', 0x24000, 'AP image does not match its head'],
  ])('does not boot without %s', (_, offset, bootProblem) => {
    const bench = inAgent();
    bench.ask(erase(0x1000, 0x800000 + offset));
    expect(bench.board.report()).toMatchObject({ boots: false, bootProblem });
    bench.ask(systemReset);
    expect(bench.present).toBeNull();
  });

  it('does not boot an AP head with a wrong hash', () => {
    const head = imageHead(ids.AP, 0x24000, apImage(revision));
    head.writeUInt8(1, 0x50);
    const bench = inAgent();
    expect(burn(bench, ids.AP, 0x24000, apImage(revision), head)).toBe(0);
    expect(bench.board.report().bootProblem).toBe('AP head has a wrong hash');
  });

  it('boots without a CP image', () => {
    expect(flashed().board.report().boots).toBe(true);
  });

  it('answers no revision when the image has none', () => {
    const bench = flashed([], madeUp(0x3000));
    bench.ask(systemReset);
    expect(bench.at('AT+CGMR')).toBe('AT+CGMR\r\r\nERROR\r\n');
  });
});

describe('AT', () => {
  it.each([
    ['AT', '\r\nOK\r\n'],
    ['AT+CGMM', '\r\nEC600E\r\n\r\nOK\r\n'],
    ['AT+CGMR', `\r\n${factoryRevision}\r\n\r\nOK\r\n`],
    ['AT+GMR', `\r\n${factoryRevision}\r\n\r\nOK\r\n`],
    ['AT+QGMR', `\r\n${factoryRevision}\r\n\r\nOK\r\n`],
    ['AT+CGSN', '\r\n861234567890125\r\n\r\nOK\r\n'],
    ['AT+CGSN=1', '\r\n861234567890125\r\n\r\nOK\r\n'],
    ['AT+QGSN', '\r\n861234567890125\r\n\r\nOK\r\n'],
    ['AT+EGMR=0,7', '\r\n+EGMR: "861234567890125"\r\n\r\nOK\r\n'],
    ['AT+EGMR=0,5', '\r\n+EGMR: "D1Q240000000001"\r\n\r\nOK\r\n'],
    ['AT+QCCID', '\r\n+CME ERROR: 10\r\n'],
    ['AT+QDOWNLOAD=1', '\r\n+CME ERROR: 4\r\n'],
    ['AT+NONSENSE', '\r\nERROR\r\n'],
  ])('answers %s on both AT interfaces', (command, answer) => {
    const bench = powered();
    expect([bench.at(command, 3), bench.at(command, 2)]).toEqual([`${command}\r${answer}`, `${command}\r${answer}`]);
  });

  it('stops its echo on ATE0 and starts it on ATE1', () => {
    const bench = powered();
    bench.at('ATE0');
    expect(bench.at('AT')).toBe('\r\nOK\r\n');
    bench.at('ATE1');
    expect(bench.at('AT')).toBe('AT\r\r\nOK\r\n');
  });

  it('puts unsolicited lines into the middle of its answers', () => {
    const bench = powered({ at: { echo: false, unsolicited: ['+QIND: SMS DONE', '+CREG: 2'] } });
    expect(bench.at('AT+CGMM')).toBe('\r\nEC600E\r\n\r\n+QIND: SMS DONE\r\n\r\nOK\r\n');
    expect(bench.at('AT')).toBe('\r\n+CREG: 2\r\n\r\nOK\r\n');
  });

  it('can be slow, silent, or say no', async () => {
    const slow = powered({ at: { answerDelayMs: 700 } });
    expect(slow.at('AT')).toBe('AT\r');
    await slow.clock.advance(700);
    expect(slow.heard().toString()).toBe('\r\nOK\r\n');
    expect(powered({ at: { silent: true } }).at('ATI')).toBe('');
    expect(powered({ at: { errors: { 'AT+CGMM': 'ERROR' } } }).at('AT+CGMM')).toBe('AT+CGMM\r\r\nERROR\r\n');
  });

  it('speaks on the REPL interface unless a script keeps it busy, and nowhere else', () => {
    const bench = powered();
    expect(bench.at('print(1)', 5)).toBe('\r\n>>> ');
    for (const silent of [0, 1, 4]) expect(bench.at('ATI', silent)).toBe('');
    expect(powered({ at: { repl: 'busy' } }).at('print(1)', 5)).toBe('');
  });

  it('enters download mode on AT+QDOWNLOAD=1 where the board allows it', () => {
    const bench = powered({ at: { allowsDownload: true } });
    expect(bench.at('AT+QDOWNLOAD=1')).toContain('OK');
    expect(modes(bench)).toEqual(['normal', null, 'download']);
    expect(bench.ask(pair.rom)).toEqual(echo.rom);
  });
});

describe('scripted faults', () => {
  it('pulls the board at a command', () => {
    const bench = inRom({ faults: [{ kind: 'pull', when: { command: 'DLBOOT DATA_HEAD' } }] });
    bench.ask(pair.rom);
    expect(bench.pulled).toBe(false);
    expect(bench.ask(romFrame(0x31, u32(272)))).toEqual(none);
    expect(bench.pulled).toBe(true);
  });

  it('pulls the board at a time', async () => {
    const bench = inRom({ faults: [{ kind: 'pull', when: { afterMs: 500 } }] });
    await bench.clock.run(499);
    expect(bench.pulled).toBe(false);
    await bench.clock.run(500);
    expect(bench.pulled).toBe(true);
  });

  it('hangs at the n-th command of any kind and stays on the bus until its power goes', async () => {
    const bench = inRom({ faults: [{ kind: 'stall', when: { count: 2 } }] });
    expect(bench.ask(pair.rom)).toEqual(echo.rom);
    expect(bench.ask(romFrame(0x20))).toEqual(none);
    expect(bench.ask(pair.rom)).toEqual(none);
    await bench.clock.advance(60_000);
    expect(modes(bench)).toEqual(['download']);
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.at('AT')).toContain('OK');
  });

  it('answers the command but takes no byte after it', () => {
    const bench = inRom({ faults: [{ kind: 'stopReading', when: { command: 'DLBOOT sync' } }] });
    expect([bench.ask(pair.rom), bench.reads]).toEqual([echo.rom, false]);
  });

  it('refuses one command with a code, and a sync with the reset word', () => {
    const bench = inAgent({
      faults: [
        { kind: 'nak', when: { command: 'LPC FLASH_ERASE' }, errorCode: 0x32 },
        { kind: 'nak', when: { command: 'LPC sync', count: 2 }, errorCode: 0 },
      ],
    });
    expect(bench.ask(erase(0x1000, 0x800000)).readUInt32LE(6)).toBe(0x32);
    expect(bench.ask(erase(0x1000, 0x800000)).readUInt8(4)).toBe(0);
    expect(bench.ask(pair.lpc)).toEqual(resetWord);
    expect(bench.ask(pair.lpc)).toEqual(echo.lpc);
  });

  it('drops, doubles or corrupts one reply on the wire', () => {
    const read = lpcFrame(0x21, u32(4, 0x800000));
    const withFault = (kind: 'dropReply' | 'duplicateReply' | 'corruptReply'): BenchTop =>
      inAgent({ faults: [{ kind, when: { command: 'LPC READ_MEM' } }] });
    const good = inAgent().ask(read);
    expect(withFault('dropReply').ask(read)).toEqual(none);
    expect(withFault('duplicateReply').ask(read)).toEqual(Buffer.concat([good, good]));
    const corrupt = withFault('corruptReply');
    expect(corrupt.ask(read)).not.toEqual(good);
    expect(corrupt.ask(read)).toEqual(good);
  });

  it('lies about one status', () => {
    const bench = inAgent({ faults: [{ kind: 'lyingStatus', status: 0, count: 1 }] });
    burn(bench, ids.AP, 0x24001, madeUp(0x1000));
    expect(bench.ask(getStatus).readUInt32LE(6)).toBe(1);
    const liar = inAgent({ faults: [{ kind: 'lyingStatus', status: 0 }] });
    expect(burn(liar, ids.AP, 0x24001, madeUp(0x1000))).toBe(0);
    expect(liar.board.report().clean).toBe(false);
  });

  it('finds a dead flash cell when it reads back: status 0x33', () => {
    const bench = inAgent({ faults: [{ kind: 'deadCell', address: 0x24010 }] });
    expect(burn(bench, ids.AP, 0x24000, apImage(revision))).toBe(0x33);
  });

  it('does not come up after the reset, however often the power is cycled', () => {
    const bench = flashed([{ kind: 'doesNotBoot' }]);
    bench.ask(systemReset);
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(modes(bench)).toEqual(['download', null]);
  });

  it('keeps the strap closed', () => {
    const bench = flashed([{ kind: 'strapStaysClosed' }]);
    bench.board.setStrap(false);
    bench.ask(systemReset);
    expect(bench.present?.mode).toBe('download');
  });

  it('comes back late, or not before a power cycle', async () => {
    const late = flashed([{ kind: 'lateReenumeration', delayMs: 20_000 }]);
    const resetAtMs = late.clock.now();
    late.ask(systemReset);
    await late.clock.run(resetAtMs + 19_999);
    expect(late.present).toBeNull();
    await late.clock.run(resetAtMs + 20_000);
    expect(late.present?.mode).toBe('normal');

    const never = flashed([{ kind: 'noReenumeration' }]);
    never.ask(systemReset);
    await never.clock.run();
    expect(never.present).toBeNull();
    never.board.setPower(false);
    never.board.setPower(true);
    expect(never.present?.mode).toBe('normal');
  });

  it('shows wrong ids in one mode', () => {
    const bench = inRom({ faults: [{ kind: 'wrongIds', mode: 'download', vendorId: 0x19d1, productId: 0x0001 }] });
    expect(bench.present?.vendorId).toBe(0x19d1);
  });
});

describe('the session report', () => {
  it('counts the commands of the session and begins anew with the next one', () => {
    const bench = inAgent();
    expect(bench.board.report().commands).toEqual({
      'DLBOOT sync': 2,
      'DLBOOT DATA_HEAD': 36,
      'DLBOOT DOWNLOAD_DATA': 36,
      'DLBOOT DONE': 2,
      'LPC sync': 1,
    });
    bench.board.setStrap(true);
    bench.ask(systemReset);
    expect(bench.board.report().commands).toEqual({});
  });

  it('is a JSON value', () => {
    const report = flashed().board.report();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('takes as long as the flash needs', async () => {
    const bench = inRom({ time: { ...realistic, loaderStartMs: 0, turnaroundMs: 0, enumerationMs: 0 } });
    loadAgent(bench).ask(pair.lpc);
    bench.ask(erase(0x19000, 0x800000));
    expect(bench.heard()).toEqual(none);
    const { sector4K, block32K, block64K } = realistic.eraseMs;
    await bench.clock.advance(block64K + block32K + sector4K - 1);
    expect(bench.heard()).toEqual(none);
    await bench.clock.advance(1);
    expect(bench.heard().readUInt8(4)).toBe(0);
  });
});

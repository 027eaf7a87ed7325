// What can go wrong in a SMUX session, as the simulated board does it: the list of asr.md §20 and the scripted faults.
import { describe, expect, it } from 'vitest';
import type { BoardFault } from '../../../../src/bench/simulator/faults.ts';
import { instant } from '../../../../src/bench/simulator/time-model.ts';
import { AsrBench, inRom, inSession, ramProgram, readyToFlash } from './asr-bench.ts';
import { command, data, decode, hello, preamble, repliesIn, sparse, uabt } from './asr-host.ts';

const heartbeat = '7e7d25487e';
const called = (options: Parameters<typeof inSession>[0]) => {
  const bench = inSession(options);
  bench.download(ramProgram);
  bench.say('verify');
  return bench;
};

it('each frame leaves in one write', () => {
  const bench = called({ habits: { infoLines: 3, extraGreetings: 2 } });
  bench.board.receive(1, command('call'));
  expect(bench.writes).toHaveLength(4);
  for (const write of bench.writes) expect(decode(write)).toHaveLength(1);
});

it('a board that splits its writes sends the same bytes in order, some time apart', async () => {
  const bench = inRom({ habits: { splitWrites: { bytes: 1, gapMs: 2 } } });
  bench.board.receive(1, Buffer.concat([preamble, uabt, hello()]));
  expect(bench.writes).toHaveLength(1);
  await bench.clock.advance(2 * 18);
  expect(bench.writes.every(({ length }) => length === 1)).toBe(true);
  expect(bench.heard().toString('hex')).toBe(`${uabt.toString('hex').repeat(2)}7e7d2204007e`);
});

it('extra UABT frames come with each answer to a preamble', () => {
  expect(inRom({ habits: { extraGreetings: 3 } }).ask(preamble)).toEqual(Buffer.concat([uabt, uabt, uabt, uabt]));
});

it('a heartbeat comes every 300 ms from HELLO on, and none from a board without', async () => {
  const bench = inSession();
  await bench.clock.advance(1_250);
  expect(bench.heard().toString('hex')).toBe(heartbeat.repeat(4));
  const silent = inSession({ habits: { heartbeatMs: null } });
  await silent.clock.advance(10_000);
  expect(silent.heard()).toHaveLength(0);
});

it('a slow call floods INFO first and is silent then, without heartbeats', async () => {
  const bench = called({ habits: { infoLines: 50, callMs: 5_000 } });
  expect(bench.say('call')).toEqual(Array.from({ length: 50 }, () => 'INFOboot log line'));
  await bench.clock.advance(4_900);
  expect(bench.heard()).toHaveLength(0);
  await bench.clock.advance(200);
  expect(repliesIn(bench.heard())).toEqual(['OKAY']);
});

it('the OKAY of call is lost and a PROG comes in its place; the program runs', () => {
  const bench = called({ habits: { losesCallOkay: true, infoLines: 1 } });
  expect(bench.say('call')).toEqual(['INFOboot log line', 'PROG0']);
  expect(bench.download(ramProgram)).toEqual(['OKAY']);
  expect(bench.violations).toEqual([]);
});

it('DATA tells another size in the download that was chosen, and only there', () => {
  const bench = inSession({ habits: { wrongDataSize: { download: 2, size: 5 } } });
  expect(bench.download(Buffer.alloc(8))).toEqual(['OKAY']);
  expect(bench.say('download:00000008')).toEqual(['DATA00000005']);
});

it('data on its way while a refusal of data is being written is nobody’s mistake; a command after it is', async () => {
  const bench = new AsrBench({
    time: { ...instant, turnaroundMs: 1 },
    faults: [{ kind: 'nak', when: { command: 'data', count: 2 }, errorCode: 5 }],
  });
  bench.board.setStrap(true);
  bench.board.setPower(true);
  for (const message of [preamble, uabt, hello(), command('download:00000c00')]) {
    bench.board.receive(1, message);
    await bench.clock.advance(1);
  }
  for (let count = 0; count < 3; count++) bench.board.receive(1, data(Buffer.alloc(1024)));
  await bench.clock.advance(1);
  expect(repliesIn(bench.heard())).toEqual(['DATA00000c00', 'FAILerror 0x5']);
  expect(bench.violations).toEqual([]);
  bench.board.receive(1, command('enable'));
  expect(bench.violations).toEqual(['enable after the FAIL to data']);
});

it('OKAY comes while the last data frame is still on its way, and once', () => {
  const bench = inSession({ habits: { earlyOkay: true } });
  bench.say('download:00000c00');
  const replies = [0, 1, 2].map(() => repliesIn(bench.ask(data(Buffer.alloc(1024)))));
  expect(replies).toEqual([[], ['OKAY'], []]);
  expect(bench.say('enable')).toEqual(['OKAY']);
  expect(bench.violations).toEqual([]);
});

it('no answer comes to disconnect, and the board resets all the same', () => {
  const bench = inSession({ faults: [{ kind: 'dropReply', when: { command: 'disconnect' } }] });
  bench.say('reboot');
  bench.say('complete');
  expect(bench.say('disconnect')).toEqual([]);
  expect(bench.resets).toHaveLength(1);
});

it('a refused reboot leaves the board in download mode', async () => {
  const bench = inSession({ faults: [{ kind: 'nak', when: { command: 'reboot' }, errorCode: 2 }] });
  expect(bench.say('reboot')).toEqual(['FAILerror 0x2']);
  bench.say('complete');
  bench.say('disconnect');
  await bench.clock.advance(10_000);
  expect(bench.resets).toEqual([]);
  expect(bench.violations).toEqual([]);
  expect(bench.present?.mode).toBe('download');
});

describe('scripted faults', () => {
  it.each<[BoardFault, string[]]>([
    [{ kind: 'nak', when: { command: 'flash:cp' }, errorCode: 0x31 }, ['FAILerror 0x31']],
    [{ kind: 'dropReply', when: { command: 'flash:cp' } }, []],
    [{ kind: 'duplicateReply', when: { command: 'flash:cp' } }, ['OKAY', 'OKAY']],
    [{ kind: 'stall', when: { command: 'flash:cp' } }, []],
  ])('%o strikes at its command and once', (fault, answer) => {
    const bench = readyToFlash({ faults: [fault] });
    const piece = sparse(Buffer.alloc(4096, 1));
    expect(bench.flash('rfbin', piece)).toEqual(['OKAY']);
    expect(bench.flash('cp', piece)).toEqual(answer);
  });

  it('a FAIL in the middle of the data ends the download, and what was on its way is nobody’s mistake', () => {
    const bench = inSession({ faults: [{ kind: 'nak', when: { command: 'data', count: 2 }, errorCode: 7 }] });
    bench.say('download:00001000');
    const replies = [0, 1, 2, 3].map(() => repliesIn(bench.ask(data(Buffer.alloc(1024)))));
    expect(replies).toEqual([[], ['FAILerror 0x7'], [], []]);
    expect(bench.violations).toEqual([]);
  });

  it('a stalled board sends no heartbeat either', async () => {
    const bench = inSession({ faults: [{ kind: 'stall', when: { command: 'getvar:product' } }] });
    bench.say('getvar:product');
    await bench.clock.advance(5_000);
    expect(bench.heard()).toHaveLength(0);
    expect(bench.present?.mode).toBe('download');
  });

  it('a hand pulls the board out in the middle of the data', () => {
    const bench = inSession({ faults: [{ kind: 'pull', when: { command: 'data', count: 2 } }] });
    bench.say('download:00001000');
    bench.ask(data(Buffer.alloc(1024)));
    expect(bench.pulled).toBe(false);
    bench.ask(data(Buffer.alloc(1024)));
    expect(bench.pulled).toBe(true);
  });

  it('a board stops reading', () => {
    const bench = inSession({ faults: [{ kind: 'stopReading', when: { command: 'data' } }] });
    bench.say('download:00001000');
    bench.ask(data(Buffer.alloc(1024)));
    expect(bench.reads).toBe(false);
  });

  it('a corrupted reply is no frame until the next one begins', () => {
    const bench = inSession({ faults: [{ kind: 'corruptReply', when: { command: 'enable' } }] });
    expect(bench.ask(command('enable')).toString('hex')).toBe('7e7d234f4b41597f');
  });

  it('a late, a missing and a wrong enumeration after the reset', async () => {
    const late = inSession({ faults: [{ kind: 'lateReenumeration', delayMs: 4_000 }] });
    late.endSession();
    await late.clock.advance(3_900);
    expect(late.present).toBeNull();
    await late.clock.advance(200);
    expect(late.present?.mode).toBe('normal');
    const missing = inSession({ faults: [{ kind: 'noReenumeration' }] });
    missing.endSession();
    await missing.clock.advance(60_000);
    expect(missing.present).toBeNull();
    const wrong = inRom({ faults: [{ kind: 'wrongIds', mode: 'download', vendorId: 0x2ecc, productId: 0x3001 }] });
    expect(wrong.present?.productId).toBe(0x3001);
  });
});

// What the simulated ROM and agent refuse, and what they put down as a violation: one rule of the reference per test.
import { describe, expect, it } from 'vitest';
import { type BenchTop, beginBurn, burn, inAgent, inRom, loadAgent, sendPackage, statusOf } from './bench-top.ts';
import {
  agbootFrame,
  agentHead,
  burnOne,
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

const image = madeUp(0x9000);
const isAck = (reply: Buffer): boolean => reply.readUInt8(4) === 0;
/** The error code of a NAK. */
const nakOf = (reply: Buffer): number => {
  expect(reply.subarray(4, 6)).toEqual(Buffer.from([1, 4]));
  return reply.readUInt32LE(6);
};
const inDownload = (id: number, intoCpFlash = false): BenchTop => {
  const bench = inAgent();
  beginBurn(bench, id, intoCpFlash);
  return bench;
};

describe('the pair rule', () => {
  it('takes a pair of words as one sync and answers it once', () => {
    expect(inRom().ask(pair.rom)).toEqual(echo.rom);
  });

  it('does not answer a single word, and blames nobody for it', async () => {
    const bench = inRom();
    expect(bench.ask(echo.rom)).toEqual(none);
    await bench.clock.advance(1_000);
    expect(bench.heard()).toEqual(none);
    expect(bench.violations).toEqual([]);
  });

  it('takes two words that come apart as a pair', async () => {
    const bench = inRom();
    bench.ask(echo.rom);
    await bench.clock.advance(2);
    expect(bench.ask(echo.rom)).toEqual(echo.rom);
  });

  it('lets the ROM keep silent about the words of the agent', () => {
    expect(inRom().ask(Buffer.concat([pair.lpc, pair.agboot]))).toEqual(none);
  });
});

describe('frames', () => {
  it('refuses a wrong CRC-32 with 0x9A and goes on with the next frame', () => {
    const bench = inAgent();
    const wrong = Buffer.from(erase(0x1000, 0x800000));
    wrong.writeUInt8(wrong.readUInt8(8) ^ 0x40, 8);
    expect(nakOf(bench.ask(wrong))).toBe(0x9a);
    expect(isAck(bench.ask(erase(0x1000, 0x800000)))).toBe(true);
    expect(bench.violations).toEqual(['agent: a wrong CRC-32']);
  });

  it('refuses a wrong length check byte with 0x9B, and hears again once the line was quiet', async () => {
    const bench = inAgent();
    const wrong = Buffer.from(erase(0x1000, 0x800000));
    wrong.writeUInt8(0, 7);
    expect(nakOf(bench.ask(wrong))).toBe(0x9b);
    await bench.clock.advance(50);
    expect(isAck(bench.ask(erase(0x1000, 0x800000)))).toBe(true);
    expect(bench.violations).toEqual(['agent: a wrong length check byte']);
  });

  it('refuses unknown order bytes with 0x81', () => {
    const bench = inAgent();
    expect(nakOf(bench.ask(Buffer.from('1000aabb00000000', 'hex')))).toBe(0x81);
    expect(bench.violations).toEqual(['agent: a header with unknown order bytes']);
  });

  it('lets the ROM refuse a wrong sum', () => {
    const bench = inRom();
    bench.ask(pair.rom);
    bench.ask(romFrame(0x31, u32(272)));
    const wrong = romFrame(0x32, agentHead(image));
    wrong.writeUInt8(wrong.readUInt8(40) ^ 1, 40);
    expect(nakOf(bench.ask(wrong))).toBe(0x9a);
    expect(bench.violations).toEqual(['DLBOOT: a wrong sum']);
  });

  it('gives up a frame that never becomes whole', async () => {
    const bench = inAgent();
    bench.ask(getStatus.subarray(0, 10));
    await bench.clock.advance(1_000);
    expect(bench.ask(pair.lpc)).toEqual(echo.lpc);
    expect(bench.violations).toEqual(['10 bytes that complete no frame']);
  });

  it('takes a frame in pieces of any size', () => {
    const bench = inAgent();
    const frame = erase(0x1000, 0x800000);
    const replies = [...frame].map((byte) => bench.ask(Buffer.from([byte])));
    expect(isAck(Buffer.concat(replies))).toBe(true);
  });
});

describe('the mask ROM', () => {
  it('refuses an agentboot that does not match its head, and starts nothing', () => {
    const bench = inRom();
    bench.ask(pair.rom);
    sendPackage(bench, romFrame, agentHead(image));
    bench.ask(pair.rom);
    expect(nakOf(sendPackage(bench, romFrame, madeUp(0x9000, 2)))).toBe(0x33);
    expect(bench.ask(pair.lpc)).toEqual(none);
  });

  it('refuses a head whose hash is wrong', () => {
    const bench = inRom();
    bench.ask(pair.rom);
    const head = agentHead(image);
    head.writeUInt8(1, 0x50);
    expect(nakOf(sendPackage(bench, romFrame, head))).toBe(0x81);
  });

  it('expects the head first and the agentboot second', () => {
    const bench = inRom();
    bench.ask(pair.rom);
    expect(bench.ask(romFrame(0x21)).readUInt32LE(6)).toBe(ids.IMGH);
    sendPackage(bench, romFrame, agentHead(image));
    expect(bench.ask(romFrame(0x21)).readUInt32LE(6)).toBe(ids.BL);
  });

  it('is silent to a command before the sync', () => {
    const bench = inRom();
    expect(bench.ask(romFrame(0x20))).toEqual(none);
    expect(bench.violations).toEqual(['DLBOOT: a command before the sync']);
  });

  it('refuses a block with a wrong index', () => {
    const bench = inRom();
    bench.ask(pair.rom);
    bench.ask(romFrame(0x31, u32(272)));
    expect(nakOf(bench.ask(romFrame(0x32, agentHead(image), 1)))).toBe(0x82);
  });
});

describe('the presync', () => {
  it('swallows the first AGBOOT pair after BURN_ONE and echoes the next', () => {
    const bench = inAgent();
    bench.ask(burnOne(ids.AP));
    expect([bench.ask(pair.agboot), bench.ask(pair.agboot), bench.ask(pair.agboot)]).toEqual([none, echo.agboot, echo.agboot]);
    expect(bench.violations).toEqual([]);
  });

  it('gives up after four time-outs with status 0x96', async () => {
    const bench = inAgent();
    bench.ask(burnOne(ids.AP));
    await bench.clock.run();
    expect(statusOf(bench)).toBe(0x96);
    expect(bench.violations).toEqual(['no AGBOOT sync after BURN_ONE']);
  });

  it('gives up after four frames that are no sync, without an answer', () => {
    const bench = inAgent();
    bench.ask(burnOne(ids.AP));
    for (let i = 0; i < 4; i++) expect(bench.ask(agbootFrame(0x20))).toEqual(none);
    expect(statusOf(bench)).toBe(0x96);
  });

  it('is broken off by an LPC pair: status 0x300', () => {
    const bench = inAgent();
    bench.ask(burnOne(ids.AP));
    expect(bench.ask(pair.lpc)).toEqual(echo.lpc);
    expect(statusOf(bench)).toBe(0x300);
  });

  it('is broken off by a ROM pair, which gets the reset word', () => {
    const bench = inAgent();
    bench.ask(burnOne(ids.AP));
    expect(bench.ask(pair.rom)).toEqual(resetWord);
    expect(statusOf(bench)).toBe(0x300);
  });

  it('begins anew with another BURN_ONE, as after a lost reply', () => {
    const bench = inAgent();
    bench.ask(burnOne(ids.AP));
    expect(isAck(bench.ask(burnOne(ids.AP)))).toBe(true);
    expect([bench.ask(pair.agboot), bench.ask(pair.agboot)]).toEqual([none, echo.agboot]);
  });
});

describe('the reset word', () => {
  it('answers an AGBOOT pair without BURN_ONE', () => {
    const bench = inAgent();
    expect(bench.ask(pair.agboot)).toEqual(resetWord);
    expect(bench.violations).toEqual(['AGBOOT sync without BURN_ONE']);
  });

  it('answers an AGBOOT pair between DATA_HEAD and DONE', () => {
    const bench = inDownload(ids.AP);
    bench.ask(agbootFrame(0x31, u32(272)));
    expect(bench.ask(pair.agboot)).toEqual(resetWord);
    expect(bench.violations).toEqual(['AGBOOT sync between DATA_HEAD and DONE']);
  });

  it('answers an LPC pair in the middle of an image', () => {
    const bench = inDownload(ids.AP);
    expect(bench.ask(pair.lpc)).toEqual(resetWord);
  });

  it('answers a ROM pair to a running agent', () => {
    const bench = inAgent();
    expect(bench.ask(pair.rom)).toEqual(resetWord);
    expect(bench.violations).toEqual(['ROM sync to a running agent']);
  });
});

describe('grants and sizes', () => {
  const grant = (bench: BenchTop, remaining: number): number => bench.ask(agbootFrame(0x31, u32(remaining))).readUInt32LE(6);
  const withHead = (): BenchTop => {
    const bench = inDownload(ids.AP);
    sendPackage(bench, agbootFrame, imageHead(ids.AP, 0x24000, madeUp(0x12000)));
    bench.ask(pair.agboot);
    return bench;
  };

  it('grants what remains and at most 0x4000 in AGBOOT', () => {
    const bench = withHead();
    expect(grant(bench, 0x4100)).toBe(0x4000);
    bench.ask(agbootFrame(0x32, madeUp(0x4000)));
    expect(grant(bench, 0x100)).toBe(0x100);
  });

  it('refuses a chunk above 64 KiB with 0x94', () => {
    expect(nakOf(withHead().ask(agbootFrame(0x31, u32(0x10001))))).toBe(0x94);
  });

  it('refuses a chunk larger than the rest of the image with 0x94', () => {
    const bench = inDownload(ids.AP);
    sendPackage(bench, agbootFrame, imageHead(ids.AP, 0x24000, image));
    bench.ask(pair.agboot);
    expect(nakOf(bench.ask(agbootFrame(0x31, u32(0x9001))))).toBe(0x94);
  });

  it('refuses a head that is too large: status 0x6F', () => {
    const bench = inDownload(ids.AP);
    expect(nakOf(bench.ask(agbootFrame(0x31, u32(273))))).toBe(0x94);
    expect(statusOf(bench)).toBe(0x6f);
  });

  it('refuses a DATA_HEAD that does not match what is left', () => {
    const bench = withHead();
    bench.ask(agbootFrame(0x31, u32(0x8000)));
    bench.ask(agbootFrame(0x32, madeUp(0x4000)));
    expect(nakOf(bench.ask(agbootFrame(0x31, u32(0x3fff))))).toBe(0x94);
  });

  it('refuses a block of another size than granted, and one without a grant', () => {
    const bench = withHead();
    bench.ask(agbootFrame(0x31, u32(0x8000)));
    expect(nakOf(bench.ask(agbootFrame(0x32, madeUp(0x3fff))))).toBe(0x82);
    bench.ask(agbootFrame(0x32, madeUp(0x4000)));
    expect(nakOf(bench.ask(agbootFrame(0x32, madeUp(0x4000), 1)))).toBe(0x82);
  });

  it('refuses DONE before the last byte', () => {
    const bench = withHead();
    bench.ask(agbootFrame(0x31, u32(0x8000)));
    bench.ask(agbootFrame(0x32, madeUp(0x4000)));
    expect(nakOf(bench.ask(agbootFrame(0x3a)))).toBe(0x82);
  });

  it('notes a package that comes without its sync', () => {
    const bench = inDownload(ids.AP);
    sendPackage(bench, agbootFrame, imageHead(ids.AP, 0x24000, image));
    sendPackage(bench, agbootFrame, image);
    expect(statusOf(bench)).toBe(0);
    expect(bench.violations).toEqual(['AGBOOT: a package without its sync']);
  });
});

describe('image heads', () => {
  it('is over after a head of another image: status 0x98', () => {
    expect(burn(inAgent(), ids.AP, 0x24000, image, imageHead(ids.BL, 0, image))).toBe(0x98);
  });

  it('takes at most 0x3FC000 bytes: status 0x94', () => {
    expect(burn(inAgent(), ids.AP, 0x24000, image, imageHead(ids.AP, 0x24000, image, { 76: 0x3fc001 }))).toBe(0x94);
  });

  it.each([0x3f00, 0x24001])('refuses the burn address %i of an AP image: status 1', (address) => {
    expect(burn(inAgent(), ids.AP, address, image)).toBe(1);
  });

  it('puts a BL at 0x4000 whatever its head says', () => {
    const bench = inAgent();
    expect(burn(bench, ids.BL, 0x30000, image)).toBe(0);
    expect(Buffer.from(bench.board.ap.read(0x4000, image.length))).toEqual(image);
  });

  it('puts an AP without address at 0x20000, where nothing boots it', () => {
    const bench = inAgent();
    expect(burn(bench, ids.AP, 0, image)).toBe(0);
    expect(Buffer.from(bench.board.ap.read(0x20000, image.length))).toEqual(image);
    expect(bench.board.report()).toMatchObject({ boots: false, clean: false, bootProblem: 'AP head has a wrong address' });
  });

  it('keeps the heads of BL and AP at 0x0 and 0x2000, and none of CP and FLEX', () => {
    const bench = inAgent();
    burn(bench, ids.BL, 0, image);
    burn(bench, ids.AP, 0x24000, image);
    const heads = [bench.board.ap.read(0x0, 272), bench.board.ap.read(0x2000, 272)].map((head) => Buffer.from(head));
    expect(heads).toEqual([imageHead(ids.BL, 0, image), imageHead(ids.AP, 0x24000, image)]);
    burn(bench, ids.CP, 0, image);
    burn(bench, ids.FLEX, 0x200000, image);
    expect(Buffer.from(bench.board.ap.read(0x0, 272))).toEqual(heads[0]);
    expect(Buffer.from(bench.board.ap.read(0x2000, 272))).toEqual(heads[1]);
  });

  it('lets a FLEX image without address fail: status 0x32', () => {
    const bench = inAgent();
    expect(burn(bench, ids.FLEX, 0, image)).toBe(0x32);
    expect(bench.violations[0]).toBe('AGBOOT: FLEX head with burn address 0');
  });

  it('ignores the upper bits of a FLEX address', () => {
    const bench = inAgent();
    expect(burn(bench, ids.FLEX, 0xa00000, image)).toBe(0);
    expect(Buffer.from(bench.board.ap.read(0x200000, image.length))).toEqual(image);
  });

  it('skips an image of load type 1', () => {
    const bench = inAgent();
    const before = bench.board.ap.digest();
    beginBurn(bench, ids.AP);
    sendPackage(bench, agbootFrame, imageHead(ids.AP, 0x24000, image, { 20: 0x1ee }));
    expect(statusOf(bench)).toBe(0);
    expect(bench.board.ap.digest()).toBe(before);
  });

  it('goes back to LPC after a bad head: the next AGBOOT pair gets the reset word', () => {
    const bench = inDownload(ids.AP);
    sendPackage(bench, agbootFrame, imageHead(ids.AP, 0x24001, image));
    expect(bench.ask(pair.agboot)).toEqual(resetWord);
  });
});

describe('CP flash', () => {
  it('takes a marked CP image at its start', () => {
    const bench = inAgent();
    expect(burn(bench, ids.CP, 0, image)).toBe(0);
    expect(Buffer.from(bench.board.cp.read(0, image.length))).toEqual(image);
    expect(bench.violations).toEqual([]);
  });

  it('lets an unmarked CP image overwrite the start of AP flash, as the chip does, and says so', () => {
    const bench = inAgent();
    beginBurn(bench, ids.CP, false);
    sendPackage(bench, agbootFrame, imageHead(ids.CP, 0, image));
    bench.ask(pair.agboot);
    sendPackage(bench, agbootFrame, image);
    expect(Buffer.from(bench.board.ap.read(0, image.length))).toEqual(image);
    expect(bench.board.report()).toMatchObject({ boots: false, clean: false });
    expect(bench.violations[0]).toBe('LPC: BURN_ONE of CP without the marker goes to AP flash');
  });

  it('says when the RF calibration is overwritten', () => {
    const bench = inAgent();
    expect(burn(bench, ids.CP, 0, madeUp(0xce001))).toBe(0);
    expect(bench.violations).toEqual(['AGBOOT: CP data or RF calibration overwritten']);
  });

  it('fails on an image that does not fit: status 0x32', () => {
    expect(burn(inAgent(), ids.CP, 0xff000, image)).toBe(0x32);
  });
});

describe('LPC commands', () => {
  it.each([
    ['a raw offset', 0x1000, 0x24000],
    ['an address below AP flash', 0x1000, 0x7ff000],
    ['an address behind AP flash', 0x1000, 0xc00000],
    ['a range that leaves AP flash', 0x2000, 0xbff000],
    ['an address behind CP flash', 0x1000, 0x8900000],
  ])('refuses to erase at %s with 0x32', (_, length, address) => {
    const bench = inAgent();
    const before = bench.board.ap.digest();
    expect(nakOf(bench.ask(erase(length, address)))).toBe(0x32);
    expect(bench.board.ap.digest()).toBe(before);
  });

  it('erases whole sectors to FF', () => {
    const bench = inAgent();
    burn(bench, ids.FLEX, 0x200000, madeUp(0x3000));
    expect(isAck(bench.ask(erase(0x400, 0xa01000)))).toBe(true);
    const sectors = Buffer.from(bench.board.ap.read(0x200000, 0x3000));
    expect(sectors.subarray(0x1000, 0x2000).every((byte) => byte === 0xff)).toBe(true);
    expect([sectors.subarray(0, 0x1000), sectors.subarray(0x2000)]).toEqual([
      madeUp(0x3000).subarray(0, 0x1000),
      madeUp(0x3000).subarray(0x2000),
    ]);
  });

  it('carries a chip erase out and says so', () => {
    const bench = inAgent();
    expect(isAck(bench.ask(erase(0x400000, 0x800000)))).toBe(true);
    expect(bench.board.report()).toMatchObject({ boots: false, violations: ['LPC: chip erase of AP flash'] });
  });

  it('says when the RF calibration is erased', () => {
    const bench = inAgent();
    bench.ask(erase(0x1000, 0x88e7000));
    expect(bench.violations).toEqual(['LPC: CP data or RF calibration erased']);
  });

  it('refuses arguments of a wrong length with 0x82', () => {
    expect(nakOf(inAgent().ask(lpcFrame(0x10, u32(0x1000))))).toBe(0x82);
    expect(nakOf(inAgent().ask(lpcFrame(0x42, Buffer.from('494d424f01', 'hex'))))).toBe(0x82);
  });

  it('refuses an unknown image with 0x98 and an unknown command with 0x80', () => {
    expect(nakOf(inAgent().ask(burnOne(0x12345678)))).toBe(0x98);
    expect(nakOf(inAgent().ask(lpcFrame(0x55)))).toBe(0x80);
  });

  it('reads at most 255 bytes', () => {
    expect(
      inAgent()
        .ask(lpcFrame(0x21, u32(240, 0x800000)))
        .readUInt8(5),
    ).toBe(240);
    expect(nakOf(inAgent().ask(lpcFrame(0x21, u32(256, 0x800000))))).toBe(0x82);
  });

  it('refuses a control command in the middle of an image with 0x81', () => {
    expect(nakOf(inDownload(ids.AP).ask(erase(0x1000, 0x800000)))).toBe(0x81);
  });

  it('resets the module after the farewell, and reports', () => {
    const bench = inAgent();
    expect(bench.ask(systemReset).subarray(6, 14).toString()).toBe('ZzZzZzZz');
    expect(bench.resets).toHaveLength(1);
    expect(bench.resets[0]).toMatchObject({ clean: true, violations: [], seed: 7 });
  });
});

describe('a command that touches the fuses', () => {
  it.each([0x31, 0x32])('destroys the board for ever (0x%i)', (command) => {
    const bench = inAgent();
    bench.ask(lpcFrame(command, madeUp(148)));
    expect(bench.board.report()).toMatchObject({ destroyed: true, clean: false, boots: false, bootProblem: 'fuses were burned' });
    bench.board.setPower(false);
    bench.board.setPower(true);
    expect(bench.present).toBeNull();
    expect(bench.board.report().destroyed).toBe(true);
  });
});

describe('the loaded agent', () => {
  it('needs the right agentboot, whatever its size', () => {
    for (const size of [272, 0x400, 0x401, 44_712]) expect(loadAgent(inRom(), madeUp(size)).ask(pair.lpc)).toEqual(echo.lpc);
  });
});

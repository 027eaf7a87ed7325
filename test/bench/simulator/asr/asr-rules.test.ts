// What the simulated boot ROM and flasher refuse, and what they put down as a violation: one rule of the reference per test.
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { flashInfo, norChips } from '../../../../src/bench/simulator/demo-package/asr-tables.ts';
import { instant } from '../../../../src/bench/simulator/time-model.ts';
import {
  type AsrBench,
  applicationPiece,
  callTwice,
  chips,
  inFlasher,
  inRom,
  inSession,
  logIn,
  ramProgram,
  readyToFlash,
  table,
} from './asr-bench.ts';
import {
  command,
  data,
  decode,
  frame,
  hello,
  preamble,
  repliesIn,
  sparse,
  sparseChunk,
  sparseFile,
  types,
  uabt,
} from './asr-host.ts';

const okay = ['OKAY'];
const nothing = Buffer.alloc(0);
const oneBlock = sparse(Buffer.alloc(4096, 0xa5));

/** The board is asked for `text` and says no; the host is to blame for it. */
function expectRefusal(bench: AsrBench, text: string, violation: string): void {
  expect(bench.say(text)[0]).toMatch(/^FAIL/);
  expect(bench.violations).toEqual([violation]);
}

describe('the start of a session', () => {
  it('answers each preamble with UABT, also when it comes byte by byte', () => {
    const bench = inRom();
    expect(bench.ask(Buffer.concat([preamble, preamble]))).toEqual(Buffer.concat([uabt, uabt]));
    const replies = [...preamble].map((byte) => bench.ask(Buffer.from([byte])));
    expect(Buffer.concat(replies)).toEqual(uabt);
    expect(bench.violations).toEqual([]);
  });

  it('does not hear UABT before the preamble', () => {
    const bench = inRom();
    expect(bench.ask(uabt)).toEqual(nothing);
    expect(bench.violations).toEqual(['UABT before the preamble']);
  });

  it('does not hear HELLO before UABT', () => {
    const bench = inRom();
    bench.ask(preamble);
    expect(bench.ask(hello())).toEqual(nothing);
    expect(bench.violations).toEqual(['HELLO before UABT']);
  });

  it('does not hear a command before HELLO', () => {
    const bench = inRom();
    bench.ask(preamble);
    bench.ask(uabt);
    expect(bench.say('getvar:version')).toEqual([]);
    expect(bench.violations).toEqual(['getvar:version before HELLO']);
  });

  it('wants an MTU of two bytes', () => {
    const bench = inRom();
    bench.ask(preamble);
    bench.ask(uabt);
    expect(bench.ask(frame(types.HELLO, Buffer.from([4])))).toEqual(nothing);
    expect(bench.ask(hello(0))).toEqual(nothing);
    expect(bench.violations).toEqual(['a HELLO without an MTU', 'a HELLO without an MTU']);
  });

  it('echoes UABT and answers HELLO again in a running session', () => {
    const bench = inSession();
    expect(bench.ask(uabt)).toEqual(uabt);
    expect(bench.ask(hello())).toEqual(frame(types.HELLO_REPLY, Buffer.from([4, 0])));
    expect(bench.violations).toEqual([]);
  });

  it('lets a late preamble pass between UABT and HELLO', () => {
    const bench = inRom();
    for (const bytes of [preamble, uabt, preamble]) bench.ask(bytes);
    expect(bench.ask(hello())).toEqual(frame(types.HELLO_REPLY, Buffer.from([4, 0])));
    expect(bench.violations).toEqual([]);
  });

  it('blames a preamble in a running session and does not answer it', () => {
    const bench = inSession();
    expect(bench.ask(preamble)).toEqual(nothing);
    expect(bench.violations).toEqual(['a preamble in a running session']);
  });

  it('lets an ETHOS chip blame everything but the preamble', () => {
    const bench = inRom({ habits: { link: 'ethos' } });
    expect(bench.ask(preamble).toString('hex')).toBe('7e7e55555555');
    expect(bench.ask(uabt)).toEqual(nothing);
    expect(bench.violations).toEqual(['UABT after the ETHOS answer']);
  });
});

describe('frames', () => {
  it('drops a payload longer than its own MTU, and hears the next frame', () => {
    const bench = inSession({ habits: { mtu: 512 } });
    bench.say('download:00000400');
    expect(bench.ask(data(Buffer.alloc(513)))).toEqual(nothing);
    bench.ask(data(Buffer.alloc(512)));
    expect(repliesIn(bench.ask(data(Buffer.alloc(512))))).toEqual(okay);
    expect(bench.violations).toEqual(['a payload longer than 512 bytes']);
  });

  it('drops a payload longer than the MTU the host itself announced, however large its own is', () => {
    const bench = inSession({ habits: { mtu: 2048 } });
    bench.say('download:00000800');
    bench.ask(data(Buffer.alloc(1025)));
    expect(bench.violations).toEqual(['a payload longer than 1024 bytes']);
  });

  it('counts the MTU before escaping', () => {
    const bench = inSession();
    expect(bench.download(Buffer.alloc(1024, 0x7e))).toEqual(okay);
    expect(bench.violations).toEqual([]);
  });

  it('drops an unknown escape and blames it', () => {
    const bench = inSession();
    expect(repliesIn(bench.ask(Buffer.from('7e7d237d99656e61626c657e', 'hex')))).toEqual(okay);
    expect(bench.violations).toEqual(['unknown escape 7D 99']);
  });

  it('ignores empty frames and noise between frames', () => {
    const bench = inSession();
    const noisy = Buffer.concat([
      Buffer.from('00ff', 'hex'),
      Buffer.from('7e7e7e', 'hex'),
      command('enable'),
      Buffer.from([0x7e]),
    ]);
    expect(repliesIn(bench.ask(noisy))).toEqual(okay);
    expect(repliesIn(bench.ask(command('enable')))).toEqual(okay);
    expect(bench.violations).toEqual([]);
  });

  it('blames an untyped frame and a HELLO_REPLY', () => {
    const bench = inSession();
    bench.ask(frame(types.STDIO, 'hello'));
    bench.ask(frame(types.HELLO_REPLY, 'xx'));
    expect(bench.violations).toEqual(['untyped frame', 'a HELLO_REPLY from the host']);
  });
});

describe('one command at a time', () => {
  it('does not hear a command while another is outstanding', async () => {
    const bench = inSession({ habits: { callMs: 1_000 } });
    bench.download(ramProgram);
    bench.say('verify');
    bench.say('call');
    expect(bench.say('enable')).toEqual([]);
    await bench.clock.advance(1_000);
    expect(repliesIn(bench.heard())).toEqual(okay);
    expect(bench.violations).toEqual(['enable while call is outstanding']);
  });

  it('blames every command after a FAIL', () => {
    const bench = inSession();
    bench.say('verify');
    bench.say('reboot');
    expect(bench.violations).toEqual(['verify without a download', 'reboot after the FAIL to verify']);
  });

  it('lets the job go on after a FAIL to nop or complete', () => {
    const bench = inSession({ faults: [{ kind: 'nak', when: { command: 'nop' }, errorCode: 1 }] });
    expect(bench.say('nop')).toEqual(['FAILerror 0x1']);
    expect(bench.say('enable')).toEqual(okay);
    expect(bench.violations).toEqual([]);
  });

  it('refuses a command of 128 bytes and takes one of 127', () => {
    expect(inSession().say(`getvar:${'a'.repeat(120)}`)).toEqual(['FAILunknown variable']);
    expectRefusal(inSession(), `getvar:${'a'.repeat(121)}`, 'a command of 128 bytes or more');
  });

  it.each(['upload', 'upgrade:a:b:00000000', 'useflash:cp', 'ulstage:0:0', 'loadpt'])(
    'refuses %s, which is never sent',
    (text) => {
      expectRefusal(readyToFlash(), text, `${text}, which is never sent`);
    },
  );
});

describe('download', () => {
  it('answers with the same size, and OKAY after exactly that many bytes', () => {
    const bench = inSession();
    expect(bench.say('download:00000003')).toEqual(['DATA00000003']);
    expect(bench.ask(data(Buffer.from([0x7e, 0x7d])))).toEqual(nothing);
    expect(repliesIn(bench.ask(data(Buffer.from([0x01]))))).toEqual(okay);
  });

  it('blames bytes beyond the announced size', () => {
    const bench = inSession();
    bench.say('download:00000003');
    expect(repliesIn(bench.ask(data(Buffer.alloc(5))))).toEqual(okay);
    bench.ask(data(Buffer.alloc(1)));
    expect(bench.violations).toEqual(['2 bytes more than the download announced', 'data outside a download']);
  });

  it('takes a size of fewer digits and blames it', () => {
    const bench = inSession();
    expect(bench.say('download:400')).toEqual(['DATA00000400']);
    expect(bench.violations).toEqual(['download:400 without eight lower-case hex digits']);
  });

  it('refuses no bytes, and more than it has room for', () => {
    expectRefusal(inSession(), 'download:00000000', 'a download of 0 bytes, of at most 61440');
    expectRefusal(inSession(), 'download:0000f001', 'a download of 61441 bytes, of at most 61440');
    expectRefusal(inFlasher(), 'download:001c0001', 'a download of 1835009 bytes, of at most 1835008');
  });

  it('blames data that does not wait for its answer', async () => {
    const bench = inSession({ time: { ...instant, turnaroundMs: 1 } });
    await bench.clock.advance(2);
    bench.ask(Buffer.concat([command('download:00000400'), data(Buffer.alloc(1024))]));
    expect(bench.violations).toEqual(['data before the answer to download']);
  });

  it('blames a command in the middle of the data', () => {
    const bench = inSession();
    bench.say('download:00000400');
    bench.say('verify');
    expect(bench.violations[0]).toBe('verify in the middle of a download');
  });

  it('blames everything that follows a DATA of another size', () => {
    const bench = inSession({ habits: { wrongDataSize: { download: 1, size: 0x20 } } });
    expect(bench.say('download:00000010')).toEqual(['DATA00000020']);
    bench.ask(data(Buffer.alloc(16)));
    bench.say('reboot');
    expect(bench.violations).toEqual(['data outside a download', 'reboot after the FAIL to download']);
  });
});

describe('verify and call', () => {
  it('refuses an image that is no FIP', () => {
    const bench = inSession();
    bench.download(Buffer.alloc(64));
    expectRefusal(bench, 'verify', 'verify of an image with no FIP header');
  });

  it('refuses a FIP that came short', () => {
    const bench = inSession();
    bench.download(ramProgram.subarray(0, -4));
    expect(bench.say('verify')).toEqual(['FAILverify image failed']);
    expect(bench.violations[0]).toContain('an entry outside the file');
  });

  it('refuses call without verify, and a second call of one image', () => {
    const bench = inSession();
    bench.download(ramProgram);
    expectRefusal(bench, 'call', 'call without verify');
    const again = callTwice(inSession());
    expectRefusal(again, 'call', 'call without verify');
  });

  it('knows no call over SMUX in boot ROM 2019.01.15, where nop stands in its place', () => {
    const bench = inSession({ habits: { bootRom: '2019.01.15' } });
    for (let count = 0; count < 2; count++) {
      bench.download(ramProgram);
      bench.say('verify');
      expect(bench.say('nop').at(-1)).toBe('OKAY');
    }
    expect(bench.say('getvar:max-download-size')).toEqual(['OKAY001c0000']);
    const wrong = inSession({ habits: { bootRom: '2019.01.15' } });
    wrong.download(ramProgram);
    wrong.say('verify');
    expectRefusal(wrong, 'call', 'call to a boot ROM without it');
  });
});

describe('partition', () => {
  it('works in the flasher alone', () => {
    const bench = inSession();
    bench.download(chips);
    expectRefusal(bench, 'partition', 'partition before the flasher runs');
  });

  it('takes flash information first and the partition table second', () => {
    const bench = inFlasher();
    bench.download(table);
    expectRefusal(bench, 'partition', 'a first partition that is no flash information table');
  });

  it('says of a chip that is not on the list what a real module said, and blames nobody', () => {
    const bench = inFlasher({ habits: { nor: norChips.gd16M } });
    bench.download(chips);
    const answer = bench.ask(command('partition'));
    expect(repliesIn(answer)).toEqual(['FAILparse flash information table failed']);
    expect(logIn(answer)).toBe('[ERR : QspiNor] Flash device is different with specified!\n');
    expect(bench.violations).toEqual([]);
  });

  it('takes a chip from anywhere in the list', () => {
    const bench = inFlasher({ habits: { nor: norChips.winbond8M } });
    bench.download(chips);
    expect(bench.say('partition')).toEqual(okay);
  });

  it('refuses a partition table with a wrong CRC-32', () => {
    const bench = inFlasher();
    bench.download(chips);
    bench.say('partition');
    const wrong = Buffer.from(table);
    wrong.writeUInt8(wrong.readUInt8(100) ^ 1, 100);
    bench.download(wrong);
    expectRefusal(bench, 'partition', 'a partition table with a wrong CRC-32');
  });

  it('refuses a table for a larger flash than it has', () => {
    const bench = inFlasher();
    bench.download(flashInfo([norChips.gd8M]));
    bench.say('partition');
    const larger = Buffer.from(table);
    larger.writeUInt32LE(0x1000000, 8 + 52);
    larger.writeUInt32LE(crc32(larger.subarray(0, 0x888)), 0x888);
    bench.download(larger);
    expectRefusal(bench, 'partition', 'a partition table with all reaches past the end of flash');
  });

  it('tells of a partition once the table is there', () => {
    expect(inFlasher().say('getvar:partition-size:cp')).toEqual(['FAILunknown variable']);
    const bench = readyToFlash();
    const asked = ['type', 'size', 'start', 'vstart'].map((what) => bench.say(`getvar:partition-${what}:cp`)[0]);
    expect(asked).toEqual(['OKAYraw', 'OKAY00359000', 'OKAY00040000', 'OKAY80040000']);
  });
});

describe('flash and erase', () => {
  it('refuses to flash before the flasher runs, before the table, and without a download', () => {
    const early = inSession();
    early.download(oneBlock);
    expectRefusal(early, 'flash:cp', 'flash:cp before the flasher runs');
    const tableless = inFlasher();
    tableless.download(oneBlock);
    expectRefusal(tableless, 'flash:cp', 'flash:cp before the partition table');
    expectRefusal(readyToFlash(), 'flash:cp', 'flash:cp without a download');
    expectRefusal(inFlasher(), 'erase:nvm', 'erase:nvm before the partition table');
  });

  it('uses a download once', () => {
    const bench = readyToFlash();
    expect(bench.flash('rfbin', oneBlock)).toEqual(okay);
    expectRefusal(bench, 'flash:rfbin', 'flash:rfbin without a download');
  });

  it.each([
    ['nowhere', 'partition not found'],
    ['all', 'all holds no image'],
    ['system', 'system holds no image'],
  ])('refuses the partition %s', (name, why) => {
    const bench = readyToFlash();
    bench.download(oneBlock);
    expectRefusal(bench, `flash:${name}`, `flash:${name}: ${why}`);
    expectRefusal(readyToFlash(), `erase:${name}`, `erase:${name}: ${why}`);
  });

  it('refuses an image larger than its partition, and writes nothing', () => {
    const bench = readyToFlash();
    const before = bench.partition('rfbin');
    bench.download(sparse(Buffer.alloc(4096), 0, 9));
    expectRefusal(bench, 'flash:rfbin', 'flash:rfbin: image too large for rfbin');
    expect(bench.partition('rfbin')).toEqual(before);
  });

  it('refuses plain data', () => {
    const bench = readyToFlash();
    bench.download(Buffer.alloc(4096));
    expectRefusal(bench, 'flash:cp', 'flash:cp: sparse: not a sparse file image');
  });

  it('refuses a piece with one bit flipped, and writes nothing', () => {
    const bench = readyToFlash();
    const before = bench.partition('rfbin');
    const wrong = Buffer.from(oneBlock);
    wrong.writeUInt8(wrong.readUInt8(1000) ^ 4, 1000);
    bench.download(wrong);
    expectRefusal(bench, 'flash:rfbin', 'flash:rfbin: invalid sparse crc');
    expect(bench.partition('rfbin')).toEqual(before);
  });

  it('finds a cell that does not take its value, which is no mistake of the host', () => {
    const bench = readyToFlash({ faults: [{ kind: 'deadCell', address: 0x4a9010 }] });
    expect(bench.flash('rfbin', oneBlock)).toEqual(['FAILVerify a page failed']);
    expect(bench.violations).toEqual([]);
    expect(bench.board.report().clean).toBe(false);
  });

  it('erases what it is told to, NVM too, and nothing else', () => {
    const bench = readyToFlash();
    const [nvm, factory] = [bench.partition('nvm'), bench.partition('factory')];
    bench.say('erase:fota_param');
    bench.flash('rfbin', oneBlock);
    expect(bench.partition('nvm')).toEqual(nvm);
    expect(bench.say('erase:nvm')).toEqual(okay);
    expect(bench.partition('nvm').every((byte) => byte === 0xff)).toBe(true);
    expect(bench.partition('factory')).toEqual(factory);
    expect(bench.board.report()).toMatchObject({ violations: [], destroyed: false, clean: true });
  });
});

describe('what destroys a module', () => {
  it.each(['fuse', 'fuse:1234', 'fuse-secure'])('%s, at any stage', (text) => {
    const bench = inSession();
    expect(bench.say(text)).toEqual(okay);
    expect(bench.board.report()).toMatchObject({
      destroyed: true,
      clean: false,
      boots: false,
      violations: [`${text} destroys the module`],
    });
  });

  it.each(['erase:factory', 'erase:factory_a', 'erase:factory_b'])('%s', (text) => {
    const bench = readyToFlash();
    bench.say(text);
    expect(bench.board.report()).toMatchObject({ destroyed: true, violations: [`${text} destroys the module`] });
  });

  it('an image in factory_b', () => {
    const bench = readyToFlash();
    bench.flash('factory_b', oneBlock);
    expect(bench.board.report().destroyed).toBe(true);
  });

  it('a table that puts another partition over the factory data, once that is written', () => {
    const bench = inFlasher();
    const moved = Buffer.from(table);
    const logo = 8 + 68 * 11;
    moved.writeUInt32LE(0x7e0000, logo + 48);
    moved.writeUInt32LE(crc32(moved.subarray(0, 0x888)), 0x888);
    for (const bytes of [chips, moved]) {
      bench.download(bytes);
      bench.say('partition');
    }
    expect(bench.board.report().destroyed).toBe(false);
    bench.flash('logo', oneBlock);
    expect(bench.board.report().destroyed).toBe(true);
  });

  it('leaves nothing on the bus, ever', async () => {
    const bench = inSession();
    bench.say('fuse');
    bench.board.setPower(false);
    bench.board.setStrap(true);
    bench.board.setPower(true);
    await bench.clock.advance(60_000);
    expect(bench.present).toBeNull();
  });
});

describe('sparse images', () => {
  const crcOf = (...parts: Uint8Array[]): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(crc32(Buffer.concat(parts)));
    return bytes;
  };
  const block = Buffer.alloc(4096, 0x3c);

  it('leaves the blocks of DONT_CARE as they are and fills those of FILL', () => {
    const bench = readyToFlash();
    const piece = sparseFile(4, [
      sparseChunk(0xcac1, 1, block),
      sparseChunk(0xcac3, 1),
      sparseChunk(0xcac2, 2, Buffer.from('01020304', 'hex')),
      sparseChunk(0xcac4, 0, crcOf(block, Buffer.alloc(8192, Buffer.from('01020304', 'hex')))),
    ]);
    const before = bench.partition('rd');
    expect(bench.flash('rd', piece)).toEqual(okay);
    const after = bench.partition('rd');
    expect(after.subarray(0, 4096)).toEqual(block);
    expect(after.subarray(4096, 8192)).toEqual(before.subarray(4096, 8192));
    expect(after.subarray(8192, 16384)).toEqual(Buffer.alloc(8192, Buffer.from('01020304', 'hex')));
  });

  const crcChunk = sparseChunk(0xcac4, 0, crcOf(block));
  const whole = sparseFile(1, [sparseChunk(0xcac1, 1, block), crcChunk]);
  const changed = (offset: number, value: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(value, offset);
    return bytes;
  };
  it.each([
    ['another version', changed(4, 2), 'sparse: unknown version'],
    ['Android headers', changed(8, 28), 'sparse: wrong header sizes'],
    ['another block size', changed(13, 8), 'sparse: wrong block size'],
    ['too few blocks', changed(16, 2), 'sparse: 1 blocks in place of 2'],
    ['more chunks announced than there are', changed(20, 3), 'sparse: fewer chunks than announced'],
    ['fewer chunks announced than there are', changed(20, 1), 'sparse: 20 bytes after the last chunk'],
    ['an unknown chunk', changed(32, 0xc5), 'sparse: unknown chunk type cac5'],
    ['a chunk that reaches past the end', changed(42, 9), 'sparse: a chunk outside the image'],
    ['a RAW chunk of another size', changed(36, 2), 'sparse: bogus chunk size for chunk type raw'],
    [
      'a DONT_CARE with bytes',
      sparseFile(1, [sparseChunk(0xcac3, 1, Buffer.alloc(4))]),
      'sparse: bogus chunk size for chunk type dont_care',
    ],
    ['a FILL without its pattern', sparseFile(1, [sparseChunk(0xcac2, 1)]), 'sparse: bogus chunk size for chunk type fill'],
    [
      'a CRC32 with blocks',
      sparseFile(1, [sparseChunk(0xcac4, 1, Buffer.alloc(4))]),
      'sparse: bogus chunk size for chunk type crc32',
    ],
  ])('refuses %s', (_, piece, why) => {
    expect(readyToFlash().flash('rd', piece)).toEqual([`FAIL${why}`]);
    expect(readyToFlash().flash('rd', whole)).toEqual(okay);
  });
});

describe('the end of a session', () => {
  it('wants nothing but complete and disconnect after reboot', () => {
    const bench = readyToFlash();
    bench.say('reboot');
    bench.say('enable');
    expect(bench.violations).toEqual(['enable after reboot']);
  });

  it('answers reboot, complete and disconnect and then resets', () => {
    const bench = readyToFlash();
    bench.flash('customer_app', applicationPiece('EC800NCNLAR01A09M08_OCPU_QPY'));
    expect(bench.say('reboot')).toEqual(okay);
    expect(bench.say('complete')).toEqual(okay);
    expect(bench.resets).toEqual([]);
    expect(bench.say('disconnect')).toEqual(okay);
    expect(bench.resets).toHaveLength(1);
    expect(bench.resets[0]).toMatchObject({ clean: true, revision: 'EC800NCNLAR01A09M08_OCPU_QPY' });
    expect(bench.resets[0]?.images.map(({ name, address, size }) => ({ name, address, size }))).toEqual([
      { name: 'customer_app', address: '0x53C000', size: 0x3000 },
    ]);
  });

  it('hears nothing after a disconnect without reboot, and does not reset', async () => {
    const bench = inSession();
    bench.say('disconnect');
    expect(bench.say('getvar:version')).toEqual([]);
    await bench.clock.advance(10_000);
    expect(bench.resets).toEqual([]);
    expect(decode(bench.heard())).toEqual([]);
  });

  it('resets by itself when no disconnect follows the reboot', async () => {
    const bench = inSession();
    bench.say('reboot');
    await bench.clock.advance(2_900);
    expect(bench.resets).toHaveLength(0);
    await bench.clock.advance(200);
    expect(bench.resets).toHaveLength(1);
  });
});

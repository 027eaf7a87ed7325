// Every golden frame of a device as the simulated device sends it, and every golden frame of a host as the right stage takes it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeBlob, parseBlob } from '../../../../src/bench/simulator/unisoc/nv-blob.ts';
import { crc16Arc, crcCheck, sumCheck } from '../../../../src/bench/simulator/unisoc/wire.ts';
import {
  type BenchTop,
  fixedNv,
  hostFdl,
  inBslRom,
  inFdl1,
  inFdl2,
  inNorFdl,
  inRom,
  load,
  loadFdl1,
  readNv,
} from './bench-top.ts';
import { bytesOf, fdl, flagByte, madeUp, none, op, pdl, pdlAck, rom, u32, wrapped } from './host-frames.ts';
import { golden, repository, vectors } from './vectors.ts';

const ack = golden('reply-80');
const flash = 0x60100000;
const starting = (bench: BenchTop, size: number, address = flash): BenchTop => {
  bench.ask(fdl(op.start, u32(address, size)));
  return bench;
};
const backedUp = (bench: BenchTop): BenchTop => {
  readNv(bench);
  return bench;
};
const refusing = (errorCode: number): Buffer =>
  inFdl2({ faults: [{ kind: 'nak', when: { command: 'FDL2 REPARTITION' }, errorCode }] }).ask(fdl(0x0b));

/** For each device frame the situation in which the device must send it. What no rule of the reference causes is scripted. */
const situations: Readonly<Record<string, () => Buffer>> = {
  'reply-ver-fdl': () => loadFdl1(inRom('EC200U')).ask(flagByte),
  'reply-80': () => inFdl1().ask(fdl(op.connect)),
  'reply-82': () => inFdl2().ask(fdl(op.exec)),
  'reply-83': () => refusing(0x83),
  'reply-84': () => {
    const bench = backedUp(inFdl2());
    bench.ask(fdl(op.start, u32(fixedNv, 8, 0)));
    bench.ask(fdl(op.midst, madeUp(8)));
    return bench.ask(fdl(op.end));
  },
  'reply-85': () => refusing(0x85),
  'reply-86': () => inFdl2().ask(fdl(op.midst, madeUp(8))),
  'reply-87': () => refusing(0x87),
  'reply-88': () => refusing(0x88),
  'reply-89': () => inFdl2().ask(fdl(op.start, u32(0x50000000, 8))),
  'reply-8a': () => starting(inFdl2(), 8).ask(fdl(op.midst, madeUp(10))),
  'reply-8b': () => {
    const bench = starting(inFdl2({ faults: [{ kind: 'deadCell', address: flash + 2 }] }), 8);
    bench.ask(fdl(op.midst, madeUp(8)));
    return bench.ask(fdl(op.end));
  },
  'reply-8c': () => refusing(0x8c),
  'reply-8d': () => refusing(0x8d),
  'reply-8e': () => refusing(0x8e),
  'reply-96': () => inFdl2({ damagedFileSystems: ['factory'] }).ask(golden('fdl-read-nv-00000')),
  'reply-97': () =>
    inNorFdl({}, 'EC800G', Buffer.concat([madeUp(0x1000), Buffer.from('EC600GCNLA\0\0')])).ask(golden('erase-spl-example')),
  'reply-aa': () => refusing(0xaa),
  'reply-ac': () => refusing(0xac),
  'reply-b3': () => refusing(0xb3),
  'reply-b4': () => refusing(0xb4),
  'reply-fe': () => refusing(0xfe),
  'reply-93-read-flash-8-bytes': () => {
    const bench = inFdl2();
    load(bench, fdl, flash, bytesOf('00 7e 7d 01 02 03 04 05'));
    return bench.ask(fdl(op.read, u32(flash, 8, 0)));
  },
  'rom-reply-ack': () => inBslRom().ask(rom(op.connect)),
  'rom-reply-ver': () => inRom('EC600G').ask(Buffer.from('7e7e7e', 'hex')),
  'rom-reply-82': () => inBslRom().ask(rom(op.midst, madeUp(8))),
  'rom-reply-83': () => inBslRom().ask(rom(op.reset)),
  'rom-reply-8b': () => inBslRom().ask(golden('fdl-connect')),
  'pdl-reply-ack': () => inRom('EC600U').ask(pdl(0)),
  'pdl-reply-error-3': () => inRom('EC600U').ask(pdl(4, 0x8000c4, 64)),
};

describe('every golden frame of a device', () => {
  const names = vectors.frames.filter(({ direction }) => direction === 'device-to-host').map(({ name }) => name);
  it.each(names)('%s is what the device sends, in one write', (name) => {
    expect(situations[name]?.()).toEqual(golden(name));
  });

  it('comes for nothing else than these', () => {
    expect(Object.keys(situations).sort()).toEqual([...names].sort());
  });
});

interface Taken {
  readonly bench: BenchTop;
  /** Default: the ACK of the loaders. `READ`: data of this many bytes. */
  readonly reply?: Buffer | { readonly read: number };
  /** Beside the golden bytes: the third write of a PDL MID. */
  readonly payload?: Buffer;
  readonly violations?: readonly string[];
}

const romAck = golden('rom-reply-ack');
const inBslDownload = (size: number): BenchTop => {
  const bench = inBslRom();
  bench.ask(rom(op.start, u32(0x50800000, size)));
  return bench;
};
const inPdl = (size: number, blocks = 0): BenchTop => {
  const bench = inRom('EC600U');
  bench.ask(pdl(4, 0x8000c0, size, Buffer.from('PDL1\0')));
  for (let i = 0; i < blocks; i++) bench.ask(pdl(5, i, 0x800, hostFdl.subarray(i * 0x800, (i + 1) * 0x800)));
  return bench;
};
const reading = (until: number): BenchTop => {
  const bench = inFdl2();
  for (let at = 0; at < until; at += 0x3000) bench.ask(fdl(op.read, u32(fixedNv, 0x3000, at)));
  return bench;
};

/** For each host frame the device that must take it, and its answer. */
const takers: Readonly<Record<string, () => Taken>> = {
  'fdl-connect': () => ({ bench: inNorFdl() }),
  'fdl-end': () => {
    const bench = starting(inFdl2(), 8);
    bench.ask(fdl(op.midst, madeUp(8)));
    return { bench };
  },
  'fdl1-exec': () => {
    const bench = inFdl1();
    load(bench, fdl, 0x810000, madeUp(0x1000), 0x840);
    return { bench };
  },
  'fdl-reset': () => ({ bench: inFdl2() }),
  'fdl-repartition-empty': () => ({ bench: inFdl2() }),
  'fdl1-baud-115200': () => ({ bench: inFdl1() }),
  'fdl1-baud-921600': () => ({ bench: inFdl1() }),
  'fdl1-start-fdl2': () => ({ bench: inFdl1() }),
  'fdl2-start-bootloader': () => ({ bench: inFdl2() }),
  'fdl2-start-ap': () => ({ bench: inFdl2() }),
  'fdl2-start-appimg-sample': () => ({ bench: inFdl2() }),
  'fdl2-start-py-fs-u': () => ({ bench: inFdl2() }),
  'fdl2-start-ps': () => ({ bench: inFdl2() }),
  'fdl2-start-nv': () => ({ bench: backedUp(inFdl2()) }),
  'fdl2-start-prepack': () => ({ bench: backedUp(inFdl2()) }),
  'norfdl-start-ap': () => ({ bench: inNorFdl() }),
  'norfdl-start-cp': () => ({ bench: backedUp(inNorFdl()) }),
  'norfdl-start-spl': () => ({ bench: inNorFdl() }),
  'midst-escaped-data-and-checksum': () => ({ bench: starting(inFdl2(), 2) }),
  'midst-odd-device-rule': () => ({ bench: starting(inFdl2(), 2), violations: ['FDL2: MIDST_DATA of an odd size'] }),
  'midst-odd-vendor-rule': () => ({ bench: starting(inFdl2(), 2), reply: none, violations: ['FDL2: a wrong check or size'] }),
  'midst-escaped-length-7e': () => ({ bench: starting(inFdl2(), 126) }),
  'midst-8-bytes': () => ({ bench: starting(inNorFdl(), 8) }),
  'read-flash-escaped-address': () => ({ bench: inFdl2(), reply: { read: 0x3000 } }),
  'fdl-read-nv-00000': () => ({ bench: reading(0), reply: { read: 0x3000 } }),
  'fdl-read-nv-03000': () => ({ bench: reading(0x3000), reply: { read: 0x3000 } }),
  'fdl-read-nv-1b000': () => ({ bench: reading(0x1b000), reply: { read: 0x3000 } }),
  'fdl-read-nv-1e000': () => ({ bench: reading(0x1e000), reply: { read: 0x2000 } }),
  'erase-flash-running-nv': () => ({ bench: backedUp(inFdl2()) }),
  'erase-fmt-fssys': () => ({ bench: backedUp(inFdl2()) }),
  'erase-fmt-fsext': () => ({ bench: backedUp(inFdl2()) }),
  'erase-fmt-fsmod': () => ({ bench: backedUp(inNorFdl()) }),
  'erase-all': () => ({ bench: backedUp(inFdl2()), violations: ['FDL2: erase of everything'] }),
  'erase-py-fs-u': () => ({ bench: backedUp(inFdl2()) }),
  'erase-py-fs-b': () => ({ bench: backedUp(inFdl2()) }),
  'erase-spl-example': () => ({ bench: backedUp(inNorFdl()) }),
  'rom-connect': () => ({ bench: inBslRom(), reply: romAck }),
  'rom-start-13000': () => ({ bench: inBslRom(), reply: romAck }),
  'rom-start-14000': () => ({ bench: inBslRom(), reply: romAck }),
  'rom-midst-escaped-data': () => ({ bench: inBslDownload(0x100), reply: romAck }),
  'rom-midst-8-bytes': () => ({ bench: inBslDownload(0x100), reply: romAck }),
  'rom-end': () => {
    const bench = inBslDownload(0x100);
    bench.ask(rom(op.midst, madeUp(0x100)));
    return { bench, reply: romAck };
  },
  'rom-exec': () => {
    const bench = inBslRom();
    load(bench, rom, 0x50800000, madeUp(0x100), 0x100);
    return { bench, reply: romAck };
  },
  'rom-baud-115200': () => ({ bench: inBslRom(), reply: romAck }),
  'check-baud-byte': () => ({ bench: loadFdl1(inRom('EC600U')), reply: golden('reply-ver-fdl') }),
  'pdl-connect': () => ({ bench: inRom('EC600U'), reply: pdlAck }),
  'pdl-start-host-fdl': () => ({ bench: inRom('EC600U'), reply: pdlAck }),
  'pdl-mid-0': () => ({ bench: inPdl(0x34c0), payload: hostFdl.subarray(0, 0x800), reply: pdlAck }),
  'pdl-mid-6-last': () => ({ bench: inPdl(0x34c0, 6), payload: hostFdl.subarray(0x3000), reply: pdlAck }),
  'pdl-mid-small': () => ({ bench: inPdl(4), reply: pdlAck }),
  'pdl-end': () => {
    const bench = inPdl(4);
    bench.ask(golden('pdl-mid-small'));
    return { bench, reply: pdlAck };
  },
  'pdl-exec': () => {
    const bench = inPdl(4);
    bench.ask(Buffer.concat([golden('pdl-mid-small'), golden('pdl-end')]));
    return { bench, reply: none };
  },
};

describe('every golden frame of a host', () => {
  const names = vectors.frames.filter(({ direction }) => direction === 'host-to-device').map(({ name }) => name);
  it.each(names)('%s is taken by the right stage', (name) => {
    const taken = takers[name]?.();
    if (!taken) throw new Error('no stage takes it');
    const { bench, reply = ack, payload = none, violations = [] } = taken;
    const answer = bench.ask(Buffer.concat([golden(name), payload]));
    if (Buffer.isBuffer(reply)) expect(answer).toEqual(reply);
    else expect(answer.readUInt16BE(1)).toBe(0x93);
    const reported = name === 'fdl-reset' ? bench.resets[0] : bench.board.report();
    expect(reported?.violations).toEqual(violations);
  });

  it('reads the NV in eleven parts that make up one whole', () => {
    const bench = inFdl2();
    const blob = readNv(bench, 0x20000);
    expect(blob.length).toBe(0x20000);
    expect(bench.board.report().commands['FDL2 READ_FLASH']).toBe(11);
  });
});

describe('the golden sums', () => {
  const values: Readonly<Record<string, (bytes: Buffer) => string>> = {
    sum16: (bytes) => Buffer.from(sumCheck(bytes)).toString('hex'),
    'crc16-xmodem': (bytes) => Buffer.from(crcCheck(bytes)).toString('hex'),
    'crc16-arc': (bytes) => `0x${crc16Arc(bytes).toString(16)}`,
  };
  it.each(vectors.checksums.filter(({ kind }) => kind in values))(
    '$kind of $input holds',
    ({ kind, input, wireBytes, value }) => {
      expect(values[kind]?.(bytesOf(input))).toBe(wireBytes ?? value);
    },
  );
});

describe('the golden NV blobs', () => {
  const { deviceBlob, templateBlob, mergedBlob } = vectors.nv;
  it('a blob of a device parses into its items and is made again from them', () => {
    const items = parseBlob(bytesOf(deviceBlob.hex));
    expect(items?.map(({ id, data }) => [id, data.length])).toEqual(
      deviceBlob.items.map(({ id, length }) => [Number(id), length]),
    );
    expect(Buffer.from(makeBlob(items ?? [], bytesOf(deviceBlob.hex).length))).toEqual(bytesOf(deviceBlob.hex));
  });

  it('a template with a stale CRC is refused, the merged one is not', () => {
    expect(parseBlob(bytesOf(templateBlob.hex))).toBeNull();
    expect(parseBlob(bytesOf(mergedBlob.hex))).toHaveLength(5);
  });
});

const samplesThere = existsSync(resolve(repository, '../shared/samples/unisoc/C51_APP.pac'));
if (!samplesThere) process.stderr.write('SKIPPED: ../shared/samples/unisoc is absent, its frames were not replayed\n');

describe.skipIf(!samplesThere)('the frames of the sample package', () => {
  const stages: Readonly<Record<string, () => { readonly bench: BenchTop; readonly frame: typeof fdl }>> = {
    '8910-fdl1': () => ({ bench: starting(inFdl1(), 0x1000, 0x810000), frame: fdl }),
    '8910-fdl2': () => ({ bench: starting(inFdl2(), 0x1000), frame: fdl }),
    '8850-rom': () => ({ bench: inBslDownload(0x1000), frame: rom }),
  };
  it.each(vectors.sampleFrames)('$name is taken by its stage', ({ stage, fields, wireLength, wireSha256 }) => {
    const { file, offset, length } = fields.payload;
    const data = readFileSync(resolve(repository, '..', file)).subarray(Number(offset), Number(offset) + length);
    const { bench, frame } = stages[stage]?.() ?? { bench: inFdl2(), frame: fdl };
    const wire = frame(op.midst, data);
    expect([wire.length, createHash('sha256').update(wire).digest('hex')]).toEqual([wireLength, wireSha256]);
    expect(bench.code(wire)).toBe(0x80);
    expect(bench.violations).toEqual([]);
  });
});

describe('framing', () => {
  const connects = (bench: BenchTop, bytes: Buffer): number => bench.writes(bytes).length;

  it('takes a frame byte by byte, and flags between frames as nothing', () => {
    const bench = inFdl2();
    const replies = [...Buffer.concat([flagByte, fdl(op.connect), flagByte, flagByte])].map((byte) =>
      bench.ask(Buffer.from([byte])),
    );
    expect(Buffer.concat(replies)).toEqual(ack);
    expect(bench.violations).toEqual([]);
  });

  it('takes the closing flag of one frame as the opening one of the next', () => {
    expect(connects(inFdl2(), Buffer.concat([fdl(op.connect), fdl(op.connect).subarray(1)]))).toBe(2);
  });

  it('starts again at a flag that comes early', () => {
    const bench = inFdl2();
    expect(connects(bench, Buffer.concat([fdl(op.connect).subarray(0, 4), fdl(op.connect)]))).toBe(1);
    expect(bench.violations).toEqual(['FDL2: a flag after 3 bytes of a frame']);
  });

  it('drops a frame without a flag after its check bytes', () => {
    const bench = inFdl2();
    expect(connects(bench, wrapped(bytesOf('00 00 00 00 ff ff 00')))).toBe(0);
    expect(connects(bench, fdl(op.connect))).toBe(1);
    expect(bench.violations).toEqual(['FDL2: no flag after the check bytes']);
  });

  it.each([
    ['FDL1', 0x860, () => starting(inFdl1(), 0x1000, 0x810000)],
    ['FDL2', 0x3020, () => starting(inFdl2(), 0x8000)],
    ['NORFDL', 0x3020, () => starting(inNorFdl(), 0x8000)],
  ])('lets %s drop what is longer than its buffer without a word', (name, limit, stage) => {
    const bench = stage();
    expect(connects(bench, fdl(op.midst, madeUp(limit - 6)))).toBe(1);
    expect(connects(bench, fdl(op.midst, madeUp(limit - 4)))).toBe(0);
    expect(connects(bench, fdl(op.connect))).toBe(1);
    expect(bench.violations).toEqual([`${name}: a frame of more than ${limit} bytes`]);
  });
});

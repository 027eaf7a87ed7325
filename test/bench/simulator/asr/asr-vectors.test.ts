// Every frame that the golden vectors say a device sends, as the simulated device sends it; every frame of the host, taken; and
// the tables and sparse images of the vectors, read.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fipProblem } from '../../../../src/bench/simulator/asr/fip.ts';
import { namesChip, parseFlashInfo } from '../../../../src/bench/simulator/asr/flash-info.ts';
import { FrameReader, type Incoming } from '../../../../src/bench/simulator/asr/frame-reader.ts';
import { parsePartitionTable } from '../../../../src/bench/simulator/asr/partition-table.ts';
import { parseSparse } from '../../../../src/bench/simulator/asr/sparse.ts';
import { sparsePieces } from '../../../../src/bench/simulator/demo-package/asr-sparse.ts';
import { flashInfo, norChips } from '../../../../src/bench/simulator/demo-package/asr-tables.ts';
import { type AsrBench, inFlasher, inRom, inSession, ramProgram, readyToFlash } from './asr-bench.ts';
import { command, data, hello, preamble, sparse, uabt } from './asr-host.ts';

interface Vector {
  readonly name: string;
  readonly direction: 'host-to-device' | 'device-to-host' | 'file';
  readonly type: string;
  readonly payload: string;
  readonly hex: string;
  readonly text?: string;
  readonly length?: number;
  readonly pieces?: readonly {
    readonly offsetBlocks: number;
    readonly rawBlocks: number;
    readonly headHex: string;
    readonly tailHex: string;
    readonly sha256: string;
  }[];
  readonly partitions?: readonly Readonly<Record<string, unknown>>[];
  readonly frames?: readonly { readonly type: string; readonly payload: string }[];
}

const { vectors } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../vectors/asr.json'), 'utf8')) as {
  vectors: readonly Vector[];
};
const named = (name: string): Vector => {
  const found = vectors.find((vector) => vector.name === name);
  if (!found) throw new Error(`no vector ${name}`);
  return found;
};
const bytesOf = (name: string): Buffer => Buffer.from(named(name).hex, 'hex');

const wrongChip = { habits: { nor: norChips.gd16M } };
const helloWith = (mtu: number): Buffer => {
  const bench = inRom({ habits: { mtu } });
  bench.ask(preamble);
  bench.ask(uabt);
  return bench.ask(hello());
};
const getVersionOf = (bootRom: string): Buffer => inSession({ habits: { bootRom } }).ask(command('getvar:version-bootrom'));
const afterDownload = (bench: AsrBench, bytes: Uint8Array, text: string): Buffer => {
  bench.download(bytes);
  return bench.ask(command(text));
};
/** Two images of one block each, of a weight of two blocks. */
const halfWay = (): Buffer => {
  const bench = readyToFlash();
  bench.say('progress:00002000');
  const piece = sparse(Buffer.alloc(4096, 0xa5));
  const first = afterDownload(bench, piece, 'flash:rfbin');
  return Buffer.concat([first, afterDownload(bench, piece, 'flash:logo')]);
};
const beating = async (): Promise<Buffer> => {
  const bench = inSession();
  await bench.clock.advance(300);
  return bench.heard();
};

/** For each device frame the situation in which the device must send it. */
const situations: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
  'preamble-answer-smux': () => inRom().ask(preamble),
  'preamble-answer-ethos': () => inRom({ habits: { link: 'ethos' } }).ask(preamble),
  'uabt-echo': () => {
    const bench = inRom();
    bench.ask(preamble);
    return bench.ask(uabt);
  },
  'hello-reply-1024': () => helloWith(1024),
  'hello-reply-512': () => helloWith(512),
  'hello-reply-mtu-with-escapes': () => helloWith(0x7d7e),
  heartbeat: beating,
  'reply-okay': () => inSession().ask(command('enable')),
  'reply-okay-0.5': () => inSession().ask(command('getvar:version')),
  'reply-okay-2019.01.15': () => getVersionOf('2019.01.15'),
  'reply-okay-2020.07.30': () => getVersionOf('2020.07.30'),
  'reply-okay-2021.10.16': () => getVersionOf('2021.10.16'),
  'reply-okay-arom-tiny': () => inSession().ask(command('getvar:product')),
  'reply-okay-0000f000': () => inSession().ask(command('getvar:max-download-size')),
  'reply-okay-001c0000': () => inFlasher().ask(command('getvar:max-download-size')),
  'reply-data-00006c8c': () => inSession().ask(command('download:00006c8c')),
  'reply-data-000ff054': () => inFlasher().ask(command('download:000ff054')),
  'reply-info-boot-log-line': () => {
    const bench = inSession({ habits: { infoLines: 1 } });
    bench.download(ramProgram);
    bench.say('verify');
    return bench.ask(command('call'));
  },
  'reply-prog-0': halfWay,
  'reply-prog-50': halfWay,
  'reply-prog-100': halfWay,
  'reply-fail-unknown-command': () => inSession().ask(command('dance')),
  'reply-fail-parse-flash-information-table-failed': () =>
    afterDownload(inFlasher(wrongChip), flashInfo([norChips.gd8M]), 'partition'),
  'reply-fail-sparse-not-a-sparse-file-image': () => afterDownload(readyToFlash(), Buffer.alloc(100), 'flash:cp'),
  'stdio-log-wrong-flash': () => afterDownload(inFlasher(wrongChip), flashInfo([norChips.gd8M]), 'partition'),
};

describe('device to host', () => {
  const deviceFrames = vectors.filter(({ direction, type }) => direction === 'device-to-host' && type !== 'STREAM');

  it('has a situation for every vector', () => {
    expect(Object.keys(situations).sort()).toEqual(deviceFrames.map(({ name }) => name).sort());
  });

  it.each(deviceFrames.map(({ name }) => name))('sends %s byte for byte', async (name) => {
    const sent = await situations[name]?.();
    expect(sent?.toString('hex')).toContain(named(name).hex);
  });
});

const typeNames: readonly string[] = ['STDIO', 'HELLO', 'HELLO_REPLY', 'ABOOT_CMD', 'ABOOT_DATA', 'HEART_BEAT'];
const shown = (message: Incoming): string =>
  message.kind === 'frame' ? `${typeNames[message.type]} ${Buffer.from(message.payload).toString('hex')}` : message.kind;
function heardIn(bytes: Uint8Array, chunk: number): string[] {
  const heard: string[] = [];
  const reader = new FrameReader(1024, (message) => heard.push(shown(message)));
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  return heard;
}

describe('host to device', () => {
  const hostFrames = vectors.filter(({ direction }) => direction === 'host-to-device');

  it.each(hostFrames.map((vector) => [vector.name, vector] as const))('takes %s, whole and byte by byte', (_, vector) => {
    const expected = vector.type === 'PREAMBLE' ? 'preamble' : `${vector.type} ${vector.payload}`;
    const bytes = Buffer.from(vector.hex, 'hex');
    expect(heardIn(bytes, bytes.length)).toEqual([expected]);
    expect(heardIn(bytes, 1)).toEqual([expected]);
  });

  it.each(vectors.filter(({ type }) => type === 'STREAM').map((vector) => [vector.name, vector] as const))(
    'reads the stream %s by the rules that hold both ways',
    (_, vector) => {
      const expected = vector.frames?.map(({ type, payload }) => `${type} ${payload}`);
      for (const chunk of [1, 3, 1_000]) expect(heardIn(Buffer.from(vector.hex, 'hex'), chunk)).toEqual(expected);
    },
  );

  const commands = vectors.filter(({ direction, type }) => direction === 'host-to-device' && type === 'ABOOT_CMD');
  it.each(commands.map(({ text = '' }) => text))('answers the command %s in a session', (text) => {
    const bench = readyToFlash();
    const [reply] = bench.say(text).slice(-1);
    expect(reply).toMatch(/^(OKAY|DATA|FAIL)/);
    const isOutOfPlace = /^(verify|call|partition|flash:)/.test(text);
    expect(bench.violations.length > 0).toBe(isOutOfPlace);
  });

  it('takes all the data vectors as one download', () => {
    const bench = inSession();
    const payloads = hostFrames.filter(({ type }) => type === 'ABOOT_DATA').map(({ payload }) => Buffer.from(payload, 'hex'));
    const total = payloads.reduce((sum, { length }) => sum + length, 0);
    bench.say(`download:${total.toString(16).padStart(8, '0')}`);
    const replies = payloads.map((payload) => bench.ask(data(payload)).toString('hex'));
    expect(replies.at(-1)).toBe(named('reply-okay').hex);
    expect(replies.slice(0, -1).join('')).toBe('');
  });
});

const recipes: Readonly<Record<string, () => Buffer>> = {
  'sparse-image-1-block-a5': () => Buffer.alloc(4096, 0xa5),
  'sparse-image-short-5-bytes': () => Buffer.from('hello'),
  'sparse-image-3-pieces': () => counted(2_457_601),
  'sparse-image-255-blocks': () => counted(255 * 4096),
  'sparse-image-256-blocks': () => counted(256 * 4096),
};
const counted = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 12) * 13 + 3) & 255));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('files', () => {
  it.each(Object.keys(recipes))('parses the pieces of %s into its blocks, and the demo writer makes the same pieces', (name) => {
    const image = recipes[name]?.() ?? Buffer.alloc(0);
    const padded = Buffer.alloc(Math.ceil(image.length / 4096) * 4096);
    image.copy(padded);
    const written = sparsePieces(image);
    const pieces = named(name).pieces ?? [];
    expect(pieces.length).toBeGreaterThan(0);
    for (const [index, { offsetBlocks, rawBlocks, headHex, tailHex, sha256: digest }] of pieces.entries()) {
      const raw = padded.subarray(offsetBlocks * 4096, (offsetBlocks + rawBlocks) * 4096);
      const piece = Buffer.concat([Buffer.from(headHex, 'hex'), raw, Buffer.from(tailHex, 'hex')]);
      expect(sha256(piece)).toBe(digest);
      expect(written[index]?.equals(piece)).toBe(true);
      const parsed = parseSparse(piece);
      if (typeof parsed === 'string') throw new Error(parsed);
      expect(parsed.totalBlocks).toBe(padded.length / 4096);
      expect(parsed.runs.map(({ block }) => block)).toEqual([offsetBlocks]);
      expect(Buffer.from(parsed.runs[0]?.bytes ?? []).equals(raw)).toBe(true);
    }
    expect(written).toHaveLength(pieces.length);
  });

  it('reads the made-up partition table and refuses it with one bit of its CRC flipped', () => {
    const bytes = bytesOf('partition-made-up-3-slots');
    const table = parsePartitionTable(bytes, 0x800000);
    expect(table).toMatchObject(
      (named('partition-made-up-3-slots').partitions ?? []).map(({ name, format, start, size }) => ({
        name,
        format,
        start,
        size,
      })),
    );
    bytes.writeUInt8(bytes.readUInt8(2187) ^ 1, 2187);
    expect(parsePartitionTable(bytes, 0x800000)).toBe('a wrong CRC-32');
  });

  it.each(['preboot', 'flasher'])('finds the FIP of %s in order, and refuses it a byte shorter', (name) => {
    const header = bytesOf(`fip-header-${name}`);
    const whole = Buffer.alloc(named(`fip-header-${name}`).length ?? 0);
    header.copy(whole);
    expect(fipProblem(whole)).toBeNull();
    expect(fipProblem(whole.subarray(0, -1))).toContain(`${whole.length - 1} bytes`);
  });

  it('reads the chips of the flash information header', () => {
    const whole = Buffer.alloc(648);
    bytesOf('flashinfo-8M-header').copy(whole);
    const listed = parseFlashInfo(whole) ?? [];
    expect(namesChip(listed, norChips.gd8M)).toBe(true);
    expect(namesChip(listed, norChips.gd16M)).toBe(false);
  });
});

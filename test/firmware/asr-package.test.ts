// An aboot release as an operator may hand it over: read, its script trusted or not and why, or refused with the reason named.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/failure.ts';
import { isAsrPackage } from '../../src/firmware/asr-package.ts';
import { asrReader } from '../../src/firmware/asr-reader.ts';
import { type Findings, throwAtOnce } from '../../src/firmware/findings.ts';
import { unpackFiles } from '../../src/firmware/package-files.ts';
import {
  type Contents,
  type Entry,
  fip,
  flashLines,
  goodScript,
  image,
  loadLines,
  manifestHead,
  manifestWrites,
  packageFiles,
  partitionTable,
  pattern,
  readFiles,
  readPackageOf,
  rows,
  script,
  scriptHead,
  sparse,
  tableLines,
} from './asr-builder.ts';
import { forgeZip, text } from './forged-zip.ts';
import { refusalOf } from './refusal.ts';

const sample = resolve(import.meta.dirname, '../../../shared/samples/asr/asr1603-8M-release.zip');
if (!existsSync(sample)) process.stderr.write(`SKIPPED: no sample at ${sample}\n`);

const codeOf = async (contents: Contents): Promise<string> => (await refusalOf(() => readPackageOf(contents))).code;
const withEntry = (...entries: readonly Entry[]): Contents => ({ manifest: [...manifestHead, ...manifestWrites, ...entries] });

describe('the sample package', () => {
  it.skipIf(!existsSync(sample))('is read whole, with its tables among the facts', async () => {
    const bytes = new Uint8Array(readFileSync(sample));
    const files = await unpackFiles(bytes, 'asr1603.zip', throwAtOnce);
    const findings: Findings = { members: [], facts: [], refuse: throwAtOnce };
    const read = await asrReader.read({ fileName: 'asr1603.zip', size: bytes.length, sha256: 'x', files }, findings);
    if (!isAsrPackage(read)) throw new Error('not an ASR package');
    expect(read.strategy).toEqual({ kind: 'manifest', reason: 'the package has no firmware.bin' });
    expect(read.bootRoms).toEqual(['2020.07.30']);
    expect(read.partitions).toHaveLength(22);
    const facts = new Map(findings.facts.map(({ name, value }) => [name, value]));
    expect(facts.get('partition user_app')).toBe('0x53C000 + 0x80000, raw, image 0x10040');
    expect(facts.get('flashDevice 0xEF:0x6017')).toBe('W25Q64JW');
    expect(facts.get('bootRom 2020.07.30')).toContain('ASR1603');
    expect(findings.members.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'manifest download.json',
      'loader preboot.img',
      'loader flasher.img',
      'flash-info flashinfo.bin',
      'partition-table partition.bin',
      'image app.bin',
    ]);
  });
});

describe('the shapes of a release', () => {
  it('are found in a zip within a zip, beside its platform_config.json', async () => {
    const inner = forgeZip(packageFiles().map(({ path, bytes }) => ({ name: path, bytes })));
    const outer = forgeZip([
      { name: 'platform_config.json', bytes: text('{"platform": " asr1606 "}') },
      { name: 'QPY_OCPU_V0001_EC800M_FW.zip', bytes: inner },
    ]);
    const files = await unpackFiles(outer, 'QPY.bin', throwAtOnce);
    const read = await readFiles(files, 'QPY.bin');
    expect(read.container).toBe('quecpython');
    expect(read.identity.version).toBe('QPY_OCPU_V0001_EC800M_FW.zip');
  });

  it.each(['ASR1803S', 'EIGEN', ''])('of platform %j are refused', async (platform) => {
    const config = { 'platform_config.json': text(JSON.stringify({ platform })) };
    expect(await codeOf({ members: config })).toBe('package-platform-mismatch');
  });

  it('without loaders, or twice in one file, are refused', async () => {
    const config = { path: 'platform_config.json', bytes: text('{"platform":"ASR"}') };
    const twice = ['a', 'b'].flatMap((folder) => packageFiles().map((file) => ({ ...file, path: `${folder}/${file.path}` })));
    const without = packageFiles({ members: { 'flasher.img': null } });
    expect((await refusalOf(() => readFiles([config, ...without]))).code).toBe('package-member-missing');
    expect((await refusalOf(() => readFiles(twice))).code).toBe('package-structure-invalid');
  });
});

describe('a manifest', () => {
  it('names an image that is not there: refused', async () => {
    expect(await codeOf({ members: { 'cp.bin': null } })).toBe('package-member-missing');
    expect(await codeOf({ members: { 'cp.bin': new Uint8Array() } })).toBe('package-structure-invalid');
  });

  it.each(['upload', 'boot', 'upgrade', 'cust-flash', 'fuse', 'format', 'enable'])('with %s is refused', async (command) => {
    expect(await codeOf(withEntry({ command, image: 'cp.bin', partition: 'cp' }))).toBe('package-structure-invalid');
  });

  it('keeps productionOnly entries out of the work, and shows them', async () => {
    const read = await readPackageOf(
      withEntry({ command: 'erase', partition: 'factory', productionOnly: true }, { command: 'fuse', productionOnly: true }),
    );
    expect(read.withheld).toEqual(['erase factory', 'fuse']);
    expect(read.entries.map(({ command }) => command)).not.toContain('fuse');
    expect(read.entries.filter((entry) => entry.command === 'erase').map(({ partition }) => partition)).toEqual(['fota_param']);
  });

  it('with a productionOnly that is neither true nor false is refused', async () => {
    const entry = { command: 'erase', partition: 'factory', productionOnly: 'true' };
    expect(await codeOf(withEntry(entry))).toBe('package-structure-invalid');
  });

  it.each(['factory', 'factory_a', 'factory_b', 'all'])(
    'that erases %s is refused: the factory data lies there',
    async (partition) => {
      expect(await codeOf(withEntry({ command: 'erase', partition }))).toBe('package-image-out-of-range');
      expect(await codeOf(withEntry({ command: 'flash', image: 'cp.bin', partition }))).toBe('package-image-out-of-range');
    },
  );

  it('that writes beyond a partition or to one the table lacks is refused', async () => {
    const big = { 'cp.bin': pattern(0x400001, 1) };
    expect(await codeOf({ members: big })).toBe('package-image-out-of-range');
    expect(await codeOf(withEntry({ command: 'erase', partition: 'dsp' }))).toBe('package-image-out-of-range');
    const beyond = partitionTable(rows.map(([name, start, size]) => [name, name === 'cp' ? 0x7ff000 : start, size]));
    expect(await codeOf({ members: { 'partition.bin': beyond } })).toBe('package-image-out-of-range');
  });

  it('whose images the table has no room for in whole blocks is refused', async () => {
    const table = partitionTable(rows.map(([name, start, size]) => [name, start, name === 'cp' ? 9001 : size]));
    expect(await codeOf({ members: { 'partition.bin': table } })).toBe('package-image-out-of-range');
  });

  it('without a check of the boot ROM is refused, since nothing else stops it on another chip', async () => {
    const manifest = [...manifestHead.filter(({ name }) => name !== 'version-bootrom'), ...manifestWrites];
    expect(await codeOf({ manifest })).toBe('package-structure-invalid');
  });

  it('for the ETHOS link is refused, and the reason names it', async () => {
    const manifest = [{ command: 'require', name: 'product', value: 'arom' }, ...manifestHead.slice(1), ...manifestWrites];
    const failure = await refusalOf(() => readPackageOf({ manifest }));
    expect(failure.code).toBe('package-platform-mismatch');
    expect(failure.detail).toContain('ETHOS');
  });

  it('for several chips takes each loader from the folder of its boot ROM', async () => {
    const call = (name: string, rom: string): Entry => ({ command: 'call', image: name, 'version-bootrom': rom });
    const roms = ['2020.07.30', '2021.10.16'];
    const manifest = [
      ...roms.flatMap((rom) => [call('preboot.img', rom), call('flasher.img', rom)]),
      ...manifestHead.slice(6),
      ...manifestWrites,
    ];
    const members = Object.fromEntries(
      roms.flatMap((rom, seed) => [
        [`${rom}/preboot.img`, fip(500, seed)],
        [`${rom}/flasher.img`, fip(600, seed)],
      ]),
    );
    const read = await readPackageOf({ manifest, members: { ...members, 'preboot.img': null, 'flasher.img': null } });
    expect(read.bootRoms).toEqual(roms);
    const calls = read.entries.filter((entry) => entry.command === 'call');
    expect(calls.map(({ variants }) => variants.map(({ part }) => part.name))).toEqual([
      ['2020.07.30/preboot.img', '2021.10.16/preboot.img'],
      ['2020.07.30/flasher.img', '2021.10.16/flasher.img'],
    ]);
  });

  it.each([
    ['a check after the loaders', [...manifestHead.slice(1), manifestHead[0], ...manifestWrites]],
    ['a write before the tables', [...manifestHead.slice(0, 6), ...manifestWrites, ...manifestHead.slice(6)]],
    ['one table only', [...manifestHead.slice(0, 7), ...manifestWrites]],
    ['nothing to write', manifestHead],
    ['a check of an unknown name', [{ command: 'require', name: 'color', value: 'red' }, ...manifestHead, ...manifestWrites]],
    ['an image that leads out of the zip', [...manifestHead, { command: 'flash', image: '../cp.bin', partition: 'cp' }]],
    ['a partition with a line end', [...manifestHead, ...manifestWrites, { command: 'erase', partition: 'cp\nfuse' }]],
    ['a boot ROM on a flash', [...manifestHead, { ...manifestWrites[0], 'version-bootrom': '2020.07.30' }]],
  ] as [string, Entry[]][])('with %s is refused', async (_, manifest) => {
    expect(await codeOf({ manifest })).toBe('package-structure-invalid');
  });

  it('with two images for one partition is refused', async () => {
    expect(await codeOf(withEntry({ command: 'flash', image: 'customer_app.bin', partition: 'cp' }))).toBe(
      'package-duplicate-entry',
    );
  });

  it('that is no JSON, or no list, is refused', async () => {
    expect(await codeOf({ members: { 'download.json': text('[') } })).toBe('package-structure-invalid');
    expect(await codeOf({ members: { 'download.json': text('{}') } })).toBe('package-structure-invalid');
    expect(await codeOf({ members: { 'download.json': text('[1]') } })).toBe('package-structure-invalid');
  });
});

describe('a script', () => {
  const strategyOf = async (contents: Contents) => (await readPackageOf(contents)).strategy;
  const rest = ['erase:fota_param', 'OKAY', ...flashLines('customer_app', sparse(image('customer_app.bin')))];

  it('that says the same as the manifest is replayed', async () => {
    expect(await strategyOf({ script: goodScript() })).toMatchObject({ kind: 'script' });
  });

  it('whose image is not the one in the zip is stale, and the manifest is executed', async () => {
    const stale = script([...scriptHead(), ...flashLines('cp', sparse(pattern(9001, 99))), ...rest]);
    const { kind, reason } = await strategyOf({ script: stale });
    expect(kind).toBe('manifest');
    expect(reason).toContain('cp.bin');
  });

  it('that leaves a piece of an image out is stale', async () => {
    const lines = [...scriptHead(), ...flashLines('cp', sparse(image('cp.bin'), 0, 2)), ...rest];
    expect(await strategyOf({ script: script(lines) })).toMatchObject({ kind: 'manifest' });
  });

  it.each([
    ['writes other partitions', [...scriptHead(), ...rest], 'it writes'],
    ['erases other partitions', [...scriptHead(), ...flashLines('cp', sparse(image('cp.bin'))), ...rest.slice(2)], 'it erases'],
    [
      'is for another boot ROM',
      [...scriptHead('2021.10.16'), ...flashLines('cp', sparse(image('cp.bin'))), ...rest],
      '2021.10.16',
    ],
    [
      'does not ask for the boot ROM',
      [
        ...loadLines(image('preboot.img')),
        ...loadLines(image('flasher.img')),
        ...tableLines(image('flashinfo.bin')),
        ...tableLines(image('partition.bin')),
        ...flashLines('cp', sparse(image('cp.bin'))),
        ...rest,
      ],
      'boot ROM',
    ],
    [
      'loads another preboot.img',
      [
        ...scriptHead().slice(0, 6),
        ...loadLines(fip(500, 77)),
        ...loadLines(image('flasher.img')),
        ...tableLines(image('flashinfo.bin')),
        ...tableLines(image('partition.bin')),
        ...flashLines('cp', sparse(image('cp.bin'))),
        ...rest,
      ],
      'preboot.img',
    ],
  ])('that %s is not trusted', async (_, lines, why) => {
    const { kind, reason } = await strategyOf({ script: script(lines) });
    expect(kind).toBe('manifest');
    expect(reason).toContain(why);
  });

  it('with compressed images is trusted by the times in the zip: never when an image is newer, or a time unknown', async () => {
    const lines = script([...scriptHead(), ...flashLines('cp', pattern(500, 8)), ...rest]);
    expect(await strategyOf({ script: lines })).toMatchObject({ kind: 'script' });
    expect(await strategyOf({ script: lines, modified: { 'cp.bin': 101 } })).toMatchObject({ kind: 'manifest' });
    expect(await strategyOf({ script: lines, modified: { 'firmware.bin': 99 } })).toMatchObject({ kind: 'manifest' });
    expect(await strategyOf({ script: lines, modified: { 'firmware.bin': undefined } })).toMatchObject({ kind: 'manifest' });
    expect(await strategyOf({ script: lines, modified: { 'customer_app.bin': 500 } })).toMatchObject({ kind: 'script' });
  });

  it('that writes the factory data or beyond a partition refuses the package, trusted or not', async () => {
    const factory = script([...scriptHead(), 'erase:factory_b', 'OKAY', ...rest]);
    const beyond = script([...scriptHead(), ...flashLines('ptable', sparse(pattern(9001, 1))), ...rest]);
    expect(await codeOf({ script: factory })).toBe('package-image-out-of-range');
    expect(await codeOf({ script: beyond })).toBe('package-image-out-of-range');
  });

  it('with a command that may not be sent refuses the package', async () => {
    expect(await codeOf({ script: script([...scriptHead(), 'fuse', 'OKAY']) })).toBe('package-structure-invalid');
  });
});

describe('any package', () => {
  const whatIsWritten = (entries: readonly { command: string }[]): unknown =>
    entries.filter(({ command }) => ['call', 'partition', 'flash', 'erase'].includes(command));

  it('with bytes changed is read to the same work or refused, never a crash', async () => {
    const files = packageFiles({ script: goodScript() });
    const workOf = async (changed: typeof files): Promise<string> => {
      const { entries, script: groups, strategy, partitions } = await readFiles(changed);
      return JSON.stringify({ entries, groups, strategy, partitions }, (_, value: unknown) =>
        ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') : value,
      );
    };
    const whole = await workOf(files);
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length - 1), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, at, flip) => {
        const changed = files.map((file, index) => {
          if (index !== which) return file;
          const bytes = file.bytes.slice();
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
          return { ...file, bytes };
        });
        try {
          const work = JSON.parse(await workOf(changed)) as {
            strategy: { kind: string };
            entries: readonly { command: string }[];
          };
          // A changed image is another package. What must not be is a script that is replayed although the two disagree.
          const before = JSON.parse(whole) as typeof work;
          if (work.strategy.kind === 'script') expect(whatIsWritten(work.entries)).toEqual(whatIsWritten(before.entries));
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
          expect(thrown.failure.code).toMatch(/^package-/);
        }
      }),
      { numRuns: 150 },
    );
  });
});

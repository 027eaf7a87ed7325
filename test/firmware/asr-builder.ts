// Builds small aboot packages for tests: loaders, tables, manifest, script, sparse pieces. It shares nothing with the readers.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type AsrPackage, isAsrPackage } from '../../src/firmware/asr-package.ts';
import { asrReader } from '../../src/firmware/asr-reader.ts';
import { throwAtOnce } from '../../src/firmware/findings.ts';
import type { PackageFile } from '../../src/firmware/package-files.ts';
import { text } from './forged-zip.ts';

export const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 12) * 13 + seed) & 0xff);

export function fip(length: number, seed: number): Uint8Array {
  const bytes = Buffer.from(pattern(length, seed));
  bytes.fill(0, 0, 96);
  bytes.writeUInt32LE(0xaa640001, 0);
  bytes.writeUInt32LE(0x12345678, 4);
  bytes.write('5ff9ec0b4d223e4da544c39d81c73f0a', 16, 'hex');
  bytes.writeUInt32LE(96, 32);
  bytes.writeUInt32LE(length - 96, 40);
  bytes.writeUInt32LE(length, 72);
  return new Uint8Array(bytes);
}

export type PartitionRow = readonly [name: string, start: number, size: number];

export const rows: readonly PartitionRow[] = [
  ['all', 0, 0x800000],
  ['bootloader', 0, 0x24000],
  ['ptable', 0x24000, 0x1000],
  ['rd', 0x28000, 0x10000],
  ['cp', 0x40000, 0x400000],
  ['customer_app', 0x53c000, 0x80000],
  ['customer_fs', 0x5bc000, 0x100000],
  ['fota_param', 0x6bc000, 0x4000],
  ['nvm', 0x760000, 0x80000],
  ['factory', 0x7e0000, 0x20000],
  ['factory_a', 0x7e0000, 0x10000],
];

export function partitionTable(partitions: readonly PartitionRow[] = rows): Uint8Array {
  const bytes = Buffer.alloc(2188);
  bytes.write('BTPA', 'latin1');
  bytes.writeUInt32LE(partitions.length, 4);
  partitions.forEach(([name, start, size], slot) => {
    const at = 8 + slot * 68;
    bytes.write(name, at, 'latin1');
    bytes.write(slot === 0 ? 'group' : 'raw', at + 32, 'latin1');
    bytes.writeUInt32LE(start, at + 48);
    bytes.writeUInt32LE(size, at + 52);
    bytes.writeUInt32LE(size, at + 60);
    bytes.writeUInt32LE(slot === 0 ? 0 : 2, at + 64);
  });
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 2184)), 2184);
  return new Uint8Array(bytes);
}

export function flashInfo(devices: readonly string[] = ['GD25LQ64C', 'W25Q64JW']): Uint8Array {
  const bytes = Buffer.alloc(144 + devices.length * 72);
  bytes.write('FNIF', 'latin1');
  bytes.write(devices[0] ?? '', 8, 'latin1');
  bytes.write('QSPI_NOR', 0x48, 'latin1');
  [1, 0x1000, 0x100, 0x1000, 0x10000, 0, 0x800000, 0, 0xff, devices.length].forEach((value, index) => {
    bytes.writeUInt32LE(value, 0x68 + index * 4);
  });
  devices.forEach((name, index) => {
    const at = 144 + index * 72;
    bytes.writeUInt16LE(0xc8 + index, at);
    bytes.writeUInt16LE(0x6017, at + 2);
    bytes.write(name, at + 8, 'latin1');
  });
  return new Uint8Array(bytes);
}

export interface Entry {
  readonly command: string;
  readonly [field: string]: unknown;
}

export const manifestHead: readonly Entry[] = [
  { command: 'require', group: '0', name: 'product', value: 'arom-tiny' },
  { command: 'require', group: '0', name: 'version', value: '0.5' },
  { command: 'require', group: '0', name: 'version-bootrom', value: '2020.07.30' },
  { command: 'progress', group: '0', name: 'weight', value: 9000 },
  { command: 'call', group: '0', image: 'preboot.img' },
  { command: 'call', group: '0', image: 'flasher.img' },
  { command: 'partition', group: '0', image: 'flashinfo.bin' },
  { command: 'partition', group: '0', image: 'partition.bin' },
];

export const manifestWrites: readonly Entry[] = [
  { command: 'flash', group: '1', image: 'cp.bin', partition: 'cp', weight: 8000 },
  { command: 'erase', group: '2', partition: 'fota_param' },
  { command: 'flash', group: '3', image: 'customer_app.bin', partition: 'customer_app', weight: 1000 },
];

export const images: Readonly<Record<string, Uint8Array>> = {
  'preboot.img': fip(500, 1),
  'flasher.img': fip(700, 2),
  'flashinfo.bin': flashInfo(),
  'partition.bin': partitionTable(),
  'cp.bin': pattern(9001, 3),
  'customer_app.bin': pattern(4096, 4),
};

/** One sparse piece of the whole image, naively made. */
export function sparse(image: Uint8Array, block = 0, blocks = Math.ceil(image.length / 4096)): Uint8Array {
  const total = Math.ceil(image.length / 4096);
  const raw = Buffer.alloc(blocks * 4096);
  raw.set(image.subarray(block * 4096, (block + blocks) * 4096));
  const chunk = (type: number, count: number, content: Buffer): Buffer => {
    const head = Buffer.alloc(16);
    head.writeUInt16LE(type, 0);
    head.writeUInt32LE(count, 4);
    head.writeUInt32LE(16 + content.length, 8);
    return Buffer.concat([head, content]);
  };
  const nothing = Buffer.alloc(0);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(raw));
  const chunks = [
    ...(block > 0 ? [chunk(0xcac3, block, nothing)] : []),
    chunk(0xcac1, blocks, raw),
    ...(total > block + blocks ? [chunk(0xcac3, total - block - blocks, nothing)] : []),
    chunk(0xcac4, 0, checksum),
  ];
  const head = Buffer.from('3aff26ed010000002000100000100000', 'hex');
  const counts = Buffer.alloc(16);
  counts.writeUInt32LE(total, 0);
  counts.writeUInt32LE(chunks.length, 4);
  return new Uint8Array(Buffer.concat([head, counts, ...chunks]));
}

export type ScriptLine = string | Uint8Array;

/** Alternating command, reply and data lines under a right first line. */
export function script(lines: readonly ScriptLine[]): Uint8Array {
  const body = Buffer.concat(
    lines.map((line) => (typeof line === 'string' ? Buffer.from(`${line}\n`, 'latin1') : Buffer.from(line))),
  );
  const size = (body.length + 17).toString(16).padStart(8, '0');
  return new Uint8Array(Buffer.concat([Buffer.from(`!CRANE! ${size}\n`, 'latin1'), body]));
}

export const downloadLines = (data: Uint8Array): ScriptLine[] => {
  const size = data.length.toString(16).padStart(8, '0');
  return [`download:${size}`, `DATA${size}`, data, '', 'OKAY'];
};

export const loadLines = (data: Uint8Array): ScriptLine[] => [...downloadLines(data), 'verify', 'OKAY', 'call', 'OKAY'];
export const tableLines = (data: Uint8Array): ScriptLine[] => [...downloadLines(data), 'partition', 'OKAY'];
export const flashLines = (partition: string, data: Uint8Array): ScriptLine[] => [
  ...downloadLines(data),
  `flash:${partition}`,
  'OKAY',
];

export const image = (name: string): Uint8Array => {
  const bytes = images[name];
  if (bytes === undefined) throw new Error(`no image ${name}`);
  return bytes;
};

export const scriptHead = (bootRom = '2020.07.30'): ScriptLine[] => [
  'getvar:product',
  'OKAYarom|arom-tiny',
  'getvar:version-bootrom',
  `OKAY${bootRom}`,
  'getvar:max-download-size',
  'OKAY0000f000',
  ...loadLines(image('preboot.img')),
  ...loadLines(image('flasher.img')),
  ...tableLines(image('flashinfo.bin')),
  ...tableLines(image('partition.bin')),
  'progress:00002328',
  'OKAY',
];

/** Says the same as the manifest; cp goes in two pieces. */
export const goodScript = (): Uint8Array =>
  script([
    ...scriptHead(),
    ...flashLines('cp', sparse(image('cp.bin'), 0, 2)),
    ...flashLines('cp', sparse(image('cp.bin'), 2, 1)),
    'erase:fota_param',
    'OKAY',
    ...flashLines('customer_app', sparse(image('customer_app.bin'))),
  ]);

export interface Contents {
  readonly manifest?: readonly Entry[];
  /** Replaces or adds members; null leaves one out. */
  readonly members?: Readonly<Record<string, Uint8Array | null>>;
  readonly script?: Uint8Array;
  /** `PackageFile.modified` by name; 100 where it is not given. */
  readonly modified?: Readonly<Record<string, number | undefined>>;
}

export function packageFiles({ manifest, members = {}, script: lines, modified = {} }: Contents = {}): PackageFile[] {
  const all: Record<string, Uint8Array | null> = {
    'download.json': text(JSON.stringify(manifest ?? [...manifestHead, ...manifestWrites])),
    ...images,
    ...(lines && { 'firmware.bin': lines }),
    ...members,
  };
  return Object.entries(all).flatMap(([path, bytes]): PackageFile[] => {
    const time = Object.hasOwn(modified, path) ? modified[path] : 100;
    return bytes === null ? [] : [{ path, bytes, ...(time !== undefined && { modified: time }) }];
  });
}

/** Reads it as the dispatcher does, without the zip around it. */
export async function readFiles(files: readonly PackageFile[], fileName = 'aboot.zip'): Promise<AsrPackage> {
  const sha256 = createHash('sha256')
    .update(JSON.stringify(files.map(({ path }) => path)))
    .digest('hex');
  const probe = { fileName, size: 1, sha256, files };
  if (!asrReader.recognises(probe)) throw new Error('not recognised');
  const read = await asrReader.read(probe, { members: [], facts: [], refuse: throwAtOnce });
  if (!isAsrPackage(read)) throw new Error('not an ASR package');
  return read;
}

export const readPackageOf = (contents: Contents = {}): Promise<AsrPackage> => readFiles(packageFiles(contents));

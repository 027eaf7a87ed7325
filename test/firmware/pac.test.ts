// The `.pac` reader: the vendor sample equals the golden vectors, and everything the file could lie about is refused by name.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unisocReader } from '../../src/firmware/unisoc-package.ts';
import { crc16XmodemCheck, HdlcEncoder, sum16Check } from '../../src/framing/hdlc.ts';
import { type BuiltFile, buildPac, buildXml, pattern, repairPac } from './pac-builder.ts';
import { pacOf, readBare, readFiles, refusalOf, small8850, small8910 } from './pac-samples.ts';

const samplePath = resolve(import.meta.dirname, '../../../shared/samples/unisoc/C51_APP.pac');
const hasSample = existsSync(samplePath);
if (!hasSample) process.stderr.write(`SKIPPED: no ${samplePath}, the vendor sample is not compared\n`);

interface PacVector {
  readonly size: number;
  readonly sha256: string;
  readonly header: Readonly<Record<string, string | number>>;
  readonly entries: readonly Readonly<Record<string, string | number>>[];
  readonly xml: { readonly nvBackup: string; readonly files: readonly Readonly<Record<string, string>>[] };
}
interface SampleFrame {
  readonly name: string;
  readonly checksum: string;
  readonly fields: {
    readonly type: string;
    readonly payload: { readonly offset: string; readonly length: number; readonly sha256: string };
  };
  readonly wireLength: number;
  readonly wireSha256: string;
}
const vectors = JSON.parse(readFileSync(resolve(import.meta.dirname, '../vectors/unisoc.json'), 'utf8')) as {
  readonly pac: PacVector;
  readonly sampleFrames: readonly SampleFrame[];
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!hasSample)('the vendor sample C51_APP.pac', () => {
  const bytes = hasSample ? new Uint8Array(readFileSync(samplePath)) : new Uint8Array(0);
  const { header, entries, xml } = vectors.pac;

  it('has the header and CRCs of the vectors', async () => {
    const { pac, chip } = await readBare(bytes);
    expect(chip).toBe('8910');
    expect(pac.sha256).toBe(vectors.pac.sha256);
    expect({
      version: pac.version,
      loSize: pac.size,
      productName: pac.productName,
      productVersion: pac.productVersion,
      productAlias: pac.productAlias,
      fileCount: pac.fileCount,
      mode: pac.mode,
      flashType: pac.flashType,
      nandStrategy: pac.nandStrategy,
      isNvBackup: pac.isNvBackup,
      nandPageType: pac.nandPageType,
      omaDmProductFlag: pac.omaDmProductFlag,
      isOmaDm: pac.isOmaDm,
      isPreload: pac.isPreload,
      crc1: pac.crc1.toString(16),
      crc2: pac.crc2.toString(16),
      hiSize: 0,
      fileOffset: '0x84c',
      magic: '0xfffafffa',
    }).toEqual(header);
  });

  it('has the entries of the vectors', async () => {
    const read = await readBare(bytes);
    const hex32 = (value: number | undefined): string => `0x${(value ?? 0).toString(16).padStart(8, '0')}`;
    const shown = read.entries.map((entry) => ({
      index: entry.index,
      id: entry.id,
      name: entry.fileName,
      size: entry.bytes.length,
      dataOffset: `0x${entry.dataOffset.toString(16)}`,
      address: hex32(entry.addresses[0]),
      addrNum: entry.addresses.length,
      fileFlag: entry.fileFlag,
      checkFlag: entry.checkFlag,
      canOmitFlag: entry.canOmitFlag,
      sha256: entry.sha256,
    }));
    expect(shown).toEqual(entries);
  });

  it('has the scheme of the vectors', async () => {
    const { files, nvItemsToKeep, nvTemplate } = await readBare(bytes);
    const shown = files.map(({ id, alias, type, base, blockSize, checkFlag }) => ({
      id,
      alias,
      type,
      base: `0x${base.toString(16)}`,
      size: `0x${blockSize.toString(16)}`,
      flag: '1',
      checkFlag: String(checkFlag),
    }));
    expect(shown).toEqual(xml.files);
    expect({ nvItemsToKeep, nvTemplate }).toEqual({ nvItemsToKeep: [], nvTemplate: null });
  });

  it.each(vectors.sampleFrames)('its bytes make the frame $name', ({ checksum, fields, wireLength, wireSha256 }) => {
    const { offset, length, sha256: digest } = fields.payload;
    const data = bytes.subarray(Number(offset), Number(offset) + length);
    const wire = new HdlcEncoder(checksum === 'sum16' ? sum16Check : crc16XmodemCheck, 0x1000).encode(Number(fields.type), data);
    expect({ digest: sha256(data), length: wire.length, wire: sha256(wire) }).toEqual({
      digest,
      length: wireLength,
      wire: wireSha256,
    });
  });

  it('is refused after any single damaged byte of 64 spread over it', async () => {
    for (let i = 0; i < 64; i++) {
      const damaged = bytes.slice();
      const at = Math.floor((i * bytes.length) / 64) + i;
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(await refusalOf(readBare(damaged)), `byte ${at}`).not.toBe('accepted');
    }
  });
});

describe('the pac reader', () => {
  it('reads both versions of the container', async () => {
    for (const version of ['BP_R1.0.0', 'BP_R2.0.1']) {
      const { pac } = await readBare(buildPac({ files: small8910, version }));
      expect(pac.version).toBe(version);
    }
  });

  it('chooses the flow by HOST_FDL, else by FDL', async () => {
    const [a, b] = [await readBare(pacOf(small8910)), await readBare(pacOf(small8850))];
    expect([a.chip, a.platforms, b.chip, b.platforms]).toEqual(['8910', ['unisoc8910'], '8850', ['unisoc8850']]);
  });

  it('keeps the order of the File elements, and the ids of NVItem but those by name', async () => {
    const files: BuiltFile[] = [
      ...small8910,
      { id: 'NV', type: 'NV', base: 0xfe000003, data: pattern(64, 5), blockSize: 0x20000 },
    ];
    const image = await readBare(buildPac({ files, nvItems: ['0x26e', '0xffffffff', '0x1b4', '0x26E'] }));
    expect(image.files.map(({ id }) => id)).toEqual(['HOST_FDL', 'FDL2', 'AP', 'FLASH', 'NV']);
    expect(image.nvItemsToKeep).toEqual([0x26e, 0x1b4]);
    expect(image.nvTemplate).toEqual(pattern(64, 5));
  });

  it('takes the scheme that the product names when there are more', async () => {
    const [name, other] = [buildXml('A', small8910.slice(0, 3)), buildXml('B', small8910)];
    const schemes = `${/<Scheme name[\s\S]*<\/Scheme>/.exec(other)?.[0]}${/<Scheme name[\s\S]*<\/Scheme>/.exec(name)?.[0]}`;
    const xml = name.replace(/<Scheme name[\s\S]*<\/Scheme>/, schemes);
    const image = await readBare(buildPac({ files: small8910, productName: 'A', xml }));
    expect(image.files.map(({ id }) => id)).toEqual(['HOST_FDL', 'FDL2', 'AP']);
    const orphan = buildPac({ files: small8910, productName: 'A', xml: xml.replace('<SchemeName>A<', '<SchemeName>C<') });
    expect(await refusalOf(readBare(orphan))).toBe('package-member-missing');
  });

  it('is no reader for a file that does not begin as a pac', () => {
    const probe = (bytes: Uint8Array) => ({ fileName: 'x', size: bytes.length, sha256: '', files: [{ path: 'x', bytes }] });
    expect(unisocReader.recognises(probe(pacOf()))).toBe(true);
    expect(unisocReader.recognises(probe(new TextEncoder().encode('bpkg and so on')))).toBe(false);
  });

  it('lists for inspection where each entry goes', async () => {
    const { members } = await readBare(pacOf());
    expect(members.map(({ name, kind, address, size }) => [name, kind, address, size])).toEqual([
      ['HOST_FDL', 'HOST_FDL', 0x8000c0, 60],
      ['FDL2', 'FDL2', 0x810000, 80],
      ['AP', 'CODE', 0x60010000, 101],
      ['FLASH', 'EraseFlash', 0xfe000001, 0],
      ['UIX8910_MODEM.xml', 'XML', undefined, members[4]?.size],
    ]);
  });
});

describe('the pac reader refuses', () => {
  const entry = (index: number, field: number): number => 0x84c + index * 0xa14 + field;
  const set = (offset: number, value: number) => (pac: Uint8Array) => new DataView(pac.buffer).setUint32(offset, value, true);
  const write = (offset: number, text: string) => (pac: Uint8Array) => pac.set(Buffer.from(`${text}\0`, 'utf16le'), offset);
  const copyField = (from: number, to: number) => (pac: Uint8Array) =>
    new DataView(pac.buffer).setUint32(to, new DataView(pac.buffer).getUint32(from, true), true);

  const changes: readonly [string, (pac: Uint8Array) => void, string][] = [
    ['another version', write(0, 'BP_R1.0.1'), 'package-format-unknown'],
    ['a wrong magic', set(0x844, 0xfffafffb), 'package-structure-invalid'],
    ['entries elsewhere than after the header', set(0x438, 0x850), 'package-structure-invalid'],
    ['no files at all', set(0x434, 0), 'package-structure-invalid'],
    ['more entries than the file holds', set(0x434, 0x10000000), 'package-truncated'],
    ['an entry of another size', set(entry(2, 0), 0xa18), 'package-structure-invalid'],
    ['data outside the file', set(entry(2, 0x610), 0x7fffffff), 'package-structure-invalid'],
    ['data that begins inside the entries', set(entry(2, 0x610), 0x84c), 'package-structure-invalid'],
    ['a size beyond the file', set(entry(2, 0x604), 0x7fffffff), 'package-structure-invalid'],
    ['a size of 4 GiB more', set(entry(2, 0x5fc), 1), 'package-structure-invalid'],
    ['an offset of 4 GiB more', set(entry(2, 0x600), 1), 'package-structure-invalid'],
    ['data over another entry', copyField(entry(1, 0x610), entry(2, 0x610)), 'package-structure-invalid'],
    ['an image without a file name', write(entry(2, 0x204), ''), 'package-structure-invalid'],
    ['an image without data', set(entry(2, 0x604), 0), 'package-structure-invalid'],
    ['an image that calls itself an operation', set(entry(2, 0x608), 0), 'package-structure-invalid'],
    ['an unknown file flag', set(entry(2, 0x608), 3), 'package-structure-invalid'],
    ['a second XML', set(entry(2, 0x608), 2), 'package-structure-invalid'],
    ['an unknown check flag', set(entry(2, 0x60c), 2), 'package-structure-invalid'],
    ['six addresses', set(entry(2, 0x618), 6), 'package-structure-invalid'],
    ['an address other than the XML says', set(entry(2, 0x61c), 0x60020000), 'package-structure-invalid'],
    ['two entries with one id', write(entry(2, 4), 'fdl2'), 'package-duplicate-entry'],
    ['a renamed entry that the XML names', write(entry(2, 4), 'BP'), 'package-member-missing'],
    ['a control character in a name', write(entry(2, 0x204), 'a\x1b[2J'), 'package-structure-invalid'],
    ['no HOST_FDL, and no FDL', write(entry(0, 4), 'HOST_FDX'), 'package-member-missing'],
  ];
  it.each(changes)('%s', async (_, change, code) => {
    const pac = pacOf();
    change(pac);
    expect(await refusalOf(readBare(repairPac(pac)))).toBe(code);
  });

  const files: readonly [string, readonly BuiltFile[], string][] = [
    ['neither HOST_FDL nor FDL', small8910.slice(2), 'package-member-missing'],
    ['HOST_FDL without FDL2', [...small8910.slice(0, 1), ...small8910.slice(2)], 'package-member-missing'],
    [
      'an FDL1 its ROM cannot hold',
      [{ id: 'HOST_FDL', base: 0x8000c0, data: pattern(0xff42, 1) }, ...small8910.slice(1)],
      'package-image-out-of-range',
    ],
    [
      'an FDL2 its FDL1 cannot hold',
      [...small8910.slice(0, 1), { id: 'FDL2', base: 0x810000, data: pattern(0x30002, 1) }],
      'package-image-out-of-range',
    ],
    ['a NORFDL its ROM cannot hold', [{ id: 'FDL', base: 0x50800000, data: pattern(0x14002, 1) }], 'package-image-out-of-range'],
    [
      'an image above its Block',
      [...small8910, { id: 'B', base: 0x60200000, data: pattern(66, 1), blockSize: 64 }],
      'package-image-out-of-range',
    ],
    [
      'an odd image that fills its Block',
      [...small8910, { id: 'B', base: 0x60200000, data: pattern(65, 1), blockSize: 65 }],
      'package-image-out-of-range',
    ],
  ];
  it.each(files)('%s', async (_, list, code) => {
    expect(await refusalOf(readBare(pacOf(list)))).toBe(code);
  });

  const xmls: readonly [string, (xml: string) => string, string][] = [
    ['an XML that names an absent entry', (xml) => xml.replaceAll('>AP<', '>AQ<'), 'package-member-missing'],
    ['an image that no File names', (xml) => xml.replace(/<File><ID>AP<[\s\S]*?<\/File>/, ''), 'package-structure-invalid'],
    [
      'an operation that no File names',
      (xml) => xml.replace(/<File><ID>FLASH<[\s\S]*?<\/File>/, ''),
      'package-structure-invalid',
    ],
    ['a File twice', (xml) => xml.replace(/(<File><ID>AP<[\s\S]*?<\/File>)/, '$1$1'), 'package-duplicate-entry'],
    ['a File without Block', (xml) => xml.replace(/<Block>[\s\S]*?<\/Block>/, ''), 'package-structure-invalid'],
    ['a Base that is no number', (xml) => xml.replace('0x60010000', '60010000h'), 'package-structure-invalid'],
    ['a Base above 32 bits', (xml) => xml.replace('0x60010000', '0x160010000'), 'package-structure-invalid'],
    ['a DTD', (xml) => xml.replace('<BMAConfig>', '<!DOCTYPE x [<!ENTITY a "b">]><BMAConfig>'), 'package-structure-invalid'],
    ['an entity of its own', (xml) => xml.replace('<Type>CODE', '<Type>&code;CODE'), 'package-structure-invalid'],
    [
      'a section that is not an element',
      (xml) => xml.replace('<Type>CODE', '<Type><![CDATA[CODE]]>'),
      'package-structure-invalid',
    ],
    ['an element left open', (xml) => xml.replace('</BMAConfig>', ''), 'package-structure-invalid'],
    ['text after the end', (xml) => `${xml}more`, 'package-structure-invalid'],
    ['another root', (xml) => xml.replaceAll('BMAConfig', 'Config'), 'package-structure-invalid'],
    ['elements within each other without end', () => '<a>'.repeat(5000), 'package-structure-invalid'],
    ['a comment without end', (xml) => xml.replace('<BMAConfig>', '<!--<BMAConfig>'), 'package-structure-invalid'],
    ['an XML of more than a mebibyte', (xml) => `${xml}${' '.repeat(0x100000)}`, 'package-too-large'],
  ];
  it.each(xmls)('%s', async (_, change, code) => {
    const xml = change(buildXml('UIX8910_MODEM', small8910));
    expect(await refusalOf(readBare(buildPac({ files: small8910, xml })))).toBe(code);
  });

  it('a wrong CRC of the header, and one of the rest', async () => {
    for (const offset of [0x100, 0x84c + 0x900]) {
      const pac = pacOf();
      pac[offset] = 1;
      expect(await refusalOf(readBare(pac))).toBe('package-crc-mismatch');
    }
  });

  it('a file that lost its end, and one that grew', async () => {
    const pac = pacOf();
    expect(await refusalOf(readBare(pac.subarray(0, pac.length - 1)))).toBe('package-truncated');
    expect(await refusalOf(readBare(pac.subarray(0, 100)))).toBe('package-truncated');
    expect(await refusalOf(readBare(Uint8Array.of(...pac, 0)))).toBe('package-size-forged');
  });

  it('comments and the five entities are read, and trailing NULs of the XML dropped', async () => {
    const xml = buildXml('UIX8910_MODEM', small8910)
      .replace('<ID>AP</ID>', '<!-- <ID>B</ID> --><ID>AP</ID>')
      .replace('Description>AP', 'Description>&lt;A&amp;P&gt;');
    const image = await readBare(buildPac({ files: small8910, xml: `${xml}\0\0` }));
    expect(image.files[2]?.description).toBe('<A&P>');
  });
});

describe('a QuecPython zip with a pac', () => {
  const pac = pacOf();
  const config = (platform: string) => ({
    path: 'FW/platform_config.json',
    bytes: new TextEncoder().encode(JSON.stringify({ platform })),
  });
  const inZip = { path: 'FW/at.pac', bytes: pac };
  const zip = new TextEncoder().encode('the zip itself');
  const read = (...files: readonly { readonly path: string; readonly bytes: Uint8Array }[]) => readFiles(files, 'fw.bin', zip);

  it('is read for its own platform names, in any case', async () => {
    for (const platform of ['unisoc', ' UNISOC8910 \n']) {
      const image = await read(config(platform), inZip);
      expect([image.container, image.identity.sha256, image.pac.fileName]).toEqual(['quecpython', sha256(zip), 'FW/at.pac']);
    }
  });

  it('is refused for another platform, without a platform, and with two pacs', async () => {
    expect(await refusalOf(read(config('unisoc8850'), inZip))).toBe('package-platform-mismatch');
    expect(await refusalOf(read(config('asr'), inZip))).toBe('package-platform-mismatch');
    expect(await refusalOf(read(inZip))).toBe('package-member-missing');
    expect(await refusalOf(read({ ...config(''), bytes: new TextEncoder().encode('{') }, inZip))).toBe(
      'package-structure-invalid',
    );
    expect(await refusalOf(read(config('unisoc'), inZip, { path: 'FW/b.pac', bytes: pacOf(small8850) }))).toBe(
      'package-duplicate-entry',
    );
  });
});

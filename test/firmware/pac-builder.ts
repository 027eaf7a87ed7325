// Builds `.pac` files for tests, field by field as unisoc.md §12 has them. Its own CRC: it must be able to disagree with the reader.

export interface BuiltFile {
  readonly id: string;
  readonly alias?: string;
  readonly type?: string;
  readonly fileName?: string;
  readonly base: number;
  /** Block/Size; default: what the data takes. */
  readonly blockSize?: number;
  readonly data?: Uint8Array;
  readonly fileFlag?: number;
  readonly checkFlag?: number;
  readonly xmlCheckFlag?: number;
}

export interface BuiltPac {
  readonly files: readonly BuiltFile[];
  readonly version?: string;
  readonly productName?: string;
  readonly nvItems?: readonly string[];
  /** Instead of the generated XML. */
  readonly xml?: string;
}

const headerSize = 0x84c;
const entrySize = 0xa14;

export function arcBitwise(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** Computes size and both CRCs again, as after a change that wants to pass. */
export function repairPac(pac: Uint8Array): Uint8Array {
  const view = new DataView(pac.buffer, pac.byteOffset, pac.byteLength);
  view.setUint32(0x2c, 0, true);
  view.setUint32(0x30, pac.length, true);
  view.setUint16(0x848, arcBitwise(pac.subarray(0, 0x848)), true);
  view.setUint16(0x84a, arcBitwise(pac.subarray(headerSize)), true);
  return pac;
}

export function buildPac({
  files,
  version = 'BP_R1.0.0',
  productName = 'UIX8910_MODEM',
  nvItems = [],
  xml,
}: BuiltPac): Uint8Array {
  const xmlData = new TextEncoder().encode(xml ?? buildXml(productName, files, nvItems));
  const entries = [
    ...files.map((file) => ({
      ...file,
      data: file.data ?? new Uint8Array(0),
      name: file.fileName ?? (file.data ? `${file.id}.img` : ''),
    })),
    { id: '', name: `${productName}.xml`, data: xmlData, base: 0, fileFlag: 2, checkFlag: 0 },
  ];
  const dataStart = headerSize + entries.length * entrySize;
  const pac = new Uint8Array(entries.reduce((sum, { data }) => sum + data.length, dataStart));
  const view = new DataView(pac.buffer);
  const text = (offset: number, value: string): void => pac.set(Buffer.from(value, 'utf16le'), offset);
  text(0, version);
  text(0x34, productName);
  text(0x234, '8910 MODULE');
  view.setUint32(0x434, entries.length, true);
  view.setUint32(0x438, headerSize, true);
  text(0x450, 'alias');
  view.setUint32(0x844, 0xfffafffa, true);
  let offset = dataStart;
  entries.forEach(({ id, name, data, base, fileFlag, checkFlag }, index) => {
    const at = headerSize + index * entrySize;
    view.setUint32(at, entrySize, true);
    text(at + 4, id);
    text(at + 0x204, name);
    view.setUint32(at + 0x604, data.length, true);
    view.setUint32(at + 0x608, fileFlag ?? (data.length > 0 ? 1 : 0), true);
    view.setUint32(at + 0x60c, checkFlag ?? 1, true);
    view.setUint32(at + 0x610, offset, true);
    view.setUint32(at + 0x618, 1, true);
    view.setUint32(at + 0x61c, base, true);
    pac.set(data, offset);
    offset += data.length;
  });
  return repairPac(pac);
}

export function buildXml(productName: string, files: readonly BuiltFile[], nvItems: readonly string[] = []): string {
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const items = nvItems.map((id) => `<NVItem name="item" backup="1"><ID>${id}</ID><BackupFlag use="1"/></NVItem>`).join('');
  const fileOf = ({ id, alias, type, base, blockSize, data, xmlCheckFlag }: BuiltFile): string => `
      <File><ID>${id}</ID><IDAlias>${alias ?? id}</IDAlias><Type>${type ?? 'CODE'}</Type>
        <Block><Base>${hex(base)}</Base><Size>${hex(blockSize ?? data?.length ?? 0)}</Size></Block>
        <Flag>1</Flag><CheckFlag>${xmlCheckFlag ?? 0}</CheckFlag><Description>${id}</Description></File>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<BMAConfig><ProductList><Product name="${productName}"><SchemeName>${productName}</SchemeName>
  <NVBackup backup="${items === '' ? 0 : 1}">${items}</NVBackup><Chips enable="0"/></Product></ProductList>
  <SchemeList><Scheme name="${productName}">${files.map(fileOf).join('')}
  </Scheme></SchemeList></BMAConfig>`;
}

/** Bytes that look like nothing and hold both special bytes of the framing. */
export const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i % 61 === 0 ? 0x7e : i % 67 === 0 ? 0x7d : (i * 31 + seed * 17 + (i >>> 8)) & 0xff));

// Writes a `.pac` of BP_R1.0.0 with its XML (unisoc.md §12). Every byte follows from the entries. Shares nothing with the reader.

export interface PacEntry {
  readonly id: string;
  readonly type: string;
  readonly base: number;
  /** Of the XML Block: the room, the bytes to erase, or a block device's name. */
  readonly blockSize: number;
  readonly checkFlag: 0 | 1;
  /** Absent: an operation without a file. */
  readonly file?: { readonly name: string; readonly bytes: Uint8Array };
}

export interface PacProduct {
  readonly name: string;
  readonly version: string;
  readonly alias: string;
  readonly flashType: number;
  /** What the XML asks to keep of the module's NV. */
  readonly keptNv: readonly { readonly name: string; readonly id: number }[];
}

const headerBytes = 0x84c;
const entryBytes = 0xa14;
const magic = 0xfffafffa;
const fileFlags = { operation: 0, file: 1, xml: 2, ramLoader: 0x101 } as const;

export function pac(product: PacProduct, entries: readonly PacEntry[]): Uint8Array {
  const xml = Buffer.from(xmlOf(product, entries), 'utf8');
  const datas = [...entries.map(({ file }) => file?.bytes ?? Buffer.alloc(0)), xml];
  let offset = headerBytes + entryBytes * datas.length;
  const records = datas.map((data, index) => {
    const record = recordOf(entries[index] ?? null, product, data.length, data.length > 0 ? offset : 0);
    offset += data.length;
    return record;
  });
  const body = Buffer.concat([...records, ...datas]);
  const header = headerOf(product, datas.length, headerBytes + body.length);
  header.writeUInt16LE(crc16Arc(header.subarray(0, 0x848)), 0x848);
  header.writeUInt16LE(crc16Arc(body), 0x84a);
  return Uint8Array.from(Buffer.concat([header, body]));
}

function headerOf({ name, version, alias, flashType }: PacProduct, count: number, size: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('BP_R1.0.0', 0, 'utf16le');
  header.writeUInt32LE(size, 0x30);
  header.write(name, 0x34, 'utf16le');
  header.write(version, 0x234, 'utf16le');
  header.writeUInt32LE(count, 0x434);
  header.writeUInt32LE(headerBytes, 0x438);
  header.writeUInt32LE(flashType, 0x440);
  header.writeUInt32LE(1, 0x444);
  header.write(alias, 0x450, 'utf16le');
  header.writeUInt32LE(1, 0x51c);
  header.writeUInt32LE(1, 0x520);
  header.writeUInt32LE(magic, 0x844);
  return header;
}

/** Without an entry: the XML itself. */
function recordOf(entry: PacEntry | null, product: PacProduct, size: number, offset: number): Buffer {
  const record = Buffer.alloc(entryBytes);
  record.writeUInt32LE(entryBytes, 0);
  record.write(entry?.id ?? '', 0x4, 'utf16le');
  record.write(entry ? (entry.file?.name ?? '') : `${product.name}.xml`, 0x204, 'utf16le');
  record.writeUInt32LE(size, 0x604);
  record.writeUInt32LE(entry ? (entry.file ? fileFlags.file : fileFlags.operation) : fileFlags.xml, 0x608);
  record.writeUInt32LE(entry?.checkFlag ?? 0, 0x60c);
  record.writeUInt32LE(offset, 0x610);
  record.writeUInt32LE(1, 0x618);
  record.writeUInt32LE(entry?.base ?? 0, 0x61c);
  return record;
}

/** Padded with a comment: a peer program wants at least 1024 bytes (unisoc.md §14.4). */
function xmlOf({ name, flashType, keptNv }: PacProduct, entries: readonly PacEntry[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<BMAConfig>
	<!-- ${'flashrack demo firmware '.repeat(24)}-->
	<ProductList>
		<Product name="${name}">
			<SchemeName>${name}</SchemeName>
			<FlashTypeID>${flashType}</FlashTypeID>
			<Mode>0</Mode>
			<NVBackup backup="1">
${keptNv.map(nvItemOf).join('')}			</NVBackup>
			<Chips enable="0"/>
		</Product>
	</ProductList>
	<SchemeList>
		<Scheme name="${name}">
${entries.map(fileOf).join('')}		</Scheme>
	</SchemeList>
</BMAConfig>
`;
}

const nvItemOf = ({ name, id }: PacProduct['keptNv'][number]): string => `				<NVItem name="${name}" backup="1">
					<ID>${hex(id)}</ID>
					<BackupFlag use="1">
						<NVFlag name="Continue" check="0"/>
					</BackupFlag>
				</NVItem>
`;

const fileOf = ({ id, type, base, blockSize, checkFlag }: PacEntry): string => `			<File>
				<ID>${id}</ID>
				<IDAlias>${id}</IDAlias>
				<Type>${type}</Type>
				<Block>
					<Base>${hex(base)}</Base>
					<Size>${hex(blockSize)}</Size>
				</Block>
				<Flag>1</Flag>
				<CheckFlag>${checkFlag}</CheckFlag>
				<Description>${id}</Description>
			</File>
`;

const hex = (value: number): string => `0x${value.toString(16)}`;

const arcTable = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

export function crc16Arc(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (arcTable[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return crc;
}

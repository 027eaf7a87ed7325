// What a simulated board looks like on a real USB bus, by its ids. All full speed with 64-byte packets, as QEMU's hub needs it.
// Where a layout comes from a public log or source is said beside it; everything else is a guess, and said so too.
import type { BoardEnumeration } from '../../src/bench/simulator/board.ts';
import type { UsbDescriptors } from './usbredir.ts';

interface Layout {
  readonly kind: 'vendorSerial' | 'cdcAcm' | 'vendorBulk';
  readonly manufacturer: string;
  readonly product: string;
}

/** By ids. A platform's boards join by a line. */
const layouts: Readonly<Record<string, Layout>> = {
  // Interface numbers: the board's. That all are vendor-specific (0xFF/00/00) is a guess from 2C7C:6002 (serial-and-usb.md).
  '2c7c:0903': { kind: 'vendorSerial', manufacturer: 'Quectel', product: 'EigenComm Compo' },
  // AT on 2, REPL on 8 (unisoc.md §9.1); classes as the kernel's option table has them (icFF isc00 ip00).
  '2c7c:0901': { kind: 'vendorSerial', manufacturer: 'Quectel', product: 'UNISOC-8910' },
  // A guess from 0901: the kernel's table does not have it.
  '2c7c:0904': { kind: 'vendorSerial', manufacturer: 'Quectel', product: 'UNISOC-8850' },
  // Three vendor serial interfaces and SerialNumber 0000: kernel log of an EG810M, 2C7C:6002 (serial-and-usb.md). Its network interface is
  // left out. That 2C7C:6001 looks the same is a guess, and so are the strings.
  '2c7c:6001': { kind: 'vendorSerial', manufacturer: 'Quectel', product: 'Mobile Composite Device Bus' },
  '2c7c:6002': { kind: 'vendorSerial', manufacturer: 'Quectel', product: 'Mobile Composite Device Bus' },
  // One CDC-ACM function (eigencomm.md: "one USB CDC-ACM port"). Endpoint numbers are a guess.
  '17d1:0001': { kind: 'cdcAcm', manufacturer: 'EigenComm', product: 'Quectel QDLoader Port' },
  // CDC-ACM, OUT 0x02, IN 0x81, notify 0x83, 64 bytes: CSDK boot_udc.c (unisoc.md §9.1).
  '0525:a4a7': { kind: 'cdcAcm', manufacturer: 'UNISOC', product: 'SPRD U2S Diag' },
  // Data on interface 1 (unisoc.md §9.1); that no Linux driver binds it, and its endpoint numbers, are guesses.
  '1782:4d16': { kind: 'vendorBulk', manufacturer: 'UNISOC', product: 'SPRD U2S Diag' },
  // Kernel log of an EC800K in download mode, 2ECC:3004: strings, the constant serial number, cdc_acm (asr.md). Endpoint numbers are a guess,
  // and that 2ECC:3017 looks the same.
  '2ecc:3004': { kind: 'cdcAcm', manufacturer: 'ASR Microelectornics', product: 'Arom Usb Boot Port' },
  '2ecc:3017': { kind: 'cdcAcm', manufacturer: 'ASR Microelectornics', product: 'Arom Usb Boot Port' },
};

export interface BoardDescriptors extends UsbDescriptors {
  /** Bulk endpoints by the board's own interface number. */
  readonly byInterface: ReadonlyMap<number, { readonly in: number; readonly out: number }>;
}

interface Part {
  readonly number: number;
  readonly classCode: number;
  readonly subclass: number;
  readonly protocol: number;
  readonly extra: readonly number[];
  readonly endpoints: readonly { readonly address: number; readonly type: 'bulk' | 'interrupt'; readonly interval: number }[];
}

const bulkPair = (input: number, output: number): Part['endpoints'] => [
  { address: input, type: 'bulk', interval: 0 },
  { address: output, type: 'bulk', interval: 0 },
];

export function describeBoard(shown: BoardEnumeration): BoardDescriptors {
  const ids = [shown.vendorId, shown.productId].map((id) => id.toString(16).padStart(4, '0')).join(':');
  const layout = layouts[ids] ?? { kind: 'vendorSerial', manufacturer: 'unknown', product: ids };
  const strings = ['', layout.manufacturer, layout.product, ...(shown.serialNumber === null ? [] : [shown.serialNumber])];
  const { parts, byInterface } = partsOf(layout, shown);
  return {
    vendorId: shown.vendorId,
    productId: shown.productId,
    strings,
    device: deviceDescriptor(shown, strings.length > 3 ? 3 : 0),
    configuration: configurationDescriptor(parts),
    interfaces: parts.map(({ number, classCode, subclass, protocol }) => ({ number, classCode, subclass, protocol })),
    endpoints: parts.flatMap(({ number, endpoints }) => endpoints.map((endpoint) => ({ ...endpoint, interface: number }))),
    byInterface,
  };
}

function partsOf({ kind }: Layout, shown: BoardEnumeration): { parts: Part[]; byInterface: BoardDescriptors['byInterface'] } {
  const vendor = (number: number, endpoints: Part['endpoints']): Part => ({
    number,
    classCode: 0xff,
    subclass: 0,
    protocol: 0,
    extra: [],
    endpoints,
  });
  const dialogue = new Map([[shown.dialogueInterface, { in: 0x81, out: 0x02 }]]);
  switch (kind) {
    case 'vendorSerial': {
      const numbers = shown.interfaces;
      const byInterface = new Map(numbers.map((number, index) => [number, { in: 0x81 + index, out: 0x01 + index }]));
      return { parts: numbers.map((number, index) => vendor(number, bulkPair(0x81 + index, 0x01 + index))), byInterface };
    }
    case 'vendorBulk':
      return { parts: [vendor(0, []), vendor(1, bulkPair(0x81, 0x02))], byInterface: dialogue };
    case 'cdcAcm': {
      // Header, call management, ACM with line coding but without break (F4), union of 0 and 1.
      const extra = [5, 0x24, 0, 0x10, 0x01, 5, 0x24, 1, 0, 1, 4, 0x24, 2, 0x02, 5, 0x24, 6, 0, 1];
      const control: Part = {
        number: 0,
        classCode: 0x02,
        subclass: 0x02,
        protocol: 0x01,
        extra,
        endpoints: [{ address: 0x83, type: 'interrupt', interval: 10 }],
      };
      const data: Part = { number: 1, classCode: 0x0a, subclass: 0, protocol: 0, extra: [], endpoints: bulkPair(0x81, 0x02) };
      return { parts: [control, data], byInterface: dialogue };
    }
  }
}

function deviceDescriptor({ vendorId, productId }: BoardEnumeration, serialIndex: number): Uint8Array {
  const bytes = Buffer.from([18, 1, 0x00, 0x02, 0, 0, 0, 64, 0, 0, 0, 0, 0x00, 0x01, 1, 2, serialIndex, 1]);
  bytes.writeUInt16LE(vendorId, 8);
  bytes.writeUInt16LE(productId, 10);
  return bytes;
}

function configurationDescriptor(parts: readonly Part[]): Uint8Array {
  const body = parts.flatMap(({ number, classCode, subclass, protocol, extra, endpoints }) => [
    ...[9, 4, number, 0, endpoints.length, classCode, subclass, protocol, 0],
    ...extra,
    ...endpoints.flatMap(({ address, type, interval }) => [7, 5, address, type === 'bulk' ? 2 : 3, 64, 0, interval]),
  ]);
  const total = 9 + body.length;
  return Uint8Array.from([9, 2, total & 0xff, total >> 8, parts.length, 1, 0, 0x80, 250, ...body]);
}

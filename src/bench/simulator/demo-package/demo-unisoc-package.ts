// Makes the demo firmware packages for EC200U, EC600U (8910) and EC600G, EC800G (8850): a `.pac` in the zip of a QuecPython
// release (unisoc.md §12, §13) around made-up bytes. No vendor's byte is in it, no module could run it; a simulated board boots
// it. The same arguments give the same bytes for ever.
import { revisionMarker } from './demo-package.ts';
import { type PacEntry, type PacProduct, pac } from './pac-writer.ts';
import { scaled } from './scale.ts';
import { storedZip } from './stored-zip.ts';
import { madeUpBytes } from './xorshift.ts';

export interface DemoUnisocFirmware {
  readonly model: 'EC200U' | 'EC600U' | 'EC600G' | 'EC800G';
  /** What a board answers once it runs this package, e.g. `EC800GCNGAR02A01M08_OCPU_QPY_DEMO`. */
  readonly revision: string;
  /** Of the images' sizes but the NV template's; default 1. */
  readonly scale?: number;
  /** Of the largest image, before scaling; default a small one. A benchmark fills the module's own region with it. */
  readonly largestBytes?: number;
}

type Make = (name: string, size: number) => Uint8Array;

const kibibyte = 1024;
const revisionOffset = 0x400;
const apBytes = 96 * kibibyte + 276;

/** Sub-models of the loader's own list, one group per build (unisoc.md §10.4). */
const loaderModels = {
  EC600G: ['EC600GCNLA', 'EC600GCNLC', 'EC600GCNLD'],
  EC800G: ['EC800GCNGA', 'EC800GCNLD', 'EC800GCNMD', 'EC800GCNLB'],
} as const;

/** The items of the NV template: id → bytes, the lengths of the SDK's own template; 0x1B4 and 0x300 are there for the 8850's list. */
const templateItems: readonly (readonly [id: number, size: number])[] = [
  [0x191, 40],
  [0x1ba, 268],
  [0x1b4, 4],
  [0x1f0, 152],
  [0x1f1, 104],
  [0x300, 16],
  [0x5, 8],
  [0x179, 8],
  [0x186, 8],
  [0x1e4, 8],
  [0x2, 6020],
  [0x26f, 2048],
  [0x26d, 8192],
  [0x26e, 32768],
  [0x259, 1484],
];
const templateBytes = 0xd000;

/** The bytes of the release's `.bin`. */
export function buildUnisocDemoPackage(firmware: DemoUnisocFirmware): Uint8Array {
  const platform = isFor8850(firmware.model) ? 'unisoc8850' : 'unisoc8910';
  return storedZip([
    { name: 'platform_config.json', bytes: Buffer.from(`{"platform":"${platform}"}\n`) },
    { name: `${demoUnisocReleaseName(firmware)}.pac`, bytes: buildDemoPac(firmware) },
  ]);
}

/** The name of the release and of its pac, e.g. `QPY_OCPU_DEMO_EC800G_CNGA_FW`. */
export const demoUnisocReleaseName = ({ model, revision }: DemoUnisocFirmware): string =>
  `QPY_OCPU_DEMO_${model}_${revision.slice(6, 10)}_FW`;

/** The bytes of the `.pac` alone. */
export function buildDemoPac({ model, revision, scale, largestBytes }: DemoUnisocFirmware): Uint8Array {
  const make: Make = (name, size) =>
    madeUpBytes(`${model} ${revision} ${name}`, name.startsWith('nv ') ? size : scaled(size, scale));
  const ap = application(revision, largestBytes ?? apBytes, make);
  return isFor8850(model) ? pac(product8850, entries8850(model, ap, make)) : pac(product8910, entries8910(ap, make));
}

type Model8850 = keyof typeof loaderModels;

const isFor8850 = (model: DemoUnisocFirmware['model']): model is Model8850 => model === 'EC600G' || model === 'EC800G';

const product8910: PacProduct = {
  name: 'UIX8910_MODEM',
  version: '8910 MODULE',
  alias: 'flashrack_demo',
  flashType: 1,
  keptNv: [
    { name: 'Calibration', id: 0xffffffff },
    { name: 'IMEI', id: 0xffffffff },
    { name: 'GSM Cali', id: 0x26d },
    { name: 'LTE Cali', id: 0x26e },
  ],
};

const product8850: PacProduct = {
  name: '8850_MODEM',
  version: '8850 MODULE',
  alias: 'flashrack_demo',
  flashType: 0,
  keptNv: [
    { name: 'Calibration', id: 0xffffffff },
    { name: 'IMEI', id: 0xffffffff },
    ...[0x26e, 0x26f, 0x179, 0x1b4, 0x1f0, 0x300].map((id) => ({ name: `NV ${id.toString(16)}`, id })),
  ],
};

function entries8910(ap: Uint8Array, make: Make): readonly PacEntry[] {
  return [
    file('HOST_FDL', 'HOST_FDL', 0x8000c0, 0xff40, 'fdl1.sign.img', make('fdl1', 6 * kibibyte + 64)),
    file('FDL2', 'FDL2', 0x810000, 0x30000, 'fdl2.sign.img', make('fdl2', 16 * kibibyte + 96)),
    file('BOOTLOADER', 'CODE', 0x60000000, 0x10000, 'boot.sign.img', make('boot', 20 * kibibyte + 32)),
    file('AP', 'CODE', 0x60010000, 0x240000, 'ap.sign.img', ap),
    file('PS', 'CODE', 0x60560000, 0x100000, 'ps.img', make('ps', 24 * kibibyte)),
    operation('ERASE_PY_FS_U', 'EraseFlash', 0x604e0000, 0x60000, 1),
    operation('FMT_FSSYS', 'EraseFlash', 0xfe000006, 0x53595346, 0),
    operation('PhaseCheck', 'CODE', 0xfe000002, 0x100, 1),
    operation('FLASH', 'EraseFlash', 0xfe000001, 0, 1),
    file('NV', 'NV', 0xfe000003, 0x20000, 'nvitem.bin', nvTemplate(make)),
    file('PREPACK', 'CODE', 0xfe000004, 0x100000, 'prepack.cpio', make('prepack', 4 * kibibyte + 78)),
  ];
}

function entries8850(model: Model8850, ap: Uint8Array, make: Make): readonly PacEntry[] {
  const loader = make('fdl', 12 * kibibyte + 32);
  loader.set(Buffer.from(`${loaderModels[model].join('\0')}\0`, 'latin1'), revisionOffset);
  return [
    file('FDL', 'FDL', 0x50800000, 0x14000, 'fdl.sign.img', loader),
    operation('ERASE_SPL', 'EraseFlash', 0x60000000, 0xc000, 1),
    file('BOOT', 'CODE', 0x60010000, 0x10000, 'boot.sign.img', make('boot', 20 * kibibyte + 32)),
    operation('PhaseCheck', 'CODE', 0xfe000002, 0x100, 1),
    operation('FMT_FSSYS', 'EraseFlash', 0xfe000006, 0x53595346, 0),
    operation('FMT_FSMOD', 'EraseFlash', 0xfe000006, 0x444f4d46, 1),
    file('NV', 'NV', 0xfe000003, 0x28000, 'nvitem.bin', nvTemplate(make)),
    file('AP', 'CODE', 0x60020000, 0x280000, 'ap.sign.img', ap),
    // Odd on purpose, as cpio entries of real pacs are.
    file('CP', 'CODE2', 0xfe000004, 0x100000, 'cp.cpio', make('cp', 24 * kibibyte + 85)),
    file('PREPACK', 'CODE', 0xfe000004, 0x100000, 'prepack.cpio', make('prepack', 4 * kibibyte + 78)),
    operation('FLASH', 'EraseFlash', 0xfe000001, 0, 1),
    file('SPL', 'CODE', 0x60000000, 0xc000, 'spl.sign.img', make('spl', 16 * kibibyte + 64)),
  ];
}

function application(revision: string, size: number, make: Make): Uint8Array {
  const image = make('ap', size);
  image.set(Buffer.from(`${revisionMarker}${revision}\0`, 'latin1'), revisionOffset);
  return image;
}

/** With a stale CRC, as the vendor's templates have: whoever writes it must compute it (unisoc.md §11.2). */
function nvTemplate(make: Make): Uint8Array {
  const blob = Buffer.alloc(templateBytes, 0xff);
  blob.writeUInt16BE(0xdead, 0);
  blob.writeUInt16LE(0, 2);
  let at = 4;
  for (const [id, size] of templateItems) {
    blob.writeUInt16LE(id, at);
    blob.writeUInt16LE(size, at + 2);
    blob.set(make(`nv ${id}`, size), at + 4);
    at += 4 + ((size + 3) & ~3);
  }
  return Uint8Array.from(blob);
}

const file = (id: string, type: string, base: number, blockSize: number, name: string, bytes: Uint8Array): PacEntry => ({
  id,
  type,
  base,
  blockSize,
  checkFlag: 1,
  file: { name, bytes },
});

const operation = (id: string, type: string, base: number, blockSize: number, checkFlag: 0 | 1): PacEntry => ({
  id,
  type,
  base,
  blockSize,
  checkFlag,
});

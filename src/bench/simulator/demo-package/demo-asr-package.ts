// Makes the demo firmware package of the ASR modules: the shape of an aboot release zip (asr.md §12 to §15) around made-up bytes.
// No vendor's byte is in it, no module could run it; a simulated board boots it. The same arguments give the same bytes for ever.
import { type AsrModel, asrModels } from '../asr/models.ts';
import { sparsePieces, usualPieceBlocks } from './asr-sparse.ts';
import { demoLayout, fip, flashInfo, type NorChip, norChips, partitionTable } from './asr-tables.ts';
import { craneScript, downloadStep, type ScriptStep, step } from './crane-script.ts';
import { revisionMarker } from './demo-package.ts';
import { scaled } from './scale.ts';
import { storedZip } from './stored-zip.ts';
import { madeUpBytes } from './xorshift.ts';

export interface DemoAsrFirmware {
  readonly model: AsrModel;
  /** What a board answers once it runs this package, e.g. `EC800NCNLAR01A21M08_OCPU_QPY_DEMO`. */
  readonly revision: string;
  /**
   * The recorded dialogue `firmware.bin`: `none` (default), `trusted`, or `stale`, recorded before customer_fs.bin was merged
   * anew: it writes another file system, and its zip date is older than that of customer_fs.bin.
   */
  readonly script?: 'none' | 'trusted' | 'stale';
  /** Whether the manifest erases NVM, as the vendor's template does. Default false. */
  readonly erasesNvm?: boolean;
  /** Default: that of the model. */
  readonly bootRom?: string;
  /** The chips of flashinfo.bin. Default: the 8 MB ones. */
  readonly chips?: readonly [NorChip, ...NorChip[]];
  /** Of the sizes of the flashed images; default 1. */
  readonly scale?: number;
  /** Of the largest image, before scaling; default a small one. A benchmark fills the module's own region with it. */
  readonly largestBytes?: number;
  /** Blocks in a piece of the script. Default: the vendor's 255. */
  readonly pieceBlocks?: number;
}

/** One entry of download.json. */
interface ManifestEntry {
  readonly command: string;
  readonly group: string;
  readonly name?: string;
  readonly value?: string | number;
  readonly image?: string;
  readonly partition?: string;
  readonly weight?: number;
  readonly productionOnly?: true;
}

const kibibyte = 1024;
/** 2024-01-01, and the day after. */
const releaseDay = 0x5821;
const mergeDay = 0x5822;
const revisionOffset = 0x400;

/** File, partition and size of each image but the application. Not whole blocks, as real images are not. */
const systemImages = [
  { file: 'bootloader.ubi', partition: 'bootloader', size: 20 * kibibyte },
  { file: 'cp.bin', partition: 'cp', size: 72 * kibibyte + 300 },
  { file: 'dsp.bin', partition: 'dsp', size: 24 * kibibyte + 84 },
  { file: 'rfbin.bin', partition: 'rfbin', size: 4 * kibibyte },
] as const;
const applicationFile = 'customer_app.bin';
const fileSystemFile = 'customer_fs.bin';
const sizes = {
  application: 40 * kibibyte + 62,
  fileSystem: 16 * kibibyte,
  preboot: 0x1800,
  flasher: 0x2100,
  certificate: 0x40e,
};

/** The name of the release, e.g. `QPY_OCPU_DEMO_EC800N_CNLA_FW`: the four letters of the sub-model are those of the revision. */
export const demoAsrReleaseName = ({ model, revision }: DemoAsrFirmware): string =>
  `QPY_OCPU_DEMO_${model}_${revision.slice(model.length, model.length + 4)}_FW`;

/** The bytes of the release's `.bin`: the zip itself, everything at its root. */
export function buildAsrDemoPackage(firmware: DemoAsrFirmware): Uint8Array {
  const files = filesOf(firmware);
  const manifest = manifestOf(firmware, files);
  const script = firmware.script ?? 'none';
  const recorded = new Map(files);
  if (script === 'stale')
    recorded.set(fileSystemFile, made(firmware, 'customer_fs as recorded', scaled(sizes.fileSystem, firmware.scale)));
  const members = [
    { name: 'download.json', bytes: Buffer.from(`${JSON.stringify(manifest, null, 4)}\n`) },
    ...[...files].map(([name, bytes]) => ({ name, bytes })),
    ...(script === 'none' ? [] : [{ name: 'firmware.bin', bytes: recordScript(firmware, manifest, recorded) }]),
  ];
  return storedZip(
    members.map((member) => ({
      ...member,
      dosDate: script === 'stale' && member.name === fileSystemFile ? mergeDay : releaseDay,
    })),
  );
}

/** The images as they stand in the package, by partition: what a flashed board must hold, each padded with zero to whole blocks. */
export function demoAsrImages(firmware: DemoAsrFirmware): ReadonlyMap<string, Uint8Array> {
  const files = filesOf(firmware);
  const flashed = manifestOf(firmware, files).flatMap(({ command, partition, image }) => {
    const bytes = image === undefined ? undefined : files.get(image);
    return command === 'flash' && partition !== undefined && bytes ? [[partition, bytes] as const] : [];
  });
  return new Map(flashed);
}

const made = ({ model, revision }: DemoAsrFirmware, name: string, size: number): Uint8Array =>
  madeUpBytes(`${model} ${revision} ${name}`, size);

function filesOf(firmware: DemoAsrFirmware): ReadonlyMap<string, Uint8Array> {
  const flashed = (name: string, size: number): Uint8Array => made(firmware, name, scaled(size, firmware.scale));
  const images = systemImages.map((image) =>
    image.partition === 'cp' ? { ...image, size: firmware.largestBytes ?? image.size } : image,
  );
  const application = flashed(applicationFile, sizes.application);
  application.set(Buffer.from(`${revisionMarker}${firmware.revision}\0`, 'ascii'), revisionOffset);
  const imageBytes = new Map<string, number>([
    ...images.map(({ partition, size }) => [partition, scaled(size, firmware.scale)] as const),
    ['customer_app', application.length],
    ['customer_fs', scaled(sizes.fileSystem, firmware.scale)],
  ]);
  const certificate = made(firmware, 'certificate', sizes.certificate);
  return new Map<string, Uint8Array>([
    ['preboot.img', fip(made(firmware, 'preboot', sizes.preboot), certificate)],
    ['flasher.img', fip(made(firmware, 'flasher', sizes.flasher), certificate)],
    ['flashinfo.bin', flashInfo(firmware.chips ?? [norChips.gd8M, norChips.winbond8M])],
    ['partition.bin', partitionTable(demoLayout(norChips.gd8M.bytes), imageBytes)],
    ...images.map(({ file, size }) => [file, flashed(file, size)] as const),
    [applicationFile, application],
    [fileSystemFile, flashed(fileSystemFile, sizes.fileSystem)],
  ]);
}

function manifestOf(firmware: DemoAsrFirmware, files: ReadonlyMap<string, Uint8Array>): readonly ManifestEntry[] {
  const require = (name: string, value: string): ManifestEntry => ({ command: 'require', group: '0', name, value });
  const flash = (group: string, image: string, partition: string): ManifestEntry => ({
    command: 'flash',
    group,
    image,
    partition,
    weight: files.get(image)?.length ?? 0,
  });
  const images = [
    flash('1', 'bootloader.ubi', 'bootloader'),
    flash('2', 'partition.bin', 'ptable'),
    ...systemImages.slice(1).map(({ file, partition }) => flash('2', file, partition)),
  ];
  const own = [flash('3', applicationFile, 'customer_app'), flash('3', fileSystemFile, 'customer_fs')];
  const weight = [...images, ...own].reduce((sum, entry) => sum + (entry.weight ?? 0), 0);
  return [
    require('product', 'arom-tiny'),
    require('version', '0.5'),
    require('version-bootrom', firmware.bootRom ?? asrModels[firmware.model].bootRom),
    { command: 'progress', group: '0', name: 'weight', value: weight },
    { command: 'call', group: '0', image: 'preboot.img' },
    { command: 'call', group: '0', image: 'flasher.img' },
    { command: 'partition', group: '0', image: 'flashinfo.bin' },
    { command: 'partition', group: '0', image: 'partition.bin' },
    ...images,
    { command: 'erase', group: '3', partition: 'fota_param' },
    ...own,
    ...(firmware.erasesNvm ? [{ command: 'erase', group: '4', partition: 'nvm' }] : []),
    { command: 'erase', group: '5', partition: 'factory', productionOnly: true },
    { command: 'fuse', group: '5', productionOnly: true },
  ];
}

function recordScript(
  firmware: DemoAsrFirmware,
  manifest: readonly ManifestEntry[],
  files: ReadonlyMap<string, Uint8Array>,
): Buffer {
  const usual = manifest.filter((entry) => !entry.productionOnly);
  return craneScript(usual.flatMap((entry) => recordEntry(entry, files, firmware.pieceBlocks ?? usualPieceBlocks)));
}

function recordEntry(entry: ManifestEntry, files: ReadonlyMap<string, Uint8Array>, pieceBlocks: number): readonly ScriptStep[] {
  const { command, name, value, image, partition } = entry;
  const bytes = files.get(image ?? '') ?? new Uint8Array();
  switch (command) {
    case 'require':
      return [step(`getvar:${name}`, `OKAY${value}`)];
    case 'progress':
      return [step('getvar:max-download-size', 'OKAY0000f000'), step(`progress:${Number(value).toString(16).padStart(8, '0')}`)];
    case 'call':
      return [downloadStep(bytes), step('verify'), step('call')];
    case 'partition':
      return [downloadStep(bytes), step('partition')];
    case 'flash':
      return sparsePieces(bytes, pieceBlocks).flatMap((piece) => [downloadStep(piece), step(`flash:${partition}`)]);
    case 'erase':
      return [step(`erase:${partition}`)];
    default:
      throw new Error(`the script knows no ${command}`);
  }
}

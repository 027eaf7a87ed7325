// Makes the demo firmware package: the shape of a QuecPython release for EC600E and EC800E (eigencomm.md §11) around made-up bytes.
// No vendor's byte is in it, no module could run it; a simulated board boots it. The same arguments give the same bytes for ever.
import { binpkg } from './binpkg-writer.ts';
import { scaled } from './scale.ts';
import { type StoredMember, storedZip } from './stored-zip.ts';
import { madeUpBytes } from './xorshift.ts';

export interface DemoFirmware {
  readonly model: 'EC600E' | 'EC800E';
  /** What a board answers once it runs this package, e.g. `EC800ECNLCR01A21M04_OCPU_QPY_DEMO`. */
  readonly revision: string;
  /** Of the images' sizes; default 1. */
  readonly scale?: number;
  /** Of the largest image, before scaling; default a small one. A benchmark fills the module's own region with it. */
  readonly largestBytes?: number;
}

const kibibyte = 1024;

/** Bytes in all some 220 KiB: about 4 s per board on the line rate of the profile. */
const sizes = {
  bootLoader: 20 * kibibyte,
  // Not whole sectors or blocks, as real images are not.
  application: 112 * kibibyte + 276,
  modem: 40 * kibibyte + 62,
  agentboot: 8 * kibibyte + 752,
} as const;

const flexFiles = [
  { name: 'ap_application.bin', startAddress: 0x200000, maxSize: 0x10000, size: 20 * kibibyte },
  { name: 'ap_updater.bin', startAddress: 0x3b4000, maxSize: 0x8000, size: 4 * kibibyte + 100 },
  { name: 'customer_fs.bin', startAddress: 0x3bc000, maxSize: 0x10000, size: 16 * kibibyte },
] as const;

/** Stands right before the revision in the AP image, where a simulated board or a person can find it. */
export const revisionMarker = 'flashrack demo firmware, revision:\0';
const revisionOffset = 0x400;

/** The bytes of the release's `.bin`. */
export function buildDemoPackage(firmware: DemoFirmware): Uint8Array {
  const folder = demoReleaseName(firmware);
  const inFolder = (name: string, bytes: Uint8Array): StoredMember => ({ name: `${folder}/${name}`, bytes });
  const made = (name: string, size: number): Uint8Array =>
    madeUpBytes(`${firmware.model} ${firmware.revision} ${name}`, scaled(size, firmware.scale));
  return storedZip([
    { name: 'platform_config.json', bytes: Buffer.from('{"platform":"EIGEN"}\n') },
    inFolder('at_command.binpkg', demoBinpkg(firmware, made)),
    inFolder('quec_download_config.ini', downloadConfig()),
    inFolder('quec_download_usb.ini', Buffer.from('[config]\r\nagbaud = 921600\r\npullup_qspi = 1\r\n')),
    inFolder('agentboot_usb/agentboot.bin', made('agentboot', sizes.agentboot)),
    ...flexFiles.map(({ name, size }) => inFolder(name, made(name, size))),
  ]);
}

/** The name of the release and of its folder, e.g. `QPY_OCPU_DEMO_EC800E_CNLC_FW`. */
export const demoReleaseName = ({ model }: DemoFirmware): string => `QPY_OCPU_DEMO_${model}_CNLC_FW`;

function demoBinpkg({ revision, largestBytes }: DemoFirmware, made: (name: string, size: number) => Uint8Array): Uint8Array {
  const application = made('ap', largestBytes ?? sizes.application);
  application.set(Buffer.from(`${revisionMarker}${revision}\0`, 'ascii'), revisionOffset);
  return binpkg([
    { name: 'ap_bootloader', type: 'BL', address: 0x4000, flashSize: 0x8000, bytes: made('bl', sizes.bootLoader) },
    { name: 'ap_at_command', type: 'AP', address: 0x24000, flashSize: 0x1dc000, bytes: application },
    { name: 'cp-demo-flash', type: 'CP', address: 0, flashSize: 0x80000, bytes: made('cp', sizes.modem) },
  ]);
}

function downloadConfig(): Uint8Array {
  const sections = flexFiles.map(
    ({ startAddress, maxSize }, index) =>
      `[File_${index + 1}]\r\nSTART_ADDR = 0x${startAddress.toString(16)}\r\nMAX_SIZE = 0x${maxSize.toString(16)}\r\n`,
  );
  return Buffer.from(`[File]\r\nFile_Count = ${flexFiles.length}\r\n${sections.join('')}`);
}

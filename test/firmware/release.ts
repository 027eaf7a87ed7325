// Builds small packages for tests in the shape of a QuecPython release, every part replaceable.
import { type BinpkgImage, binpkg } from '../../src/bench/simulator/demo-package/binpkg-writer.ts';
import { madeUpBytes } from '../../src/bench/simulator/demo-package/xorshift.ts';
import { type ForgedEntry, forgeZip, text } from './forged-zip.ts';

export const folder = 'QPY_OCPU_TEST_EC800E_CNLC_FW';

export const bl: BinpkgImage = { name: 'bl', type: 'BL', address: 0x4000, flashSize: 0x8000, bytes: madeUpBytes('bl', 300) };
export const ap: BinpkgImage = { name: 'ap', type: 'AP', address: 0x24000, flashSize: 0x1dc000, bytes: madeUpBytes('ap', 700) };
export const cp: BinpkgImage = { name: 'cp', type: 'CP', address: 0, flashSize: 0xce000, bytes: madeUpBytes('cp', 200) };

export const smallBinpkg = binpkg([bl, ap, cp]);

export interface FlexRange {
  readonly start: string;
  readonly max: string;
}

export const flexRanges: readonly FlexRange[] = [
  { start: '0x200000', max: '0x10000' },
  { start: '0x3B4000', max: '0x8000' },
  { start: '0xBC0000', max: '0x8000' },
];

export function configIni(ranges: readonly FlexRange[] = flexRanges, count = String(ranges.length)): string {
  const sections = ranges.map(({ start, max }, index) => `[File_${index + 1}]\r\nSTART_ADDR=${start}\r\nMAX_SIZE=${max}\r\n`);
  return `; vendor remark\r\n[File]\r\nFile_Count = ${count}\r\n${sections.join('')}`;
}

/** File contents by path; null takes a file away. */
export type Changes = Readonly<Record<string, Uint8Array | string | null>>;

const usual: Changes = {
  'platform_config.json': '{"platform":"EIGEN"}',
  [`${folder}/at_command.binpkg`]: smallBinpkg,
  [`${folder}/quec_download_config.ini`]: configIni(),
  [`${folder}/quec_download_usb.ini`]: '[config]\r\npullup_qspi = 1\r\n',
  [`${folder}/agentboot_usb/agentboot.bin`]: madeUpBytes('agentboot', 500),
  [`${folder}/ap_application.bin`]: madeUpBytes('application', 100),
  [`${folder}/ap_updater.bin`]: madeUpBytes('updater', 100),
  [`${folder}/customer_fs.bin`]: madeUpBytes('file system', 100),
};

export function release(changes: Changes = {}): Uint8Array {
  const entries = Object.entries({ ...usual, ...changes }).flatMap(([name, content]): ForgedEntry[] =>
    content === null ? [] : [{ name, bytes: typeof content === 'string' ? text(content) : content, deflate: true }],
  );
  return forgeZip(entries);
}

/** A release whose binpkg holds these images. */
export const releaseOf = (...images: readonly BinpkgImage[]): Uint8Array =>
  release({ [`${folder}/at_command.binpkg`]: binpkg(images) });

// Packages for EC600E and EC800E: what is read from a release, and every range or shape that is refused before a board is touched.
import { describe, expect, it } from 'vitest';
import { binpkg } from '../../src/bench/simulator/demo-package/binpkg-writer.ts';
import { hex } from '../../src/domain/failure.ts';
import { type EigencommPackage, isEigencommPackage } from '../../src/firmware/eigencomm-package.ts';
import { readPackage } from '../../src/firmware/read-package.ts';
import { forgeZip, text } from './forged-zip.ts';
import { refusalOf } from './refusal.ts';
import { ap, bl, type Changes, configIni, cp, flexRanges, folder, release, releaseOf, smallBinpkg } from './release.ts';

async function read(bytes: Uint8Array, fileName = 'release.bin'): Promise<EigencommPackage> {
  const image = await readPackage(bytes, fileName);
  if (!isEigencommPackage(image)) throw new Error('not for Eigencomm modules');
  return image;
}

const refused = (bytes: Uint8Array) => refusalOf(() => read(bytes));
const inFolder = (name: string, content: string | Uint8Array | null): Changes => ({ [`${folder}/${name}`]: content });

describe('a QuecPython release for Eigencomm modules', () => {
  it('gives its images, flex files and agentboot with their digests', async () => {
    const image = await read(release());
    expect(image.images.map(({ kind, part }) => [kind, part.name, part.bytes])).toEqual([
      ['BL', 'bl', bl.bytes],
      ['AP', 'ap', ap.bytes],
      ['CP', 'cp', cp.bytes],
    ]);
    expect(image.flexFiles.map(({ part, startAddress, maxSize }) => [part.name, hex(startAddress), hex(maxSize)])).toEqual([
      ['ap_application.bin', '0x200000', '0x10000'],
      ['ap_updater.bin', '0x3B4000', '0x8000'],
      ['customer_fs.bin', '0xBC0000', '0x8000'],
    ]);
    expect(image.agentboot?.name).toBe('agentboot_usb/agentboot.bin');
    expect(image.identity).toMatchObject({ name: 'release.bin', version: folder });
  });

  it('is the same whether it comes as .bin, in the .zip it is released in, or as an old plain zip without its config', async () => {
    const bare = await read(release());
    const released = forgeZip([
      { name: 'changelog.md', bytes: text('changes') },
      { name: `${folder}.bin`, bytes: release() },
      { name: '__MACOSX/._changelog.md', bytes: text('litter') },
    ]);
    for (const bytes of [released, release({ 'platform_config.json': null })]) {
      const { images, flexFiles, agentboot } = await read(bytes, 'firmware.txt');
      expect({ images, flexFiles, agentboot }).toEqual({
        images: bare.images,
        flexFiles: bare.flexFiles,
        agentboot: bare.agentboot,
      });
    }
  });

  it('lists every file it holds, each once', async () => {
    const { members } = await read(release());
    expect(members.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      `binpkg ${folder}/at_command.binpkg`,
      'BL bl',
      'AP ap',
      'CP cp',
      `agentboot ${folder}/agentboot_usb/agentboot.bin`,
      `FLEX ${folder}/ap_application.bin`,
      `FLEX ${folder}/ap_updater.bin`,
      `FLEX ${folder}/customer_fs.bin`,
      'file platform_config.json',
      `file ${folder}/quec_download_config.ini`,
      `file ${folder}/quec_download_usb.ini`,
    ]);
  });

  it('without an agentboot is read, so that the profile can name one', async () => {
    expect((await read(release(inFolder('agentboot_usb/agentboot.bin', null)))).agentboot).toBeNull();
  });

  it('never takes the agentboot of the UART for that of USB', async () => {
    const changes = { ...inFolder('agentboot_usb/agentboot.bin', null), ...inFolder('agentboot_uart/agentboot.bin', 'uart') };
    expect((await read(release(changes))).agentboot).toBeNull();
  });

  it.each([
    ['[config]\npullup_qspi = 1', true],
    ['[config]\npullup_qspi=0 ; off', false],
    ['[config]\nagbaud = 921600', false],
    [null, false],
  ])('with the USB ini %j has pullup_qspi %s', async (ini, pullup) => {
    expect((await read(release(inFolder('quec_download_usb.ini', ini)))).agentbootPullupQspi).toBe(pullup);
  });

  it.each(['[config]\npullup_qspi = yes', '[config]\npullup_qspi = 1\n[other]\npullup_qspi = 0'])(
    'with the USB ini %j is refused',
    async (ini) => {
      expect(await refused(release(inFolder('quec_download_usb.ini', ini)))).toMatchObject({ code: 'package-structure-invalid' });
    },
  );

  it('for another platform is refused', async () => {
    expect(await refused(release({ 'platform_config.json': '{"platform":"ASR"}' }))).toMatchObject({
      code: 'package-platform-mismatch',
      expected: 'EIGEN',
      actual: 'ASR',
    });
  });

  it.each(['{}', 'not JSON', '{"platform":1}', '[]'])('with the platform config %j is refused', async (config) => {
    expect(await refused(release({ 'platform_config.json': config }))).toMatchObject({ code: 'package-structure-invalid' });
  });

  it('without its binpkg is refused', async () => {
    expect(await refused(release(inFolder('at_command.binpkg', null)))).toMatchObject({ code: 'package-member-missing' });
  });

  it('with two binpkgs is refused, but other packed files beside the binpkg do not confuse it', async () => {
    expect(await refused(release({ 'other/at_command.binpkg': smallBinpkg }))).toMatchObject({
      code: 'package-structure-invalid',
    });
    expect((await read(release(inFolder('quec_usb_prog_pkg.bin', smallBinpkg)))).images).toHaveLength(3);
  });

  it('with a damaged image inside is refused by the hash of that image', async () => {
    const damaged = smallBinpkg.slice();
    damaged.fill(0, 52 + 364 + 300 + 364, 52 + 364 + 300 + 364 + 4);
    expect(await refused(release(inFolder('at_command.binpkg', damaged)))).toMatchObject({
      code: 'package-hash-mismatch',
      step: `${folder}/at_command.binpkg/ap`,
    });
  });
});

describe('the flex files of a release', () => {
  it('are as many as File_Count says, counted as a number', async () => {
    const three = await read(release(inFolder('customer_backup_fs.bin', 'unused')));
    expect(three.flexFiles).toHaveLength(3);
    const four = configIni([...flexRanges, { start: '0x3C8000', max: '0x4000' }], '04');
    const changes = { ...inFolder('customer_backup_fs.bin', 'backup'), ...inFolder('quec_download_config.ini', four) };
    expect((await read(release(changes))).flexFiles.at(-1)?.part.name).toBe('customer_backup_fs.bin');
  });

  it('are none where there is neither ini nor file', async () => {
    const names = ['quec_download_config.ini', 'ap_application.bin', 'ap_updater.bin', 'customer_fs.bin'];
    expect((await read(release(Object.assign({}, ...names.map((name) => inFolder(name, null)))))).flexFiles).toEqual([]);
  });

  it.each([
    ['the ini', 'quec_download_config.ini'],
    ['a file the ini names', 'ap_updater.bin'],
  ])('without %s are refused', async (_, name) => {
    expect(await refused(release(inFolder(name, null)))).toMatchObject({ code: 'package-member-missing' });
  });

  it.each([
    ['no count', '[File]\n'],
    ['a count in words', configIni(flexRanges, 'three')],
    ['more files than have a name', configIni(flexRanges, '5')],
    ['a count beyond the sections', configIni(flexRanges.slice(0, 2), '3')],
    ['an address without 0x', configIni([{ start: '200000', max: '0x10000' }])],
    ['an address of nine digits', configIni([{ start: '0x100200000', max: '0x10000' }])],
    ['an address given twice', configIni([{ start: '0x200000\r\nSTART_ADDR=0x3B4000', max: '0x10000' }])],
  ])('with %s are refused', async (_, ini) => {
    expect(await refused(release(inFolder('quec_download_config.ini', ini)))).toMatchObject({
      code: 'package-structure-invalid',
    });
  });

  it.each([
    ['below the AP image', '0x20000', '0x1000', '0x20000'],
    ['on the boot loader, in the other form', '0x804000', '0x1000', '0x804000'],
    ['over the end of AP flash', '0x3FF000', '0x2000', '0x3FF000'],
    ['far beyond AP flash (CP flash as LNA)', '0x8800000', '0x1000', '0x8800000'],
    ['with a low byte', '0x200010', '0x1000', '0x200010'],
    ['on the AP image', '0x24000', '0x1000', '0x24000'],
    ['in the last sector of the AP image, which is erased with it', '0x24300', '0x1000', '0x24300'],
    ['smaller than the file', '0x200000', '0x10', '0x200000'],
  ])('in a range %s are refused with the address', async (_, start, max, address) => {
    const ini = configIni([{ start, max }]);
    expect(await refused(release(inFolder('quec_download_config.ini', ini)))).toMatchObject({
      code: 'package-image-out-of-range',
      step: 'ap_application.bin',
      address,
    });
  });

  it('that overlap each other are refused', async () => {
    const ini = configIni([
      { start: '0x200000', max: '0x10000' },
      { start: '0xA0F000', max: '0x8000' },
    ]);
    expect(await refused(release(inFolder('quec_download_config.ini', ini)))).toMatchObject({
      code: 'package-image-out-of-range',
      step: 'ap_updater.bin',
    });
  });
});

describe('the images of an EC618', () => {
  const bytes = (size: number): Uint8Array => new Uint8Array(size);

  it('may fill their ranges to the end', async () => {
    const full = [
      { ...bl, flashSize: 0x20000, bytes: bytes(0x20000) },
      { ...ap, flashSize: 0x360000, bytes: bytes(0x360000) },
      { ...cp, bytes: bytes(0xce000) },
    ];
    expect((await read(binpkg(full))).images).toHaveLength(3);
  });

  it.each([
    ['BL at another address', [{ ...bl, address: 0x5000 }, ap, cp], '0x5000'],
    ['BL into the AP image', [{ ...bl, flashSize: 0x30000, bytes: bytes(0x20001) }, ap, cp], '0x4000'],
    ['AP at address 0, over heads and boot loader', [bl, { ...ap, address: 0 }, cp], '0x0'],
    ["AP at the agent's own default", [bl, { ...ap, address: 0x20000 }, cp], '0x20000'],
    ['AP into the file system', [bl, { ...ap, flashSize: 0x400000, bytes: bytes(0x360001) }, cp], '0x24000'],
    ['CP at the RF calibration', [bl, ap, { ...cp, address: 0xe7000 }], '0xE7000'],
    ['CP over the CP data', [bl, ap, { ...cp, flashSize: 0x100000, bytes: bytes(0xce001) }], '0x0'],
    ['AP larger than its own flash size', [bl, { ...ap, flashSize: 699 }, cp], '0x24000'],
  ])('are refused with %s', async (_, images, address) => {
    expect(await refused(binpkg(images))).toMatchObject({ code: 'package-image-out-of-range', address });
  });

  it('are refused with AP into a flex file of the release', async () => {
    const large = { ...ap, bytes: bytes(0x200000 - 0x24000 + 1), flashSize: 0x300000 };
    expect(await refused(releaseOf(bl, large, cp))).toMatchObject({
      code: 'package-image-out-of-range',
      step: 'ap_application.bin',
      address: '0x200000',
    });
  });

  it.each(['BL', 'AP', 'CP'] as const)('are refused without %s: the old one would stay on the module', async (kind) => {
    const images = [bl, ap, cp].filter(({ type }) => type !== kind);
    expect(await refused(binpkg(images))).toMatchObject({ code: 'package-member-missing', expected: `an image of type ${kind}` });
  });

  it('are refused with two of a kind', async () => {
    expect(await refused(binpkg([bl, ap, cp, { ...ap, name: 'ap2' }]))).toMatchObject({ code: 'package-duplicate-entry' });
  });
});

describe('the images of an EC716 or EC718', () => {
  const product = (name: string, ...images: Parameters<typeof binpkg>[0]): Uint8Array => {
    const plain = Buffer.from(binpkg(images));
    const records = Buffer.alloc(420);
    records.writeUInt16LE(2, 280);
    records.write(name, 348);
    const whole = Buffer.concat([plain.subarray(0, 52), records, plain.subarray(52)]);
    whole.writeUInt16LE(420, 30);
    let offset = 472;
    for (const image of images) {
      whole.writeUInt32LE(offset, offset + 72);
      offset += 364 + image.bytes.length;
    }
    return new Uint8Array(whole);
  };
  const at = (boot: number, modem: number, app: number) => [
    { ...bl, address: boot },
    { ...cp, address: modem },
    { ...ap, address: app },
  ];

  it('lie in AP flash, as the vendor places them', async () => {
    const image = await read(product('EC716S_PRD', ...at(0x803000, 0x81a000, 0x872000)));
    expect([image.chipFamily, image.productName]).toEqual(['ec716', 'EC716S_PRD']);
  });

  it.each([
    ['on the image heads', at(0x801000, 0x81a000, 0x872000)],
    ['on each other', at(0x803000, 0x872000, 0x872000)],
    ['at an offset instead of an address', at(0x803000, 0x81a000, 0x72000)],
  ])('are refused %s', async (_, images) => {
    expect(await refused(product('EC718P_PRD', ...images))).toMatchObject({ code: 'package-image-out-of-range' });
  });

  it('are refused for a chip without a known map', async () => {
    expect(await refused(product('QCX217', ...at(0x803000, 0x81a000, 0x872000)))).toMatchObject({
      code: 'package-platform-mismatch',
    });
  });
});

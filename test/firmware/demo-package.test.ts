// The demo package: it reads back like a release, and it is the same bytes for ever.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildDemoPackage, type DemoFirmware, demoReleaseName } from '../../src/bench/simulator/demo-package/demo-package.ts';
import { isEigencommPackage } from '../../src/firmware/eigencomm-package.ts';
import { readPackage } from '../../src/firmware/read-package.ts';

const ec600e: DemoFirmware = { model: 'EC600E', revision: 'EC600ECNLCR01A21M04_OCPU_QPY_DEMO' };
const ec800e: DemoFirmware = { model: 'EC800E', revision: 'EC800ECNLCR01A21M04_OCPU_QPY_DEMO' };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** As a simulated board looks for its revision in its AP flash. */
const boardsPattern = /E[CG]\d{3}[A-Z][A-Z]{2}[A-Z]{2}[A-Z0-9]*R\d{2}A\d{2}[A-Z0-9_]*/g;

describe('the demo package', () => {
  it.each([
    [ec600e, '282290aed569d5074890248240fffc1786440c2fd40ece9fee97615c8ed10dc5'],
    [ec800e, '1143739f57ba5948245c8b26c72d2cb067df0753608cc5c924bc740fb6fd3949'],
  ])('of %o is the same bytes for ever: the profiles pin them', (firmware, digest) => {
    expect(sha256(buildDemoPackage(firmware))).toBe(digest);
  });

  it('reads back as a release for the EC618 with all its parts', async () => {
    const bytes = buildDemoPackage(ec800e);
    const image = await readPackage(bytes, 'demo/EC800E.bin');
    if (!isEigencommPackage(image)) throw new Error('not for Eigencomm modules');
    expect(image).toMatchObject({
      container: 'quecpython',
      chipFamily: 'ec618',
      productName: null,
      identity: { name: 'EC800E.bin', version: demoReleaseName(ec800e), sha256: sha256(bytes) },
      revisionsFound: [ec800e.revision],
      agentbootPullupQspi: true,
    });
    expect(image.images.map(({ kind, part, address }) => [kind, part.name, address])).toEqual([
      ['BL', 'ap_bootloader', 0x4000],
      ['AP', 'ap_at_command', 0x24000],
      ['CP', 'cp-demo-flash', 0],
    ]);
    expect(image.flexFiles.map(({ part, startAddress, maxSize }) => [part.name, startAddress, maxSize])).toEqual([
      ['ap_application.bin', 0x200000, 0x10000],
      ['ap_updater.bin', 0x3b4000, 0x8000],
      ['customer_fs.bin', 0x3bc000, 0x10000],
    ]);
    expect(image.agentboot?.bytes.length).toBe(8944);
  });

  it('holds its revision once, as a NUL-terminated text in the AP image and nowhere else', async () => {
    const bytes = buildDemoPackage(ec600e);
    expect(Buffer.from(bytes).toString('latin1').match(boardsPattern)).toEqual([ec600e.revision]);
    const image = await readPackage(bytes, 'EC600E.bin');
    const ap = isEigencommPackage(image) ? image.images[1]?.part.bytes : undefined;
    expect(Buffer.from(ap ?? []).toString('latin1')).toContain(`\0${ec600e.revision}\0`);
  });

  it('takes a board 4 seconds at 64 kB/s or less', () => {
    expect(buildDemoPackage(ec600e).length / 64_000).toBeLessThan(4);
  });
});

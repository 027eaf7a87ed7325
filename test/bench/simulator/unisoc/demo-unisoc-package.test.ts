// The demo packages for UNISOC modules: read back like releases, and the same bytes for ever.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  buildDemoPac,
  buildUnisocDemoPackage,
  type DemoUnisocFirmware,
  demoUnisocReleaseName,
} from '../../../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import { crc16Arc } from '../../../../src/bench/simulator/demo-package/pac-writer.ts';
import { inspectPackage } from '../../../../src/firmware/read-package.ts';
import { arc } from './host-frames.ts';

const firmwares: readonly DemoUnisocFirmware[] = [
  { model: 'EC200U', revision: 'EC200UCNAAR03A01M08_OCPU_QPY_DEMO' },
  { model: 'EC600U', revision: 'EC600UCNLBR03A01M08_OCPU_QPY_DEMO' },
  { model: 'EC600G', revision: 'EC600GCNLAR02A01M08_OCPU_QPY_DEMO' },
  { model: 'EC800G', revision: 'EC800GCNGAR02A01M08_OCPU_QPY_DEMO' },
];

const digests: Readonly<Record<string, string>> = {
  EC200U: '14134aa42aafe3c5499bdd0e57e87cf3806806a971183b640a58f32c6a12a354',
  EC600U: '685adcfde579c7174db4dccd064b1d992585dd5775fd15b182a95a743569dc19',
  EC600G: 'b8ef811657f82312ac55132d02c48ac10147a6f3908eee878775e8f3ea76da15',
  EC800G: '8b8eca1f01e9b4b1e6f7fa830a15fea50f95e3815a040497df21933ef80b28e5',
};

describe.each(firmwares)('the demo package of $model', (firmware) => {
  const bytes = buildUnisocDemoPackage(firmware);

  it('is the same bytes for ever: profiles pin them', () => {
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(digests[firmware.model]);
  });

  it('reads back without a fault, with its platform and its revision', async () => {
    const inspection = await inspectPackage(bytes, `${demoUnisocReleaseName(firmware)}.bin`);
    expect(inspection.failures).toEqual([]);
    expect(inspection).toMatchObject({
      platforms: [firmware.model.endsWith('G') ? 'unisoc8850' : 'unisoc8910'],
      revisionsFound: [firmware.revision],
    });
  });

  it('holds both CRCs of the header', () => {
    const pac = Buffer.from(buildDemoPac(firmware));
    expect(pac.readUInt16LE(0x848)).toBe(arc(pac.subarray(0, 0x848)));
    expect(pac.readUInt16LE(0x84a)).toBe(crc16Arc(pac.subarray(0x84c)));
    expect(pac.readUInt32LE(0x30)).toBe(pac.length);
  });

  it('takes a board 6 seconds at 64 kB/s or less', () => {
    expect(bytes.length / 64_000).toBeLessThan(6);
  });
});

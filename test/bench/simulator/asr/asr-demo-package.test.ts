// The demo release for ASR modules: its shape, and that a simulated board takes it both ways and boots it.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { asrModels } from '../../../../src/bench/simulator/asr/models.ts';
import { norChips } from '../../../../src/bench/simulator/demo-package/asr-tables.ts';
import {
  buildAsrDemoPackage,
  type DemoAsrFirmware,
  demoAsrImages,
  demoAsrReleaseName,
} from '../../../../src/bench/simulator/demo-package/demo-asr-package.ts';
import { inRom } from './asr-bench.ts';
import { execute, greet, membersOf, replay } from './replay.ts';

const revision = 'EC800NCNLAR01A21M08_OCPU_QPY_DEMO';
const firmware: DemoAsrFirmware = { model: 'EC800N', revision };
const trusted: DemoAsrFirmware = { ...firmware, script: 'trusted' };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4096) * 4096);
  whole.set(bytes);
  return whole;
};
const scriptOf = (package_: DemoAsrFirmware): Buffer =>
  membersOf(buildAsrDemoPackage(package_)).get('firmware.bin') ?? Buffer.alloc(0);
const ways = {
  'its recorded script': (bench: ReturnType<typeof inRom>, frameBytes: number) =>
    replay(bench, scriptOf(trusted), { frameBytes }),
  'its manifest': (bench: ReturnType<typeof inRom>, frameBytes: number) =>
    execute(bench, membersOf(buildAsrDemoPackage(trusted)), { frameBytes }),
} as const;

describe('the bytes', () => {
  it('are the same for ever', () => {
    expect(sha256(buildAsrDemoPackage(firmware))).toBe('c962405830fedb84b9dc9fdc1a09b8a172cdeaf47cb7cf5f0db5f327d65bc18d');
    expect(sha256(buildAsrDemoPackage(trusted))).toBe('6d1e819a53180347605a622e8ea6821354f9329683be7f90ab8363ac4dd8618a');
  });

  it('are those of an aboot release, below 420 KiB with its script', () => {
    expect([...membersOf(buildAsrDemoPackage(trusted)).keys()]).toEqual([
      'download.json',
      'preboot.img',
      'flasher.img',
      'flashinfo.bin',
      'partition.bin',
      'bootloader.ubi',
      'cp.bin',
      'dsp.bin',
      'rfbin.bin',
      'customer_app.bin',
      'customer_fs.bin',
      'firmware.bin',
    ]);
    expect(buildAsrDemoPackage(trusted).length).toBeLessThan(420 * 1024);
    expect(demoAsrReleaseName(firmware)).toBe('QPY_OCPU_DEMO_EC800N_CNLA_FW');
  });

  it('begin their script with its own length', () => {
    const script = scriptOf(trusted);
    expect(script.toString('latin1', 0, 17)).toBe(`!CRANE! ${script.length.toString(16).padStart(8, '0')}\n`);
    expect(scriptOf(firmware)).toHaveLength(0);
  });

  it('hold entries that are for the production line alone', () => {
    const manifest = JSON.parse(membersOf(buildAsrDemoPackage(firmware)).get('download.json')?.toString() ?? '') as object[];
    expect(manifest.slice(-2)).toEqual([
      { command: 'erase', group: '5', partition: 'factory', productionOnly: true },
      { command: 'fuse', group: '5', productionOnly: true },
    ]);
    const script = scriptOf({ ...trusted, erasesNvm: true }).toString('latin1');
    expect(script).toContain('\nerase:nvm\n');
    expect(script).not.toMatch(/\n(erase:factory|fuse)/);
    expect(scriptOf(trusted).toString('latin1')).not.toContain('erase:nvm');
  });

  it('of a stale release tell of it in two ways', () => {
    const bytes = Buffer.from(buildAsrDemoPackage({ ...firmware, script: 'stale' }));
    const members = membersOf(bytes);
    const merged = padded(members.get('customer_fs.bin') ?? Buffer.alloc(0));
    expect(members.get('firmware.bin')?.includes(Buffer.from(merged))).toBe(false);
    expect(scriptOf(trusted).includes(Buffer.from(merged))).toBe(true);
    /** Of its entry in the directory at the end. */
    const dateOf = (name: string): number => bytes.readUInt16LE(bytes.lastIndexOf(name, undefined, 'latin1') - 46 + 14);
    expect(dateOf('customer_fs.bin')).toBeGreaterThan(dateOf('firmware.bin'));
  });
});

describe('a board flashed with the demo release', () => {
  it.each(Object.keys(ways) as (keyof typeof ways)[])(
    'by %s holds every image, boots it and answers its revision',
    async (way) => {
      const bench = inRom();
      const [nvm, factory] = [bench.partition('nvm'), bench.partition('factory')];
      greet(bench);
      expect(ways[way](bench, 1024)).toBeNull();
      bench.endSession();
      const [report] = bench.resets;
      expect(report).toMatchObject({ violations: [], clean: true, boots: true, revision });
      expect(Object.fromEntries(report?.images.map((image) => [image.name, image.sha256]) ?? [])).toEqual(
        Object.fromEntries([...demoAsrImages(trusted)].map(([name, bytes]) => [name, sha256(padded(bytes))])),
      );
      expect(bench.partition('nvm')).toEqual(nvm);
      expect(bench.partition('factory')).toEqual(factory);
      await bench.clock.advance(1);
      expect(bench.present).toMatchObject({ mode: 'normal' });
      expect(bench.at('AT+CGMR')).toContain(revision);
    },
  );

  it('takes it at an MTU of 512, in pieces of four blocks', () => {
    const bench = inRom({ habits: { mtu: 512 } });
    greet(bench);
    expect(replay(bench, scriptOf({ ...trusted, pieceBlocks: 4 }), { frameBytes: 512 })).toBeNull();
    bench.endSession();
    expect(bench.resets[0]).toMatchObject({ clean: true, revision });
  });

  it('stops a script for another boot ROM at its version, before any download', () => {
    const bench = inRom({ habits: { bootRom: '2021.10.16' } });
    greet(bench);
    expect(replay(bench, scriptOf(trusted))).toBe('getvar:version-bootrom: OKAY2021.10.16');
    expect(Object.keys(bench.board.report().commands)).not.toContain('download');
  });

  it('stops a release for another chip at the first partition, with nothing written', () => {
    const bench = inRom();
    const before = bench.board.report().regions;
    greet(bench);
    expect(replay(bench, scriptOf({ ...trusted, chips: [norChips.gd16M] }))).toBe(
      'partition: FAILparse flash information table failed',
    );
    expect(bench.board.report()).toMatchObject({ regions: before, violations: [], boots: true });
  });

  it('sends the same bytes back in every run', () => {
    const talk = (): string => {
      const bench = inRom();
      greet(bench);
      const sent: Buffer[] = [];
      const { ask } = bench;
      bench.ask = (bytes, interfaceNumber) => {
        const answer = ask.call(bench, bytes, interfaceNumber);
        sent.push(answer);
        return answer;
      };
      replay(bench, scriptOf(trusted));
      bench.endSession();
      return sha256(Buffer.concat(sent)) + JSON.stringify(bench.resets);
    };
    expect(talk()).toBe(talk());
  });

  it.each(Object.keys(asrModels) as (keyof typeof asrModels)[])('has a release for %s that its board takes', (model) => {
    const identity = { model, imei: '861234567890125', sn: 'D1Q240000000001', revisionBefore: asrModels[model].revision };
    const own: DemoAsrFirmware = { model, revision: `${asrModels[model].revision}_DEMO`, script: 'trusted' };
    const bench = inRom({ identity });
    greet(bench);
    expect(replay(bench, scriptOf(own))).toBeNull();
    bench.endSession();
    expect(bench.resets[0]).toMatchObject({ clean: true, revision: own.revision });
  });
});

// The plan of an aboot package: the same as its manifest, the first write named, and what needs a consent refused without it.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { throwAtOnce } from '../../../src/firmware/findings.ts';
import { unpackFiles } from '../../../src/firmware/package-files.ts';
import { asrFlasher } from '../../../src/flashers/asr/flasher.ts';
import {
  type Entry,
  goodScript,
  image,
  manifestHead,
  manifestWrites,
  readFiles,
  readPackageOf,
} from '../../firmware/asr-builder.ts';
import { refusalOf } from '../../firmware/refusal.ts';
import { createRig, profile } from './rig.ts';

const sample = resolve(import.meta.dirname, '../../../../shared/samples/asr/asr1603-8M-release.zip');
if (!existsSync(sample)) process.stderr.write(`SKIPPED: no sample at ${sample}\n`);

const consenting = { ...profile, consents: { wipeUserData: true, keepUserData: false, eraseNvm: true } };
const manifestWith = (...entries: readonly Entry[]) => ({ manifest: [...manifestHead, ...manifestWrites, ...entries] });

describe('the plan', () => {
  it.skipIf(!existsSync(sample))('of the sample equals its manifest', async () => {
    const files = await unpackFiles(new Uint8Array(readFileSync(sample)), 'asr.zip', throwAtOnce);
    const plan = asrFlasher.plan(await readFiles(files), profile);
    expect(plan.steps.map(({ name, kind, target, address, bytes }) => [name, kind, target, address, bytes])).toEqual([
      ['handshake', 'handshake', undefined, undefined, 0],
      ['verify-product', 'verify', 'arom-tiny', undefined, 0],
      ['verify-version', 'verify', '0.5', undefined, 0],
      ['verify-version-bootrom', 'verify', '2020.07.30', undefined, 0],
      ['announce-weight', 'handshake', undefined, undefined, 0],
      ['load-preboot.img', 'load', 'preboot.img', undefined, 27788],
      ['load-flasher.img', 'load', 'flasher.img', undefined, 33676],
      ['load-flashinfo.bin', 'load', 'flashinfo.bin', undefined, 648],
      ['load-partition.bin', 'load', 'partition.bin', undefined, 2188],
      ['verify-max-download-size', 'verify', 'at least 0x1064', undefined, 0],
      ['write-user_app', 'write', 'app.bin', 0x53c000, 65600],
      ['reset', 'reset', undefined, undefined, 0],
    ]);
    expect(plan.firstWrite).toBe('write-user_app');
    expect(plan.totalBytes).toBe(27788 + 33676 + 648 + 2188 + 65600);
    expect(plan.notes).toEqual(['strategy manifest: the package has no firmware.bin']);
  });

  it('of a trusted script replays it, and says so', async () => {
    const plan = asrFlasher.plan(await readPackageOf({ script: goodScript() }), profile);
    expect(plan.steps.map(({ name }) => name)).toEqual([
      'handshake',
      'verify-product',
      'verify-version-bootrom',
      'verify-max-download-size',
      'load-preboot.img',
      'load-flasher.img',
      'load-flashinfo.bin',
      'load-partition.bin',
      'announce-weight',
      'write-cp',
      'erase-fota_param',
      'write-customer_app',
      'reset',
    ]);
    expect(plan.firstWrite).toBe('write-cp');
    expect(plan.notes[0]).toMatch(/^strategy script: /);
    expect(plan.steps.find(({ name }) => name === 'erase-fota_param')).toMatchObject({ address: 0x6bc000, bytes: 0x4000 });
  });

  it.each([
    ['erase-nvm', { command: 'erase', partition: 'nvm' }, 'consents.eraseNvm'],
    ['write-nvm', { command: 'flash', image: 'customer_app.bin', partition: 'nvm' }, 'consents.eraseNvm'],
    ['write-rd', { command: 'flash', image: 'customer_app.bin', partition: 'rd' }, 'consents.eraseNvm'],
    ['write-customer_fs', { command: 'flash', image: 'customer_app.bin', partition: 'customer_fs' }, 'consents.wipeUserData'],
  ] as [string, Entry, string][])(
    'with %s is refused without the consent of the profile, and shown with it',
    async (name, entry, consent) => {
      const read = await readPackageOf(manifestWith(entry));
      expect(await refusalOf(() => asrFlasher.plan(read, profile))).toMatchObject({
        code: 'package-consent-missing',
        step: name,
        expected: consent,
      });
      const plan = asrFlasher.plan(read, consenting);
      expect(plan.steps.map((step) => step.name)).toContain(name);
      expect(plan.notes.join('\n')).toContain(name);
    },
  );

  it("that replaces the user's file system is refused where the profile keeps it: its partitions may move", async () => {
    const keeping = { ...profile, consents: { ...profile.consents, keepUserData: true } };
    const replacing = await readPackageOf(
      manifestWith({ command: 'flash', image: 'customer_app.bin', partition: 'customer_fs' }),
    );
    expect(await refusalOf(() => asrFlasher.plan(replacing, keeping))).toMatchObject({ code: 'user-data-not-kept' });
    const other = await readPackageOf(manifestWith({ command: 'erase', partition: 'fota_param' }));
    expect(asrFlasher.plan(other, keeping).userData).toBe('untouched');
  });

  it('names productionOnly entries, and has no step for them', async () => {
    const read = await readPackageOf(manifestWith({ command: 'fuse', productionOnly: true }));
    const plan = asrFlasher.plan(read, profile);
    expect(plan.notes).toContain('never run, productionOnly: fuse');
    expect(plan.steps.some(({ name }) => name.includes('fuse'))).toBe(false);
  });

  it('for a profile whose download mode is another protocol is refused', async () => {
    const download = { ids: [{ vendorId: 0x2ecc, productId: 0x3001 }], interfaceNumber: 0 };
    const other = { ...profile, modes: { ...profile.modes, download } };
    const read = await readPackageOf();
    expect((await refusalOf(() => asrFlasher.plan(read, other))).code).toBe('package-platform-mismatch');
  });

  it('of one package is not run with another', async () => {
    const [one, other] = [await readPackageOf(), await readPackageOf({ members: { 'cp.bin': image('customer_app.bin') } })];
    const { context, clock } = createRig(one);
    const refused = refusalOf(() => asrFlasher.connect(context, asrFlasher.plan(one, profile), other));
    expect((await clock.runUntil(refused)).code).toBe('package-digest-mismatch');
  });
});

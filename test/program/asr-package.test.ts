// What `inspect` and `plan` say of a package for ASR modules, and what a station refuses before it touches anything.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildAsrDemoPackage } from '../../src/bench/simulator/demo-package/demo-asr-package.ts';
import { throwAtOnce } from '../../src/firmware/findings.ts';
import { unpackFiles } from '../../src/firmware/package-files.ts';
import { install } from './installation.ts';

const installation = install();
const { folder } = installation;
afterAll(() => installation.remove());

const sample = join(import.meta.dirname, '..', '..', '..', 'shared', 'samples', 'asr', 'asr1603-8M-release.zip');
const isThere = existsSync(sample);
if (!isThere) process.stderr.write(`SKIPPED: ${sample} is not there; inspect and plan of the sample were NOT checked\n`);

interface PlanStep {
  readonly name: string;
  readonly kind: string;
  readonly target?: string;
  readonly bytes: number;
  readonly address?: number;
}
interface PrintedPlan {
  readonly steps: readonly PlanStep[];
  readonly firstWrite: string;
  readonly notes: readonly string[];
}
interface ManifestEntry {
  readonly command: string;
  readonly name?: string;
  readonly image?: string;
  readonly partition?: string;
}

describe.skipIf(!isThere)('the sample release', () => {
  it('is inspected with its partition table and its list of flash chips', () => {
    const { exitCode, stdout } = installation.ask(['inspect', sample]);
    expect(exitCode).toBe(0);
    for (const line of [
      'require version-bootrom: 2020.07.30',
      'flashDevice 0xC8:0x6017: GD25LQ64C',
      'flashDevice 0x5E:0x7017: ZB25LQ64A',
      'partition cp: 0x40000 + 0x359000, raw, image 0x359000',
      'partition user_app: 0x53C000 + 0x80000, raw, image 0x10040',
      'partition nvm: 0x760000 + 0x80000, raw, image 0x80000',
      'partition factory_b: 0x7F0000 + 0x10000, raw, image 0x10000',
    ])
      expect(stdout.split('\n')).toContain(line);
    expect(stdout.split('\n').filter((line) => line.startsWith('partition '))).toHaveLength(22);
    expect(stdout.split('\n').filter((line) => line.startsWith('flashDevice '))).toHaveLength(7);
  });

  it('is planned exactly as its manifest says, entry by entry', async () => {
    const { exitCode, stdout } = installation.ask(['plan', sample, '--profile', 'profiles/demo-ec800n.json', '--json']);
    expect(exitCode).toBe(0);
    const plan = JSON.parse(stdout) as PrintedPlan;
    // Asked beside the manifest: no piece may be larger than the flasher takes (asr.md §15).
    const own = plan.steps.filter(({ name }) => name !== 'verify-max-download-size');
    expect(plan.steps.length - own.length).toBe(1);
    const files = await unpackFiles(readFileSync(sample), 'sample.zip', throwAtOnce);
    const bytesOf = (name: string): Uint8Array => files.find(({ path }) => path.endsWith(name))?.bytes ?? new Uint8Array();
    const manifest = JSON.parse(Buffer.from(bytesOf('download.json')).toString('utf8')) as readonly ManifestEntry[];
    const expected = manifest.map(({ command, name = '', image = '', partition = '' }): PlanStep => {
      const { length } = bytesOf(image);
      switch (command) {
        case 'require':
          return { name: `verify-${name}`, kind: 'verify', bytes: 0 };
        case 'progress':
          return { name: 'announce-weight', kind: 'handshake', bytes: 0 };
        case 'call':
        case 'partition':
          return { name: `load-${image}`, kind: 'load', bytes: length };
        case 'flash':
          return { name: `write-${partition}`, kind: 'write', bytes: length };
        default:
          throw new Error(`the sample has no ${command}`);
      }
    });
    expect(own.map(({ name, kind, bytes }) => ({ name, kind, bytes }))).toEqual([
      { name: 'handshake', kind: 'handshake', bytes: 0 },
      ...expected,
      { name: 'reset', kind: 'reset', bytes: 0 },
    ]);
    expect(plan.firstWrite).toBe('write-user_app');
    expect(plan.notes[0]).toBe('strategy manifest: the package has no firmware.bin');
  });
});

describe('a package that erases NVM', () => {
  const revision = 'EC800NCNLAR02A01M08_OCPU_QPY_DEMO';
  const release = buildAsrDemoPackage({ model: 'EC800N', revision, erasesNvm: true });
  const file = join(folder, 'erases-nvm.bin');
  writeFileSync(file, release);
  const profile = JSON.parse(readFileSync(join(folder, 'profiles', 'demo-ec800n.json'), 'utf8')) as object;
  const writeProfile = (id: string, eraseNvm: boolean): string => {
    const pinned = { path: '../erases-nvm.bin', sha256: createHash('sha256').update(release).digest('hex') };
    const text = JSON.stringify({ ...profile, id, package: pinned, consents: { wipeUserData: true, eraseNvm } });
    writeFileSync(join(folder, 'profiles', `${id}.json`), text);
    return `profiles/${id}.json`;
  };

  it('is refused where the profile does not consent: the step, the partition and the consent are named', () => {
    const { exitCode, stderr, stdout } = installation.ask(['plan', file, '--profile', writeProfile('no-consent', false)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('package-consent-missing in erase-nvm');
    expect(stderr).toContain('expected consents.eraseNvm');
    expect(stderr).toContain('at 0x760000');
    expect(stdout).toBe('');
  });

  it('is refused by a station before it touches anything: no journal, no job', () => {
    writeProfile('no-consent', false);
    const slot = { number: 1, serialPath: join(folder, 'nothing'), startsIn: 'download' };
    const slots = [{ ...slot, profiles: { EC800N: 'no-consent' }, unidentified: 'accept' }];
    mkdirSync(join(folder, 'stations'), { recursive: true });
    writeFileSync(
      join(folder, 'stations', 'nvm.json'),
      JSON.stringify({ station: { id: 'nvm', line: 'test' }, bench: 'hardware', slots }),
    );
    const { exitCode, stderr } = installation.ask(['run', 'stations/nvm.json']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('package-consent-missing in erase-nvm');
    expect(installation.journal()).toEqual([]);
  });

  it('is planned with the erase and its consent shown where the profile consents, and never with fuse or factory', () => {
    const { exitCode, stdout } = installation.ask(['plan', file, '--profile', writeProfile('consent', true)]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^erase-nvm +erase +nvm +0x760000/m);
    expect(stdout).toContain(
      "note: erase-nvm replaces the module's own calibration and settings: the profile consents (eraseNvm)",
    );
    expect(stdout).toMatch(/^note: never run, productionOnly: .*factory/m);
    expect(stdout).toMatch(/^note: never run, productionOnly: .*fuse/m);
    expect(stdout).not.toMatch(/^(erase|write)-factory|^fuse/m);
  });
});

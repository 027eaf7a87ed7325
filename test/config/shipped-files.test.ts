import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import { profileJsonSchema, stationJsonSchema } from '../../src/config/json-schemas.ts';
import { loadStation } from '../../src/config/load-station.ts';
import { parseProfile } from '../../src/config/profile-file.ts';
import { problemsOf } from './files.ts';

const root = resolve(import.meta.dirname, '../..');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder)).filter((file) => file.endsWith('.json') && !file.endsWith('.schema.json'));

describe('the JSON Schemas in the tree', () => {
  it('are the ones the program generates (write them anew with `flashrack schema`)', () => {
    expect(readJson('stations/station.schema.json')).toEqual(stationJsonSchema());
    expect(readJson('profiles/profile.schema.json')).toEqual(profileJsonSchema());
  });

  it('do not ask for what has a default', () => {
    expect(profileJsonSchema().required).not.toContain('timeouts');
    expect(stationJsonSchema().required).toEqual(['station', 'bench', 'slots']);
  });

  it('are named by every file beside them', () => {
    for (const file of filesIn('profiles'))
      expect(readJson(`profiles/${file}`)).toHaveProperty('$schema', './profile.schema.json');
    for (const file of filesIn('stations'))
      expect(readJson(`stations/${file}`)).toHaveProperty('$schema', './station.schema.json');
  });
});

describe('the demo station', () => {
  it('has eight simulated slots for every demo release, and refuses unidentified boards', async () => {
    const { station, profiles } = await loadStation(readFile, join(root, 'stations/demo.json'));
    expect(station.bench).toBe('simulator');
    expect(station.slots.map((slot) => slot.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(station.slots.every((slot) => slot.unidentified.policy === 'refuse')).toBe(true);
    expect([...profiles.keys()].sort()).toEqual(demoReleases.map(({ model }) => `demo-${model.toLowerCase()}`).sort());
  });
});

describe('the demo profiles', () => {
  it.each(demoReleases)('pin the very bytes that the generator makes: $model', async ({ model, revision, fileName, build }) => {
    const { profiles } = await loadStation(readFile, join(root, 'stations/demo.json'));
    const profile = profiles.get(`demo-${model.toLowerCase()}`)?.profile;
    expect(createHash('sha256').update(build()).digest('hex')).toBe(profile?.package.sha256);
    expect(profile?.expectedRevision.value).toBe(revision);
    expect(profile?.package.path).toBe(join(root, 'logs', 'demo', fileName));
  });
});

describe('the profiles for real modules', () => {
  const read = (name: string, change = (text: string): string => text): ReturnType<typeof parseProfile> => {
    const file = join(root, 'profiles', `${name}.json`);
    return parseProfile(Buffer.from(change(readFileSync(file, 'utf8'))), file);
  };
  const pinned = (revision: string) => (text: string) =>
    text.replace('0'.repeat(64), 'ab'.repeat(32)).replace('"value": ""', `"value": "${revision}"`);

  const templates = filesIn('profiles')
    .filter((file) => !/^(demo-|profile\.schema)/.test(file))
    .map((file) => file.replace('.json', ''));

  it.each(templates)('refuse to be used before a package is pinned: %s', (name) => {
    let thrown: unknown;
    try {
      read(name);
    } catch (reason) {
      thrown = reason;
    }
    const { code, lines } = problemsOf(thrown);
    expect(code).toBe('profile-invalid');
    expect(lines).toEqual([
      expect.stringMatching(/package\.sha256: .*sha256sum/),
      expect.stringMatching(/expectedRevision\.value: /),
    ]);
  });

  it.each([
    ['ec600e', 'EC600ECNLCR02A01M08_OCPU_QPY'],
    ['ec800e', 'EC800ECNLCR01A21M04_OCPU_QPY_BETA0628'],
  ])('are good once package and revision are written in: %s', (name, revision) => {
    const { profile } = read(name, pinned(revision));
    expect(profile.entry.methods).toEqual(['strap']);
    expect(profile.modes.normal.ids).toEqual([{ vendorId: 0x2c7c, productId: 0x0903 }]);
    expect(profile.modes.download).toEqual({ ids: [{ vendorId: 0x17d1, productId: 0x0001 }], interfaceNumber: 0 });
  });

  it('let no module of the other family through their gate', () => {
    expect(() => read('ec600e', pinned('EC800ECNLCR01A21M04'))).toThrow('revisionPatterns');
    expect(() => read('ec800e', pinned('EC600ECNLCR02A01M08'))).toThrow('revisionPatterns');
    expect(() => read('ec800e', pinned('EC800MCNLCR01A21M04'))).toThrow('revisionPatterns');
  });
});

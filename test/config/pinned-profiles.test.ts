import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadStation, surveyStation } from '../../src/config/load-station.ts';
import { draftProfile, isUnpinned, type ProfileAnswers, profileIdFrom, readTemplate } from '../../src/config/profile-draft.ts';
import { readProfile } from '../../src/config/profile-file.ts';
import { bytesOf, changed, diskWith, type Json, leastProfile, leastStation } from './files.ts';

const stationPath = '/rack/stations/line-1.json';
const profilePath = '/rack/profiles/ec800e.json';
const digestOf = (value: unknown): string => createHash('sha256').update(bytesOf(value)).digest('hex');
const rack = (pinned: Json | undefined, profile: Json = leastProfile()) =>
  diskWith({ [stationPath]: { ...leastStation(), ...(pinned && { pinned }) }, [profilePath]: profile });
const failureOf = async (loading: Promise<unknown>): Promise<unknown> =>
  loading.then(
    () => null,
    (thrown: { failure: unknown }) => thrown.failure,
  );

describe('a station that pins its profiles', () => {
  const digest = digestOf(leastProfile());

  it('takes the very file that it pins', async () => {
    const { profiles } = await loadStation(rack({ ec800e: digest }), stationPath);
    expect(profiles.get('ec800e')?.sha256).toBe(digest);
  });

  it('refuses a changed profile with both digests', async () => {
    const other = { ...leastProfile(), powerCycles: 2 };
    expect(await failureOf(loadStation(rack({ ec800e: digest }, other), stationPath))).toEqual({
      code: 'profile-changed',
      step: 'profile ec800e',
      expected: digest,
      actual: digestOf(other),
      detail: profilePath,
    });
  });

  it('refuses a profile that it maps and does not pin', async () => {
    expect(await failureOf(loadStation(rack({ ec600e: digest }), stationPath))).toMatchObject({
      code: 'profile-changed',
      actual: digest,
    });
  });

  it('takes any profile when it pins none', async () => {
    expect(await failureOf(loadStation(rack(undefined, { ...leastProfile(), powerCycles: 2 }), stationPath))).toBeNull();
  });

  it('refuses a pin that is no digest', async () => {
    expect(await failureOf(loadStation(rack({ ec800e: 'ab' }), stationPath))).toMatchObject({ code: 'station-file-invalid' });
  });
});

describe('a survey of a station', () => {
  it('tells a missing profile and a changed one together, and still has the station and what can be used', async () => {
    const station = changed(leastStation(), ['defaults', 'profiles'], { EC800E: 'ec800e', EC600E: 'ec600e' });
    const disk = diskWith({ [stationPath]: { ...station, pinned: { ec800e: 'ab'.repeat(32) } }, [profilePath]: leastProfile() });
    const { station: settings, profiles, faults } = await surveyStation(disk, stationPath);
    expect(faults.map(({ failure }) => failure.code)).toEqual(['station-file-invalid', 'profile-changed']);
    expect(settings?.slots).toHaveLength(2);
    expect([...profiles.keys()]).toEqual(['ec800e']);
  });

  it('has no station when the file cannot be read', async () => {
    const { station, faults } = await surveyStation(diskWith({}), stationPath);
    expect(station).toBeNull();
    expect(faults.map(({ failure }) => failure.code)).toEqual(['station-file-invalid']);
  });
});

describe('a drafted profile', () => {
  const unpinned = changed(changed(leastProfile(), ['package', 'sha256'], '0'.repeat(64)), ['expectedRevision', 'value'], '');
  const templateJson = { ...unpinned, $schema: './profile.schema.json', notes: ['Template: pin it.', 'Interface 3 is a guess.'] };
  const answers: ProfileAnswers = {
    id: 'mine',
    revision: 4,
    models: ['EC800E'],
    revisionPatterns: ['^EC800ECNLC.*$'],
    orderingCodes: ['EC800ECNLC-I03'],
    package: { path: '../packages/x.bin', sha256: 'cd'.repeat(32) },
    expectedRevision: 'EC800ECNLCR02A01M08',
    consents: { wipeUserData: true, keepUserData: false, eraseNvm: false },
    notes: ['The revision is a guess.'],
    hasSchemaBeside: false,
  };

  it('says what was answered, keeps the facts of the template, and can be read', () => {
    const template = readTemplate(bytesOf(templateJson));
    if (template === null) throw new Error('no template');
    expect(isUnpinned(template)).toBe(true);
    const text = draftProfile(template, answers);
    const read = readProfile(Buffer.from(text), '/rack/profiles/mine.json');
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    expect(read.profile).toMatchObject({
      id: 'mine',
      revision: 4,
      provenOn: 'not on hardware',
      models: ['EC800E'],
      subModels: { revisionPatterns: ['^EC800ECNLC.*$'], orderingCodes: ['EC800ECNLC-I03'] },
      modes: { normal: { ids: [{ vendorId: 0x2c7c, productId: 0x0903 }], interfaceNumber: 3 } },
      package: { path: '/rack/packages/x.bin', sha256: 'cd'.repeat(32) },
      expectedRevision: { query: 'AT+CGMR', value: 'EC800ECNLCR02A01M08' },
      consents: { wipeUserData: true, keepUserData: false, eraseNvm: false },
    });
    expect(JSON.parse(text)).toMatchObject({ notes: ['Interface 3 is a guess.', 'The revision is a guess.'] });
    expect(JSON.parse(text)).not.toHaveProperty('$schema');
  });

  it('is not made of what is no profile', () => {
    expect(readTemplate(bytesOf('{'))).toBeNull();
    expect(readTemplate(bytesOf({ id: 'x' }))).toBeNull();
  });

  it('gets an id that can be a file name, whatever the revision', () => {
    expect(profileIdFrom('EC800ECNLCR02A01M08_OCPU_QPY')).toBe('ec800ecnlcr02a01m08_ocpu_qpy');
    expect(profileIdFrom('../../etc/passwd')).toBe('etc-passwd');
    expect(profileIdFrom('固件')).toBe('profile');
  });
});

// `profile add` over the demo packages of every platform and, where they are, the samples beside the project.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import { loadKits } from '../../src/commands/kits.ts';
import { type AddedProfile, addProfile, type ProfileAddOptions } from '../../src/commands/profile-add.ts';
import { answersFrom } from '../../src/commands/profile-answers.ts';
import { parseProfile } from '../../src/config/profile-file.ts';
import { sha256Hex } from '../../src/firmware/digest.ts';
import { readPackage } from '../../src/firmware/read-package.ts';

const folder = mkdtempSync(join(tmpdir(), 'flashrack-add-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const shared = resolve(import.meta.dirname, '../../../shared/samples');
if (!existsSync(shared)) process.stderr.write(`SKIPPED: profile add over the samples, ${shared} is not there\n`);

const options = (id: string, model: string, revision: string, more: Partial<ProfileAddOptions> = {}): ProfileAddOptions => ({
  lang: 'en',
  json: true,
  model: [model],
  revision,
  revisionPattern: [`^${revision.slice(0, 10)}.*$`],
  orderingCode: [],
  consent: ['wipeUserData'],
  id,
  out: join(folder, 'profiles'),
  force: false,
  ...more,
});

const profileAdd = async (packageFile: string, given: ProfileAddOptions): Promise<AddedProfile | null> =>
  addProfile(packageFile, await readPackage(readFileSync(packageFile), packageFile), given, answersFrom(null));

async function expectGood(packageFile: string, id: string): Promise<void> {
  const file = join(folder, 'profiles', `${id}.json`);
  const loaded = parseProfile(readFileSync(file), file);
  const { profile } = loaded;
  expect(profile.package).toMatchObject({ path: packageFile, sha256: sha256Hex(readFileSync(packageFile)) });
  expect(profile.provenOn).toBe('not on hardware');
  const kits = await loadKits(new Map([[id, loaded]]));
  expect(kits.get(id)?.plan.package.sha256).toBe(profile.package.sha256);
}

describe('profile add', () => {
  it.each(demoReleases)(
    'writes a profile that pins and plans the package of $model',
    async ({ model, revision, fileName, build }) => {
      const packageFile = join(folder, fileName);
      writeFileSync(packageFile, build());
      const id = model.toLowerCase();
      expect(await profileAdd(packageFile, options(id, model, revision))).not.toBeNull();
      await expectGood(packageFile, id);
    },
  );

  it.runIf(existsSync(shared))('does so for the sample of each platform', async () => {
    const [zip = ''] = readdirSync(join(shared, 'asr')).filter((name) => name.endsWith('.zip'));
    const asr = join(shared, 'asr', zip);
    const pac = join(shared, 'unisoc', 'C51_APP.pac');
    const binpkg = join(shared, 'eigencomm', 'at_command.binpkg');
    const agentboot = join(folder, 'agentboot.bin');
    writeFileSync(agentboot, Buffer.alloc(35_568, 0x5a));
    await profileAdd(asr, options('sample-asr', 'EC800M', 'EC800MCNLAR01A01'));
    await expectGood(asr, 'sample-asr');
    await profileAdd(pac, options('sample-pac', 'EC600U', 'EC600UCNLBR01A01'));
    await expectGood(pac, 'sample-pac');
    const bare = options('sample-binpkg', 'EC600E', 'EC600ECNLCR01A01M04_BETA1201');
    await expect(profileAdd(binpkg, bare)).rejects.toThrow('package-agentboot-missing');
    await profileAdd(binpkg, { ...bare, agentboot });
    await expectGood(binpkg, 'sample-binpkg');
  });

  it('writes only the consents that the package needs', async () => {
    const packageFile = join(folder, 'EC800G_DEMO.bin');
    const given = options('modest', 'EC800G', 'EC800GCNGAR02A01M08', { consent: ['wipeUserData', 'eraseNvm'] });
    expect(await profileAdd(packageFile, given)).not.toBeNull();
    const file = join(folder, 'profiles', 'modest.json');
    expect(parseProfile(readFileSync(file), file).profile.consents).toEqual({
      wipeUserData: false,
      keepUserData: false,
      eraseNvm: false,
    });
  });

  it('writes nothing when a consent is not given', async () => {
    const packageFile = join(folder, 'EC800E_DEMO.bin');
    const given = options('unconsented', 'EC800E', 'EC800ECNLCR02A01M08', { consent: [] });
    await expect(profileAdd(packageFile, given)).rejects.toThrow('--consent wipeUserData');
    const refusing = answersFrom({
      input: Readable.from(['n\n']),
      output: new Writable({ write: (_bytes, _encoding, done) => done() }),
    });
    const firmware = await readPackage(readFileSync(packageFile), packageFile);
    const typed = { ...given, orderingCode: ['EC800ECNLC-I03'] };
    expect(await addProfile(packageFile, firmware, typed, refusing)).toBeNull();
    expect(existsSync(join(folder, 'profiles', 'unconsented.json'))).toBe(false);
    refusing.close();
  });

  it('refuses an expected revision of another model than those asked for', async () => {
    const packageFile = join(folder, 'EC800E_DEMO.bin');
    await expect(
      profileAdd(packageFile, { ...options('odd', 'EC800E', 'EC800GCNLC'), revisionPattern: ['^EC800.*$'] }),
    ).rejects.toThrow('a revision of EC800E');
    expect(existsSync(join(folder, 'profiles', 'odd.json'))).toBe(false);
  });
});

describe('the questions', () => {
  const question = { option: '--model', text: 'Which model', proposal: 'EC800E', assumed: null };
  const typing = (text: string) => {
    const shown: string[] = [];
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        shown.push(chunk.toString());
        done();
      },
    });
    return { shown, answers: answersFrom({ input: Readable.from([text]), output }) };
  };

  it('lose no line of a pasted block, and take the proposal for an empty one', async () => {
    const { answers, shown } = typing('EC600E\n\nlast\n');
    expect(await answers.answer(question, undefined)).toBe('EC600E');
    expect(await answers.answer(question, undefined)).toBe('EC800E');
    expect(await answers.answer(question, undefined)).toBe('last');
    expect(shown[0]).toBe('Which model [EC800E]: ');
    answers.close();
  });

  it('are not asked where an option answers', async () => {
    const { answers, shown } = typing('');
    expect(await answers.answer(question, 'EC600E')).toBe('EC600E');
    expect(shown).toEqual([]);
    answers.close();
  });

  it('end with what is missing when the input ends', async () => {
    const { answers } = typing('');
    await expect(answers.answer(question, undefined)).rejects.toThrow('answer-missing');
  });

  it('take no proposal where nobody can be asked: all that is missing is named at once', async () => {
    const answers = answersFrom(null);
    expect(await answers.answer(question, undefined)).toBeNull();
    expect(await answers.answer({ ...question, option: '--revision' }, undefined)).toBeNull();
    expect(await answers.answer({ ...question, option: '--ordering-code', assumed: '-' }, undefined)).toBe('-');
    expect(() => answers.refuseMissing()).toThrow('--model, --revision;');
  });
});

// The plan of both flows: the rules per File, the order, and what is refused before anything is opened.
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/failure.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import { type BuiltFile, buildPac, pattern } from '../../firmware/pac-builder.ts';
import { readBare } from '../../firmware/pac-samples.ts';
import { type Chip, createRig, flasherOf, full8850, full8910, profileOf } from './rig.ts';

async function planOf(chip: Chip, files: readonly BuiltFile[], profile: Profile = profileOf(chip)): Promise<Plan> {
  return flasherOf(chip).plan(await readBare(buildPac({ files })), profile);
}

async function refusal(chip: Chip, files: readonly BuiltFile[], profile?: Profile): Promise<string> {
  try {
    await planOf(chip, files, profile);
    return 'accepted';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure.code;
    throw thrown;
  }
}

const image = (id: string, base: number, length = 0x100): BuiltFile => ({ id, base, data: pattern(length, 9), blockSize: 0 });
const eraseOf = (id: string, base: number, blockSize: number): BuiltFile => ({ id, type: 'EraseFlash', base, blockSize });
const with8910 = (...files: readonly BuiltFile[]): BuiltFile[] => [...full8910.slice(0, 4), ...files];
const with8850 = (...files: readonly BuiltFile[]): BuiltFile[] => [
  full8850[0] ?? image('FDL', 0),
  image('AP', 0x60020000),
  ...files,
];

describe('the plan', () => {
  it('of an 8910 package backs up before its first write, and skips what is never done', async () => {
    const plan = await planOf('8910', full8910);
    expect(plan.steps.map(({ name, kind, address }) => [name, kind, address])).toEqual([
      ['handshake', 'handshake', undefined],
      ['load-fdl1', 'load', 0x8000c0],
      ['load-fdl2', 'load', 0x810000],
      ['backup-nv', 'backup', 0xfe000003],
      ['write-bootloader', 'write', 0x60000000],
      ['write-ap', 'write', 0x60010000],
      ['erase-py-fs-u', 'erase', 0x604e0000],
      ['erase-flash', 'erase', 0xfe000001],
      ['write-nv', 'write', 0xfe000003],
      ['write-prepack', 'write', 0xfe000004],
      ['compare-nv', 'verify', undefined],
      ['reset', 'reset', undefined],
    ]);
    expect(plan.firstWrite).toBe('write-bootloader');
    expect(plan.notes).toEqual([
      'skipped FMT_FSSYS: never formatted on 8910',
      'skipped PhaseCheck: PhaseCheck is never written',
      'skipped ERASE_PY_FS_C: an operation the 8910 flow does not know',
    ]);
  });

  it('of an 8850 package erases SPL first and writes it last, and leaves out what is not checked', async () => {
    const plan = await planOf('8850', full8850);
    expect(plan.steps.map(({ name }) => name)).toEqual([
      'handshake',
      'load-norfdl',
      'start-norfdl',
      'backup-nv',
      'erase-spl',
      'write-boot',
      'erase-fmt-fsmod',
      'write-nv',
      'write-ap',
      'write-cp',
      'erase-flash',
      'write-spl',
      'compare-nv',
      'reset',
    ]);
    expect(plan.firstWrite).toBe('start-norfdl');
    expect(plan.notes).toEqual([
      'skipped PhaseCheck: PhaseCheck is never written',
      'skipped FMT_FSSYS: not checked in the package',
    ]);
  });

  it('counts the bytes of loads and writes', async () => {
    const plan = await planOf('8850', full8850);
    expect(plan.totalBytes).toBe(0x901 + 0x100 + 0x2000 + 0x600 + 0x1235 + 0x54);
  });

  it('of an 8910 package takes EraseFlash2 and ERASE_BOOT as erases, and no check flag into account', async () => {
    const files = with8910(
      { ...eraseOf('ERASE_X', 0x60700000, 0x1000), type: 'EraseFlash2', checkFlag: 0 },
      { ...image('PS', 0x60560000), checkFlag: 0 },
    );
    const names = (await planOf('8910', files)).steps.map(({ name }) => name);
    expect(names).toContain('erase-x');
    expect(names).toContain('write-ps');
  });

  it('is refused to a session of another package', async () => {
    const rig = await createRig('8910');
    const other = await readBare(buildPac({ files: with8910() }));
    await expect(rig.flasher.connect(rig.context, rig.plan, other)).rejects.toMatchObject({
      failure: { code: 'package-digest-mismatch' },
    });
    expect(rig.board.writes).toEqual([]);
  });
});

describe('refused before anything is opened:', () => {
  const cases: readonly [string, Chip, readonly BuiltFile[], string][] = [
    ['an image in factory data', '8910', with8910(image('F', 0x607e0000)), 'package-image-out-of-range'],
    ['an image that reaches into factory data', '8910', with8910(image('F', 0x607df000, 0x1002)), 'package-image-out-of-range'],
    ['an image in factory data on 8850', '8850', with8850(image('F', 0x607e1000)), 'package-image-out-of-range'],
    ['an image at PhaseCheck', '8910', with8910(image('PhaseCheck', 0xfe000002)), 'package-image-out-of-range'],
    ['an image at an address that only erases', '8910', with8910(image('F', 0xfe000001)), 'package-image-out-of-range'],
    ['an image outside flash', '8910', with8910(image('F', 0x50000000)), 'package-image-out-of-range'],
    ['an image in the external flash of 8910', '8910', with8910(image('F', 0x70000000)), 'package-image-out-of-range'],
    [
      'an erase of everything',
      '8910',
      with8910({ ...eraseOf('E', 0, 0xffffffff), type: 'EraseFlash2' }),
      'package-image-out-of-range',
    ],
    ['an erase of factory data', '8850', with8850(eraseOf('E', 0x60700000, 0x100000)), 'package-image-out-of-range'],
    ['an erase of nothing', '8910', with8910(eraseOf('ERASE_BOOT', 0x60000000, 0)), 'package-image-out-of-range'],
    ['an erase of PhaseCheck', '8850', with8850(eraseOf('E', 0xfe000002, 0x100)), 'package-image-out-of-range'],
    ['an erase of fixed NV', '8850', with8850(eraseOf('E', 0xfe000003, 0x28000)), 'package-image-out-of-range'],
    [
      'a format of an unknown file system',
      '8850',
      with8850(eraseOf('FMT', 0xfe000006, 0x12345678)),
      'package-image-out-of-range',
    ],
    ['FLASH elsewhere than at running NV', '8910', with8910(eraseOf('FLASH', 0x60700000, 0x1000)), 'package-structure-invalid'],
    ['an NV that is not called so', '8910', with8910(image('X', 0xfe000003)), 'package-structure-invalid'],
    ['an NV elsewhere', '8910', with8910({ ...image('NV', 0x60700000), type: 'NV' }), 'package-structure-invalid'],
    [
      'an NV that is no blob',
      '8910',
      with8910({ ...image('NV', 0xfe000003), type: 'NV', data: new Uint8Array(64).fill(7) }),
      'package-structure-invalid',
    ],
    ['ERASE_SPL without SPL', '8850', with8850(eraseOf('ERASE_SPL', 0x60000000, 0xc000)), 'package-structure-invalid'],
    ['an operation the 8850 flow does not know', '8850', with8850({ id: 'WHAT', base: 0xfe000009 }), 'package-structure-invalid'],
    ['two images over each other', '8910', with8910(image('B', 0x60700000), image('C', 0x60700080)), 'package-structure-invalid'],
    [
      'an erase of what was just written',
      '8910',
      with8910(image('B', 0x60700000), { ...eraseOf('E', 0x60700000, 0x1000), type: 'EraseFlash2' }),
      'package-structure-invalid',
    ],
    ['a package with loaders only', '8910', full8910.slice(0, 2), 'package-structure-invalid'],
    [
      'an FDL1 at another address',
      '8910',
      [{ ...image('HOST_FDL', 0x800000), type: 'HOST_FDL' }, ...full8910.slice(1)],
      'package-image-out-of-range',
    ],
    [
      'an FDL2 at another address',
      '8910',
      [...full8910.slice(0, 1), image('FDL2', 0x820000), ...full8910.slice(2)],
      'package-image-out-of-range',
    ],
    ['a NORFDL at another address', '8850', [image('FDL', 0x50000000), ...full8850.slice(1)], 'package-image-out-of-range'],
    ['a package of the other chip', '8910', full8850, 'package-platform-mismatch'],
    ['a package of the other chip, again', '8850', full8910, 'package-platform-mismatch'],
  ];
  it.each(cases)('%s (%s)', async (_name, chip, files, code) => {
    expect(await refusal(chip, files)).toBe(code);
  });

  it('a profile whose download mode is another chip', async () => {
    expect(await refusal('8910', full8910, { ...profileOf('8850'), platform: 'unisoc8910' })).toBe('package-platform-mismatch');
  });

  it("a package that replaces the user's file system, without the profile's consent", async () => {
    const without = (chip: Chip): Profile =>
      profileOf(chip, { consents: { wipeUserData: false, keepUserData: false, eraseNvm: true } });
    expect(await refusal('8910', full8910, without('8910'))).toBe('package-consent-missing');
    expect(await refusal('8910', with8910(image('PY_FS_U', 0x604e0000)), without('8910'))).toBe('package-consent-missing');
    expect(await refusal('8850', with8850(eraseOf('FMT_FSSYS', 0xfe000006, 0x53595346)), without('8850'))).toBe(
      'package-consent-missing',
    );
    expect(await refusal('8850', full8850, without('8850'))).toBe('accepted');
  });

  it("a package that writes into the user's file system in another way, where the profile keeps it", async () => {
    const userArea = eraseOf('ERASE_PY_FS_U', 0x604e0000, 0x60000);
    const keeping = profileOf('8910', { consents: { wipeUserData: false, keepUserData: true, eraseNvm: false } });
    expect(await refusal('8910', with8910(userArea, image('OTHER', 0x60500000)), keeping)).toBe('user-data-not-kept');
    expect(await refusal('8910', full8910, keeping)).toBe('accepted');
  });
});

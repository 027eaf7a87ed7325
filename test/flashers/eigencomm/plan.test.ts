// The plan of an Eigencomm package, and every reason to refuse one before a board is touched.
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/failure.ts';
import { connectSteps, programSteps } from '../../../src/domain/plan.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import type { ChipFamily, EigencommPackage } from '../../../src/firmware/eigencomm-package.ts';
import { eigencommFlasher } from '../../../src/flashers/eigencomm/flasher.ts';
import { workOfPlan } from '../../../src/flashers/eigencomm/plan.ts';
import { ec618Package, flexFile, part, profile } from './fixtures.ts';

const plan = (pkg: EigencommPackage, withProfile = profile) => eigencommFlasher.plan(pkg, withProfile);

function failureOf(pkg: EigencommPackage, withProfile: Profile = profile) {
  try {
    plan(pkg, withProfile);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure;
    throw thrown;
  }
  return null;
}

const withImage = (kind: 'BL' | 'AP' | 'CP', size: number): EigencommPackage => ec618Package({ sizes: { [kind]: size } });
const withFlex = (...flexFiles: ReturnType<typeof flexFile>[]): EigencommPackage => ec618Package({ flexFiles });

function ec71xPackage(chipFamily: ChipFamily, productName: string, addresses = { BL: 0x803000, AP: 0x872000, CP: 0x81a000 }) {
  return { ...ec618Package({ addresses, flexFiles: [] }), chipFamily, productName };
}

describe('the plan', () => {
  it('loads the agentboot, burns BL, AP, CP, then erases and burns each flex file, then resets', () => {
    const shown = plan(ec618Package(), profile).steps.map(({ name, kind, address, bytes }) => [name, kind, address, bytes]);
    expect(shown).toEqual([
      ['handshake', 'handshake', undefined, 0],
      ['load-agentboot', 'load', undefined, 2_500],
      ['write-bl', 'write', 0, 0x1234],
      ['write-ap', 'write', 0x24000, 0x10123],
      ['write-cp', 'write', 0, 0x200],
      ['erase-ap_application', 'erase', 0xa00000, 0x11000],
      ['write-ap_application', 'write', 0x200000, 300],
      ['erase-ap_updater', 'erase', 0xbb4000, 0x1000],
      ['write-ap_updater', 'write', 0x3b4000, 300],
      ['reset', 'reset', undefined, 0],
    ]);
  });

  it('orders the images itself, whatever the order in the package', () => {
    const pkg = ec618Package();
    const steps = plan({ ...pkg, images: pkg.images.toReversed() }, profile).steps.map(({ name }) => name);
    expect(steps.slice(2, 5)).toEqual(['write-bl', 'write-ap', 'write-cp']);
  });

  it('names the first BURN_ONE as the first write, so that handshake and agentboot belong to connecting', () => {
    const made = plan(ec618Package(), profile);
    expect(made.firstWrite).toBe('write-bl');
    expect(connectSteps(made).map(({ name }) => name)).toEqual(['handshake', 'load-agentboot']);
    expect(programSteps(made)[0]?.name).toBe('write-bl');
  });

  it('counts the bytes of loads and writes, not of erases', () => {
    expect(plan(ec618Package(), profile).totalBytes).toBe(2_500 + 0x1234 + 0x10123 + 0x200 + 300 + 300);
  });

  it('carries the digest of every part', () => {
    const pkg = ec618Package();
    const digests = plan(pkg, profile).steps.flatMap(({ sha256 }) => sha256 ?? []);
    expect(digests).toEqual(
      [pkg.agentboot, ...pkg.images.map((i) => i.part), ...pkg.flexFiles.map((f) => f.part)].map((p) => p?.sha256),
    );
  });

  it('remarks on an agentboot of no known revision', () => {
    expect(plan(ec618Package(), profile).notes).toEqual([expect.stringContaining('not a revision known')]);
  });

  it('burns CP of an EC71x where the package says in AP flash', () => {
    const steps = plan(ec71xPackage('ec716', 'EC716S_PRD'), profile).steps.filter(({ kind }) => kind === 'write');
    expect(steps.map(({ name, address }) => [name, address])).toEqual([
      ['write-bl', 0],
      ['write-ap', 0x72000],
      ['write-cp', 0x1a000],
    ]);
  });
});

describe('the agentboot', () => {
  const pkg = ec618Package();

  it('must be in the package that is planned', () => {
    expect(failureOf({ ...pkg, agentboot: null })?.code).toBe('package-agentboot-missing');
    expect(failureOf({ ...pkg, agentboot: part('agentboot.bin', new Uint8Array(0)) })?.code).toBe('package-agentboot-missing');
  });

  it('must have the digest that the profile pins', () => {
    const pinned = (sha256: string): Profile => ({
      ...profile,
      package: { ...profile.package, agentboot: { path: '-', sha256 } },
    });
    expect(failureOf(pkg, pinned('00'.repeat(32)))?.code).toBe('package-agentboot-mismatch');
    expect(failureOf(pkg, pinned(pkg.agentboot?.sha256 ?? ''))).toBeNull();
  });

  it.each([
    ['for UART', 'e0504605e825'],
    ['for another chip', '1cc7597381d9'],
  ])('is refused when its digest is known to be one %s', (_what, prefix) => {
    const agentboot = { name: 'agentboot.bin', bytes: Uint8Array.of(1), sha256: prefix.padEnd(64, '0') };
    expect(failureOf({ ...pkg, agentboot })?.code).toBe('package-agentboot-mismatch');
  });

  it('of a known revision gives no remark', () => {
    const agentboot = { name: 'agentboot.bin', bytes: Uint8Array.of(1), sha256: '0bd2f394b9ac'.padEnd(64, '0') };
    expect(plan({ ...pkg, agentboot }, profile).notes).toEqual([]);
  });
});

describe('a package is refused as out of range when', () => {
  it.each<[string, EigencommPackage]>([
    ['its BL would reach AP', withImage('BL', 0x20001)],
    ['its AP would reach factory NV', withImage('AP', 0x3b8001)],
    ['its CP would reach CP data and RF calibration', withImage('CP', 0xce001)],
    ['an image is empty', withImage('AP', 0)],
    ['its AP was linked for another address', ec618Package({ addresses: { AP: 0x20000 } })],
    ['its BL was linked for another address', ec618Package({ addresses: { BL: 0 } })],
    ['its CP would not start at 0 of CP flash', ec618Package({ addresses: { CP: 0xe7000 } })],
    ['a flex file would be burned at 0', withFlex(flexFile('f.bin', 0, 0x1000))],
    ['a flex file at LNA 0 would be burned at 0', withFlex(flexFile('f.bin', 0x800000, 0x1000))],
    ['a flex file would lie below AP', withFlex(flexFile('f.bin', 0x23000, 0x1000))],
    ['the erase of a flex file would take the whole chip', withFlex(flexFile('f.bin', 0x800000, 0x400000))],
    ['a flex file would end behind the flash', withFlex(flexFile('f.bin', 0x3ff000, 0x2000))],
    ['a flex file lies in CP flash', withFlex(flexFile('f.bin', 0x8800000, 0x1000))],
    ['a flex file is longer than its range', withFlex(flexFile('f.bin', 0x200000, 0x1000, 0x1001))],
    ['a flex file is empty', withFlex(flexFile('f.bin', 0x200000, 0x1000, 0))],
    ['a flex range is not a number', withFlex(flexFile('f.bin', Number.NaN, 0x1000))],
    ['a flex range is negative', withFlex(flexFile('f.bin', 0x200000, -0x1000))],
    ['a flex range begins inside a sector', withFlex(flexFile('f.bin', 0x200100, 0x1000))],
    ['a flex range ends inside a sector', withFlex(flexFile('f.bin', 0x200000, 0x1100))],
    ['a flex range runs into factory NV', withFlex(flexFile('f.bin', 0x3b4000, 0x29000))],
    ['a flex range lies inside factory NV', withFlex(flexFile('f.bin', 0x3dd000, 0x1000))],
    ['a flex range runs into platform data', withFlex(flexFile('f.bin', 0x3f0000, 0x10000))],
    ['a flex range overlaps AP', withFlex(flexFile('f.bin', 0x34000, 0x1000))],
    ['two flex ranges overlap', withFlex(flexFile('f.bin', 0x200000, 0x2000), flexFile('g.bin', 0xa01000, 0x1000))],
    ['an EC71x image has no address', ec71xPackage('ec718', 'EC718P_PRD', { BL: 0x803000, AP: 0x800000, CP: 0x81a000 })],
    ['an EC71x image has a raw offset', ec71xPackage('ec718', 'EC718P_PRD', { BL: 0x803000, AP: 0x72000, CP: 0x81a000 })],
    ['an EC71x image begins off a page', ec71xPackage('ec718', 'EC718P_PRD', { BL: 0x803000, AP: 0x872010, CP: 0x81a000 })],
    ['EC71x images overlap', ec71xPackage('ec718', 'EC718P_PRD', { BL: 0x803000, AP: 0x819000, CP: 0x81a000 })],
  ])('%s', (_when, pkg) => {
    const failure = failureOf(pkg);
    expect(failure?.code).toBe('package-image-out-of-range');
    expect(failure?.expected).toBeDefined();
    expect(failure?.address).toMatch(/^0x/);
  });

  it('an image is larger than the place the package reserves for it', () => {
    const pkg = ec618Package();
    const images = pkg.images.map((image) => ({ ...image, flashSize: 0x1000 }));
    expect(failureOf({ ...pkg, images })).toMatchObject({
      code: 'package-image-out-of-range',
      step: 'write-bl',
      actual: '0x1234',
    });
  });

  it('but images and flex files may fill their places to the last byte', () => {
    expect(failureOf(ec618Package({ sizes: { BL: 0x20000, AP: 0x3b8000, CP: 0xce000 }, flexFiles: [] }))).toBeNull();
    expect(failureOf(withFlex(flexFile('f.bin', 0x3b4000, 0x28000, 0x28000)))).toBeNull();
  });
});

describe('a package is also refused', () => {
  it('for a chip without known addresses', () => {
    expect(failureOf({ ...ec618Package(), chipFamily: 'ec217', productName: 'QCX217' })?.code).toBe('package-platform-mismatch');
  });

  it('when product name and chip disagree on where CP goes', () => {
    expect(failureOf({ ...ec618Package(), productName: 'EC716S_PRD' })?.code).toBe('package-platform-mismatch');
    expect(failureOf({ ...ec618Package(), productName: 'YCOM_7X' })?.code).toBe('package-platform-mismatch');
    expect(failureOf({ ...ec71xPackage('ec718', 'EC718P_PRD'), productName: null })?.code).toBe('package-platform-mismatch');
  });

  it('for another platform', () => {
    expect(failureOf({ ...ec618Package(), platforms: ['asr'] })?.code).toBe('package-platform-mismatch');
  });

  it('with the same image or flex file twice', () => {
    const pkg = ec618Package();
    expect(failureOf({ ...pkg, images: [...pkg.images, ...pkg.images] })?.code).toBe('package-duplicate-entry');
    expect(failureOf(withFlex(flexFile('f.bin', 0x200000, 0x1000), flexFile('f.bin', 0x300000, 0x1000)))?.code).toBe(
      'package-duplicate-entry',
    );
  });

  it('without any image', () => {
    expect(failureOf({ ...ec618Package(), images: [] })?.code).toBe('package-member-missing');
  });

  it.each([
    ['factory NV that its ini names', 'eraseNvm', withFlex(flexFile('nv.bin', 0x3dc000, 0x8000))],
    ['platform data that its ini names', 'eraseNvm', withFlex(flexFile('plat.bin', 0xbfc000, 0x4000))],
    ["the user's file system", 'wipeUserData', withFlex(flexFile('customer_fs.bin', 0x300000, 0x8000))],
    ["the user's backup file system", 'wipeUserData', withFlex(flexFile('customer_backup_fs.bin', 0x300000, 0x8000))],
  ])('without the consent of the profile to erase %s', (_what, consent, pkg) => {
    expect(failureOf(pkg)).toMatchObject({ code: 'package-consent-missing', expected: `consents.${consent}` });
    expect(failureOf(pkg, { ...profile, consents: { ...profile.consents, [consent]: true } })).toBeNull();
  });
});

it("leaves the user's file system out of the plan, and of the session's work, where the profile keeps it", () => {
  const pkg = withFlex(flexFile('customer_fs.bin', 0x300000, 0x8000), flexFile('ap_application.bin', 0x200000, 0x8000));
  const keeping = { ...profile, consents: { ...profile.consents, keepUserData: true } };
  const plan = eigencommFlasher.plan(pkg, keeping);
  const names = plan.steps.map(({ name }) => name);
  expect(names).toContain('erase-ap_application');
  expect(names.join()).not.toContain('customer_fs');
  expect(plan).toMatchObject({
    userData: 'kept',
    notes: [expect.stringContaining('customer_fs.bin is left out'), expect.anything()],
  });
  expect(workOfPlan(plan, pkg).targets.map(({ step }) => step)).toEqual(names.filter((name) => name.startsWith('write-')));
});

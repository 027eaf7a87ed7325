// Any file an operator may hand over: read and frozen, or refused with a code; inspected as far as it goes; never a crash or a hang.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/domain/failure.ts';
import { type EigencommPackage, isEigencommPackage } from '../../src/firmware/eigencomm-package.ts';
import { inspectPackage, loadAgentboot, readPackage } from '../../src/firmware/read-package.ts';
import { forgeZip, text } from './forged-zip.ts';
import { refusalOf } from './refusal.ts';
import { folder, release, smallBinpkg } from './release.ts';

const sample = resolve(import.meta.dirname, '../../../shared/samples/eigencomm/at_command.binpkg');
const asrSample = resolve(import.meta.dirname, '../../../shared/samples/asr/asr1603-8M-release.zip');
for (const file of [sample, asrSample]) {
  if (!existsSync(file)) process.stderr.write(`SKIPPED: no sample at ${file}\n`);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Everything of a package that reaches a module. */
async function whatIsBurned(bytes: Uint8Array): Promise<unknown> {
  const image = await readPackage(bytes, 'package.bin');
  if (!isEigencommPackage(image)) throw new Error('not for Eigencomm modules');
  const { chipFamily, images, flexFiles, agentboot, agentbootPullupQspi }: EigencommPackage = image;
  return {
    chipFamily,
    images: images.map(({ kind, part, address }) => ({ kind, address, bytes: part.bytes, sha256: part.sha256 })),
    flexFiles,
    agentboot,
    agentbootPullupQspi,
  };
}

/** Null when the package is refused; anything but a `Fault` fails the test. */
const burnedOrRefused = (bytes: Uint8Array): Promise<unknown> =>
  whatIsBurned(bytes).catch((thrown: unknown) => {
    if (thrown instanceof Fault && thrown.failure.code.startsWith('package-')) return null;
    throw thrown;
  });

describe('reading a package', () => {
  it('freezes it to the bottom, because all slots share it', async () => {
    const image = await readPackage(release(), 'release.bin');
    const thawed: string[] = [];
    const look = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
      if (!Object.isFrozen(value)) thawed.push(path);
      for (const [key, inner] of Object.entries(value)) look(inner, `${path}.${key}`);
    };
    look(image, 'package');
    expect(thawed).toEqual([]);
  });

  it('takes name and digest from the file', async () => {
    const { identity } = await readPackage(smallBinpkg, 'C:\\firmware\\small.binpkg');
    expect(identity).toEqual({ name: 'small.binpkg', version: 'unknown', sha256: sha256(smallBinpkg) });
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['a text', text('hello')],
    ['an empty zip', forgeZip([])],
    ['a zip of other things', forgeZip([{ name: 'readme.txt', bytes: text('hello') }])],
  ])('refuses %s as an unknown format', async (_, bytes) => {
    expect(await refusalOf(() => readPackage(bytes, 'fw.bin'))).toMatchObject({ code: 'package-format-unknown', step: 'fw.bin' });
  });

  it.skipIf(!existsSync(asrSample))('never takes a release for another platform for one of its own', async () => {
    const read = readPackage(new Uint8Array(readFileSync(asrSample)), 'asr.zip');
    expect(await read.then(isEigencommPackage, () => false)).toBe(false);
  });

  it.skipIf(!existsSync(sample))('finds the revision in the image of the chip vendor', async () => {
    const image = await readPackage(new Uint8Array(readFileSync(sample)), sample);
    expect(image.identity).toMatchObject({ name: 'at_command.binpkg', version: 'EC600ECNLCR01A01M04_BETA1201' });
  });
});

describe('inspecting a package', () => {
  it('of good bytes shows its members, its facts, and no failure', async () => {
    const seen = await inspectPackage(release(), 'release.bin');
    expect(seen.failures).toEqual([]);
    expect(seen).toMatchObject({ platforms: ['eigencomm'], version: folder, sha256: sha256(release()) });
    expect(seen.facts).toContainEqual({ name: 'chipFamily', value: 'ec618' });
    expect(seen.members).toEqual((await readPackage(release(), 'release.bin')).members);
  });

  it('with two damaged images names both, and the one that holds', async () => {
    const damaged = smallBinpkg.slice();
    for (const offset of [52 + 364, 52 + 364 + 300 + 364]) damaged[offset] = (damaged[offset] ?? 0) ^ 0xff;
    const { members, failures } = await inspectPackage(damaged, 'small.binpkg');
    expect(members.map(({ name, digestHolds }) => [name, digestHolds])).toEqual([
      ['bl', false],
      ['ap', false],
      ['cp', true],
    ]);
    expect(failures.map(({ code, step }) => [code, step])).toEqual([
      ['package-hash-mismatch', 'small.binpkg/bl'],
      ['package-hash-mismatch', 'small.binpkg/ap'],
    ]);
  });

  it('that is cut still shows what came before the cut', async () => {
    const { members, failures } = await inspectPackage(smallBinpkg.slice(0, -1), 'small.binpkg');
    expect(members.map(({ name }) => name)).toEqual(['bl', 'ap']);
    expect(failures.map(({ code }) => code)).toEqual(['package-truncated']);
  });

  it('with a wrong checksum and an unsafe name in its zip goes on to the rest', async () => {
    const zip = forgeZip([
      { name: '../evil', bytes: text('evil') },
      { name: 'readme.txt', bytes: text('hello'), crc32: 1 },
      { name: 'fw/at_command.binpkg', bytes: smallBinpkg },
    ]);
    const { members, failures } = await inspectPackage(zip, 'fw.bin');
    expect(failures.map(({ code }) => code)).toEqual(['package-unsafe-entry', 'package-crc-mismatch']);
    expect(members.map(({ name }) => name)).toEqual(['fw/at_command.binpkg', 'bl', 'ap', 'cp', 'readme.txt']);
  });

  it('of unknown format says so and shows the files of the zip', async () => {
    const { members, failures, version } = await inspectPackage(forgeZip([{ name: 'a.txt', bytes: text('a') }]), 'a.zip');
    expect(failures.map(({ code }) => code)).toEqual(['package-format-unknown']);
    expect(members.map(({ name }) => name)).toEqual(['a.txt']);
    expect(version).toBeNull();
  });
});

describe('an agentboot beside the package', () => {
  it('is taken when its digest is the one expected, in either case', () => {
    const bytes = text('agentboot');
    expect(loadAgentboot(bytes, sha256(bytes).toUpperCase())).toEqual({ name: 'agentboot', bytes, sha256: sha256(bytes) });
  });

  it('is refused when it is another one', async () => {
    const failure = await refusalOf(() => loadAgentboot(text('agentboot'), '00'.repeat(32)));
    expect(failure).toMatchObject({ code: 'package-agentboot-mismatch', expected: '00'.repeat(32) });
  });
});

describe.each([
  ['a release', release()],
  ['a bare binpkg', smallBinpkg],
])('%s that is damaged by chance', (_, good) => {
  it('is refused when it is cut, at whatever length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), async (length) => {
        expect(await burnedOrRefused(good.slice(0, length))).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('is refused, or gives the very same bytes for the same addresses, when one byte changes', async () => {
    const burned = await whatIsBurned(good);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (offset, change) => {
        const damaged = good.slice();
        damaged[offset] = (damaged[offset] ?? 0) ^ change;
        const result = await burnedOrRefused(damaged);
        if (result !== null) expect(result).toEqual(burned);
      }),
      { numRuns: 1500 },
    );
  });

  it('is refused by reading exactly when inspecting finds a failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (offset, change) => {
        const damaged = good.slice();
        damaged[offset] = (damaged[offset] ?? 0) ^ change;
        const { failures } = await inspectPackage(damaged, 'package.bin');
        const refusal = await readPackage(damaged, 'package.bin').then(
          () => [],
          (thrown: unknown) => (thrown instanceof Fault ? [thrown.failure] : [thrown]),
        );
        expect(failures.slice(0, 1)).toEqual(refusal);
      }),
      { numRuns: 300 },
    );
  });
});

describe('any bytes at all', () => {
  const signatures = fc
    .constantFrom('PK\x03\x04', 'PK\x05\x06', '106\0\0\0\0\0bpkg', '')
    .map((start) => Buffer.from(start, 'latin1'));

  it('are refused, never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(signatures, fc.uint8Array({ maxLength: 400 }), async (start, rest) => {
        expect(await burnedOrRefused(new Uint8Array([...start, ...rest]))).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});

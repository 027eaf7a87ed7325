// A zip from anywhere: what is in it is read with its checksum, and every known attack is refused by name.
import { describe, expect, it } from 'vitest';
import { throwAtOnce } from '../../src/firmware/findings.ts';
import { packageLimits, unpackFiles } from '../../src/firmware/package-files.ts';
import { type ForgedEntry, forgeZip, text } from './forged-zip.ts';
import { refusalOf } from './refusal.ts';

const file = (name: string, more: Partial<ForgedEntry> = {}): ForgedEntry => ({
  name,
  bytes: text(`content of ${name}`),
  ...more,
});
const unpack = (zip: Uint8Array, limits = packageLimits) => unpackFiles(zip, 'release.bin', throwAtOnce, limits);
const refused = (entries: readonly ForgedEntry[]) => refusalOf(() => unpack(forgeZip(entries)));

describe('a package zip', () => {
  it('is read member by member, stored or deflated, zips within it opened in place', async () => {
    const inner = forgeZip([file('fw/at_command.binpkg', { deflate: true }), file('./fw/app.bin')]);
    const files = await unpack(forgeZip([file('changelog.md'), { name: 'fw.bin', bytes: inner, deflate: true }]));
    expect(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()])).toEqual([
      ['changelog.md', 'content of changelog.md'],
      ['fw.bin/fw/at_command.binpkg', 'content of fw/at_command.binpkg'],
      ['fw.bin/fw/app.bin', 'content of ./fw/app.bin'],
    ]);
  });

  it('that is no zip by its content is one file, whatever its name says', async () => {
    expect(await unpackFiles(text('not a zip'), 'firmware.zip', throwAtOnce)).toEqual([
      { path: 'firmware.zip', bytes: text('not a zip') },
    ]);
  });

  it('loses folders and the litter of macOS', async () => {
    const litter = ['__MACOSX/fw/._app.bin', 'fw/.DS_Store', 'fw/._app.bin'].map((name) => file(name));
    const files = await unpack(forgeZip([{ name: 'fw/', bytes: new Uint8Array() }, file('fw/app.bin'), ...litter]));
    expect(files.map(({ path }) => path)).toEqual(['fw/app.bin']);
  });

  it.each(['../evil', 'fw/../../evil', '/etc/passwd', 'C:/evil', 'fw\\..\\..\\evil', '\\\\host\\evil', 'fw/ev\u001bil', ''])(
    'with the entry name %j is refused',
    async (name) => {
      expect(await refused([file(name)])).toMatchObject({ code: 'package-unsafe-entry' });
    },
  );

  it('names the entry it refuses, without its control characters', async () => {
    expect((await refused([file('good'), file('../evil\u001b')])).step).toBe('release.bin/../evil?');
  });

  it.each([
    ['an encrypted entry', file('fw', { flags: 1 })],
    ['a symbolic link', file('fw', { mode: 0o120777 })],
    ['a device', file('fw', { mode: 0o060666 })],
  ])('with %s is refused', async (_, entry) => {
    expect(await refused([entry])).toMatchObject({ code: 'package-unsafe-entry', step: 'release.bin/fw' });
  });

  it.each([
    ['the same name', 'fw/app.bin'],
    ['another case', 'FW/App.bin'],
    ['a ./ in front', './fw/app.bin'],
    ['a doubled slash', 'fw//app.bin'],
    ['a backslash', 'fw\\app.bin'],
    ['a folder of that name', 'fw/app.bin/'],
  ])('with two entries for one file (%s) is refused', async (_, name) => {
    expect(await refused([file('fw/app.bin'), file(name)])).toMatchObject({ code: 'package-duplicate-entry' });
  });

  it('with a nested zip and a folder that hold a file of the same path is refused', async () => {
    const failure = await refused([{ name: 'fw', bytes: forgeZip([file('app.bin')]) }, file('fw/app.bin')]);
    expect(failure).toMatchObject({ code: 'package-duplicate-entry', step: 'release.bin/fw/app.bin' });
  });

  it('with a wrong CRC-32 is refused, naming both values', async () => {
    expect(await refused([file('good'), file('fw', { crc32: 0x1234abcd })])).toMatchObject({
      code: 'package-crc-mismatch',
      step: 'release.bin/fw',
      expected: '0x1234ABCD',
    });
  });

  it('with two names for one member (local header and directory) is refused', async () => {
    expect(await refused([file('fw', { localName: 'go' })])).toMatchObject({
      code: 'package-structure-invalid',
      step: 'release.bin/fw',
    });
  });

  it('with a compression that is not read is refused', async () => {
    expect(await refused([file('fw', { method: 14 })])).toMatchObject({ code: 'package-structure-invalid', actual: 14 });
  });
});

describe('a zip bomb', () => {
  const zeros = new Uint8Array(8 * 0x100000);

  it('with an honest size is refused by its size', async () => {
    const failure = await refused([file('fw', { bytes: new Uint8Array(9), declaredSize: 0x40000000, deflate: true })]);
    expect(failure).toMatchObject({ code: 'package-too-large', actual: 0x40000000 });
  });

  it('with a forged size is refused once the data goes beyond it', async () => {
    const failure = await refused([{ name: 'fw', bytes: zeros, deflate: true, declaredSize: 100 }]);
    expect(failure).toMatchObject({ code: 'package-size-forged', step: 'release.bin/fw', expected: 100 });
  });

  it('that declares more than it holds is refused', async () => {
    const failure = await refused([file('fw', { deflate: true, declaredSize: 1000 })]);
    expect(failure).toMatchObject({ code: 'package-size-forged', expected: 1000, actual: 13 });
  });

  it('with a stored entry of two sizes is refused', async () => {
    expect(await refused([file('fw', { declaredSize: 5 })])).toMatchObject({ code: 'package-size-forged' });
  });

  it('of many entries is refused', async () => {
    const entries = Array.from({ length: packageLimits.entries + 1 }, (_, index) => file(`fw${index}`));
    expect(await refused(entries)).toMatchObject({ code: 'package-too-large', actual: 513 });
  });

  it('of many entries spread over nested zips is refused', async () => {
    const inner = forgeZip([file('x'), file('y')]);
    const zip = forgeZip(['a', 'b'].map((name) => ({ name, bytes: inner })));
    const failure = await refusalOf(() => unpack(zip, { ...packageLimits, entries: 5 }));
    expect(failure).toMatchObject({ code: 'package-too-large', step: 'release.bin/b' });
    expect(await unpack(zip, { ...packageLimits, entries: 6 })).toHaveLength(4);
  });

  it('of nested zips is refused by what they hold together', async () => {
    const half = forgeZip([{ name: 'x', bytes: zeros.subarray(0, 600), deflate: true }]);
    const zip = forgeZip([
      { name: 'a.zip', bytes: half },
      { name: 'b.zip', bytes: half },
    ]);
    const totalBytes = 2 * half.length + 2 * 600;
    const tooSmall = { ...packageLimits, totalBytes: totalBytes - 1 };
    expect(await refusalOf(() => unpack(zip, tooSmall))).toMatchObject({ code: 'package-too-large', step: 'release.bin/b.zip' });
    expect(await unpack(zip, { ...packageLimits, totalBytes })).toHaveLength(2);
  });

  it('of more than three zips within each other is refused', async () => {
    const nest = (depth: number): Uint8Array =>
      depth === 0 ? text('core') : forgeZip([{ name: 'in.zip', bytes: nest(depth - 1) }]);
    expect((await unpack(nest(3)))[0]?.path).toBe('in.zip/in.zip/in.zip');
    expect(await refusalOf(() => unpack(nest(4)))).toMatchObject({ code: 'package-too-large', actual: 4 });
  });
});

describe('a damaged zip', () => {
  const zip = forgeZip([file('one', { deflate: true }), file('two')]);

  it('cut anywhere is refused', async () => {
    for (let length = 4; length < zip.length; length++) {
      expect(await refusalOf(() => unpack(zip.slice(0, length)))).toMatchObject({
        code: 'package-truncated',
        step: 'release.bin',
      });
    }
  });

  it('cut within its comment is refused', async () => {
    const commented = forgeZip([file('one')], { comment: 'a comment' });
    expect(await unpack(commented)).toHaveLength(1);
    expect(await refusalOf(() => unpack(commented.slice(0, -1)))).toMatchObject({ code: 'package-truncated' });
  });

  it.each([
    ['bytes after its end', new Uint8Array([...zip, 0])],
    ['an entry more than it counts', forgeZip([file('one'), file('two')], { entryCount: 1 })],
    ['an entry less than it counts', forgeZip([file('one')], { entryCount: 2 })],
    ['zip64 records', forgeZip([file('one')], { zip64: true })],
  ])('with %s is refused', async (_, damaged) => {
    expect(await refusalOf(() => unpack(damaged))).toMatchObject({ code: 'package-structure-invalid' });
  });

  it('with broken deflate data is refused', async () => {
    const damaged = zip.slice();
    damaged.fill(0xff, 34, 40);
    expect(await refusalOf(() => unpack(damaged))).toMatchObject({ code: 'package-structure-invalid', step: 'release.bin/one' });
  });
});

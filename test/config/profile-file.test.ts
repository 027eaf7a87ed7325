import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../src/config/profile-file.ts';
import { bytesOf, changed, type Json, leastProfile, problemsOf } from './files.ts';

const file = '/rack/profiles/ec800e.json';

function refusal(value: unknown, path = file): { readonly code: string; readonly lines: readonly string[] } {
  try {
    parseProfile(bytesOf(value), path);
  } catch (thrown) {
    return problemsOf(thrown);
  }
  throw new Error('the profile was accepted');
}

describe('a good profile file', () => {
  it('may leave every default out', () => {
    const { profile } = parseProfile(bytesOf(leastProfile()), file);
    expect(profile).toMatchObject({
      entry: { methods: ['strap'] },
      downloadWindow: { seconds: 10 },
      pacing: { bytesPerSecond: 64_000, burstBytes: 512 },
      expectedRevision: { query: 'AT+CGMR', value: 'EC800ECNLCR02A01M08' },
      restart: 'reset',
      powerCycles: 1,
      consents: { wipeUserData: false, keepUserData: false, eraseNvm: false },
      timeouts: { reenumerateMs: 30_000, stallMs: 60_000 },
    });
  });

  it('gives USB ids as numbers', () => {
    const { modes } = parseProfile(bytesOf(leastProfile()), file).profile;
    expect(modes.normal.ids).toEqual([{ vendorId: 0x2c7c, productId: 0x0903 }]);
    expect(modes.download.ids).toEqual([{ vendorId: 0x17d1, productId: 0x0001 }]);
  });

  it('is known by the SHA-256 of its very bytes', () => {
    const spaced = Buffer.from(`\ufeff${JSON.stringify(leastProfile(), null, 3)}\r\n`);
    expect(parseProfile(spaced, file).sha256).toBe(createHash('sha256').update(spaced).digest('hex'));
  });

  it('finds package and agentboot relative to itself', () => {
    const agentboot = { path: 'boot/agent.bin', sha256: 'cd'.repeat(32) };
    const { profile } = parseProfile(bytesOf(changed(leastProfile(), ['package', 'agentboot'], agentboot)), file);
    expect(profile.package.path).toBe('/rack/packages/release.bin');
    expect(profile.package.agentboot).toEqual({ path: '/rack/profiles/boot/agent.bin', sha256: 'cd'.repeat(32) });
  });

  it('holds nothing that the station does not know', () => {
    const told = { ...leastProfile(), $schema: './profile.schema.json', notes: ['a remark'] };
    expect(parseProfile(bytesOf(told), file).profile).toEqual(parseProfile(bytesOf(leastProfile()), file).profile);
  });
});

const zeros = '0'.repeat(64);

/** What is changed, and what the message must name besides the file: path, found, expected. */
const refused: readonly [name: string, path: (string | number)[], value: unknown, at: string, found: string, expected: string][] =
  [
    ['a missing field', ['carrier', 'release'], undefined, 'carrier.release', 'nothing', 'an object'],
    ['an unknown field', ['modls'], ['EC800E'], 'modls', 'an unknown field', 'fields of the schema'],
    ['an unknown field inside', ['carrier', 'relase'], 'x', 'carrier.relase', 'an unknown field', 'fields of the schema'],
    ['a field of the wrong type', ['revision'], '1', 'revision', '"1"', 'a number'],
    ['a broken number', ['revision'], 1.5, 'revision', '1.5', 'a whole number'],
    ['an id that is not the file name', ['id'], 'ec600e', 'id', '"ec600e"', '"ec800e", as the file is named'],
    ['an id that leads elsewhere', ['id'], '../ec800e', 'id', '"../ec800e"', 'a profile id'],
    ['a platform without a flasher', ['platform'], 'nordic', 'platform', '"nordic"', '"eigencomm"'],
    ['no model', ['models'], [], 'models', '[]', 'at least 1 entry'],
    ['a model twice', ['models'], ['EC800E', 'EC800E'], 'models[1]', '"EC800E"', 'each value once'],
    ['an open sub-model gate', ['subModels'], {}, 'subModels', 'an open gate', 'at least one revision pattern or ordering code'],
    [
      'a pattern that does not compile',
      ['subModels', 'revisionPatterns', 0],
      '^(EC800E$',
      'subModels.revisionPatterns[0]',
      '"^(EC800E$"',
      'compiles',
    ],
    [
      'a pattern open at its end',
      ['subModels', 'revisionPatterns', 0],
      '^EC800E',
      'subModels.revisionPatterns[0]',
      '"^EC800E"',
      'anchored',
    ],
    [
      'a pattern open at its start',
      ['subModels', 'revisionPatterns', 0],
      'EC800E.*$',
      'subModels.revisionPatterns[0]',
      '"EC800E.*$"',
      'anchored',
    ],
    [
      'a pattern that ends in a dollar sign as text',
      ['subModels', 'revisionPatterns', 0],
      '^EC800E\\$',
      'subModels.revisionPatterns[0]',
      'EC800E',
      'anchored',
    ],
    [
      'alternatives each half anchored',
      ['subModels', 'revisionPatterns', 0],
      '^EC800E.*|x$',
      'subModels.revisionPatterns[0]',
      '|x$',
      '"^(a|b)$"',
    ],
    [
      'a pattern for anything',
      ['subModels', 'revisionPatterns', 0],
      '^.*$',
      'subModels.revisionPatterns[0]',
      '"^.*$"',
      'not match any text',
    ],
    ['a USB id in another form', ['modes', 'normal', 'ids', 0], '0x2c7c', 'modes.normal.ids[0]', '"0x2c7c"', 'e.g. "17d1:0001"'],
    [
      'a USB id of both modes',
      ['modes', 'download', 'ids', 0],
      '2c7c:0903',
      'modes.download.ids[0]',
      '"2c7c:0903"',
      'normal mode does not have',
    ],
    [
      'a USB id twice',
      ['modes', 'normal', 'ids'],
      ['2c7c:0903', '2C7C:0903'],
      'modes.normal.ids[1]',
      '"2c7c:0903"',
      'each value once',
    ],
    [
      'an interface number out of range',
      ['modes', 'normal', 'interfaceNumber'],
      -1,
      'modes.normal.interfaceNumber',
      '-1',
      'at least 0',
    ],
    ['an operator step in one language', ['carrier', 'enter'], { en: 'Close.' }, 'carrier.enter.zh', 'nothing', 'a text'],
    ['a blank operator step', ['carrier', 'enter', 'zh'], '  ', 'carrier.enter.zh', '"  "', 'not blank'],
    [
      'an operator step that steers the terminal',
      ['carrier', 'enter', 'en'],
      'a\u001b[2J',
      'carrier.enter.en',
      '"a\\u001b[2J"',
      'one line',
    ],
    ['no entry method', ['entry'], { methods: [] }, 'entry.methods', '[]', 'at least 1 entry'],
    ['an unknown entry method', ['entry'], { methods: ['magic'] }, 'entry.methods[0]', '"magic"', 'one of "strap", "at"'],
    ['a window of no time', ['downloadWindow'], { seconds: 0 }, 'downloadWindow.seconds', '0', 'at least 1'],
    ['a window beyond reason', ['downloadWindow'], { seconds: 61 }, 'downloadWindow.seconds', '61', 'at most 60'],
    ['a digest in another form', ['package', 'sha256'], 'AB'.repeat(32), 'package.sha256', '"ABAB', '64 lower-case hex digits'],
    ['a package nobody pinned', ['package', 'sha256'], zeros, 'package.sha256', zeros, 'sha256sum'],
    [
      'an agentboot nobody pinned',
      ['package', 'agentboot'],
      { path: 'a', sha256: zeros },
      'package.agentboot.sha256',
      zeros,
      'sha256sum',
    ],
    ['an empty package path', ['package', 'path'], '', 'package.path', '""', 'a path, not empty'],
    [
      'no expected revision',
      ['expectedRevision', 'value'],
      '',
      'expectedRevision.value',
      '""',
      'the revision that this release answers',
    ],
    [
      'an expected revision with a blank at its end',
      ['expectedRevision', 'value'],
      'EC800ECNLCR1 ',
      'expectedRevision.value',
      'R1 "',
      'the revision',
    ],
    [
      'an expected revision of another family',
      ['expectedRevision', 'value'],
      'EC600ECNLCR1',
      'expectedRevision.value',
      '"EC600ECNLCR1"',
      'revisionPatterns',
    ],
    ['an unknown revision query', ['expectedRevision', 'query'], 'AT+X', 'expectedRevision.query', '"AT+X"', 'one of "ATI"'],
    [
      'a burst above the rate',
      ['pacing'],
      { bytesPerSecond: 1000, burstBytes: 1001 },
      'pacing.burstBytes',
      '1001',
      'at most bytesPerSecond (1000)',
    ],
    ['a timeout of no time', ['timeouts'], { stallMs: 0 }, 'timeouts.stallMs', '0', 'at least 100'],
    [
      "a user's file system that is both wiped and kept",
      ['consents'],
      { wipeUserData: true, keepUserData: true },
      'consents.keepUserData',
      'true',
      'false where wipeUserData is true',
    ],
    [
      'an upgrade path that is not anchored',
      ['upgrade'],
      { paths: [{ from: 'EC800E', allowed: true }] },
      'upgrade.paths[0].from',
      '"EC800E"',
      'a pattern anchored at both ends',
    ],
    ['a consent that is no yes or no', ['consents'], { eraseNvm: 'yes' }, 'consents.eraseNvm', '"yes"', 'true or false'],
  ];

describe('a profile file is refused', () => {
  it.each(refused)('for %s', (_name, path, value, at, found, expected) => {
    const { code, lines } = refusal(changed(leastProfile(), path, value));
    expect(code).toBe('profile-invalid');
    const line = lines.find((text) => text.includes(` ${at}: found `)) ?? lines.join('\n');
    expect(line).toMatch(/^\/rack\/profiles\/ec800e\.json:\d+:\d+ /);
    expect(line).toContain(` ${at}: found `);
    expect(line.slice(line.indexOf('found '), line.indexOf(', expected '))).toContain(found);
    expect(line.slice(line.indexOf(', expected '))).toContain(expected);
  });

  it.each<[string, string, string]>([
    ['a comma too many', '{\n  "id": "a",\n}', '3:1 line 3, column 1: found "}", expected a key in double quotes'],
    ['a missing colon', '{\n  "id" "a"\n}', '2:8 line 2, column 8: found "\\"a\\"", expected ":"'],
    ['an end in the middle', '{ "id": [1, 2', '1:14 line 1, column 14: found the end of the file, expected "," or "]"'],
    ['a bare word', 'nope', '1:1 line 1, column 1: found "nope", expected a JSON value'],
    ['text after the end', '{} x', '1:4 line 1, column 4: found "x", expected the end of the file'],
    [
      'a key written twice',
      '{ "id": "a", "id": "b" }',
      '1:14 line 1, column 14: found "\\"id\\": \\"b\\" }", expected each key once in an object',
    ],
  ])('for JSON with %s, with line and column', (_name, text, message) => {
    expect(refusal(text).lines).toEqual([`${file}:${message}`]);
  });

  it('for bytes that are not UTF-8', () => {
    expect(() => parseProfile(Uint8Array.of(0x7b, 0xff, 0x7d), file)).toThrow('UTF-8');
  });

  it('for a list nested without end, not with a crash', () => {
    expect(refusal('['.repeat(100_000)).lines[0]).toContain('at most 32 levels');
  });

  it('for a key that would change the prototype', () => {
    const text = JSON.stringify(leastProfile()).replace('{', '{"__proto__":{"revision":1},');
    expect(refusal(text).lines[0]).toContain('__proto__: found an unknown field');
  });

  it('with every problem at once, each at its own place', () => {
    const bad: Json = { ...leastProfile(), revision: 0, platform: 'x', models: 'EC800E', extra: 1 };
    const { lines } = refusal(bad);
    expect(lines.map((line) => /json:\d+:\d+ (\S+):/.exec(line)?.[1]).sort()).toEqual([
      'extra',
      'models',
      'platform',
      'revision',
    ]);
    expect(lines).toContain(`${file}:3:15 revision: found 0, expected at least 1`);
  });

  it('with several cross-checks at once', () => {
    const bad = changed(changed(leastProfile(), ['id'], 'other'), ['models'], ['EC800E', 'EC800E']);
    expect(refusal(bad).lines).toHaveLength(2);
  });
});

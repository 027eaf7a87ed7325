import { describe, expect, it } from 'vitest';
import { type LoadedStation, loadStation } from '../../src/config/load-station.ts';
import { productionDefaults } from '../../src/config/production-fields.ts';
import { changed, diskWith, type Json, leastProfile, leastStation, problemsOf } from './files.ts';

const file = '/rack/stations/a.json';

const load = (station: unknown, files: Readonly<Record<string, unknown>> = {}): Promise<LoadedStation> =>
  loadStation(
    diskWith({
      '/rack/profiles/ec800e.json': leastProfile('EC800E'),
      '/rack/profiles/ec600e.json': leastProfile('EC600E'),
      ...files,
      [file]: station,
    }),
    file,
  );

async function refusal(station: unknown, files: Readonly<Record<string, unknown>> = {}): Promise<ReturnType<typeof problemsOf>> {
  try {
    await load(station, files);
  } catch (thrown) {
    return problemsOf(thrown);
  }
  throw new Error('the station was accepted');
}

const both = { EC800E: 'ec800e', EC600E: 'ec600e' };
const fixed = { number: 1, serialPath: '/tmp/board', startsIn: 'download' };

describe('a station that requires the ordering code', () => {
  const requiring = { ...leastStation(), production: { requireOrderingCode: true } };
  const listing = (orderingCodes: readonly string[]) => {
    const profile = leastProfile('EC800E');
    return { '/rack/profiles/ec800e.json': changed(profile, ['subModels', 'orderingCodes'], orderingCodes) };
  };

  it('is refused with a profile that lists none: every board would be', async () => {
    const { lines } = await refusal(requiring, listing([]));
    expect(lines[0]).toContain('a profile that lists ordering codes');
    await expect(load(requiring, listing(['EC800ECNLC-I03']))).resolves.toBeDefined();
  });
});

describe('a good station file', () => {
  it('may leave every default out', async () => {
    const { station } = await load(leastStation());
    expect(station).toEqual({
      station: { id: 'S1', line: 'L1' },
      bench: 'hardware',
      hubs: [],
      powerUpGapMs: 300,
      atEntryGapMs: 100,
      profilesFolder: '/rack/profiles',
      logsFolder: '/rack/logs',
      slots: [1, 2].map((number) => ({
        number,
        usbPath: `pci-0000:00:14.0/1.${number}`,
        fixed: null,
        baudRate: 115_200,
        profiles: new Map([['EC800E', 'ec800e']]),
        unidentified: { policy: 'refuse' },
        powerSwitch: { kind: 'prompt' },
      })),
      limits: { station: null, perController: null, perHub: null, perSlot: 1 },
      removalMs: 2000,
      production: productionDefaults,
      oversight: {
        blame: { quarantineBoards: 3, rejectSlots: 2, sameCodeSlots: 4, sameCodeMinutes: 10 },
        stop: { failuresInRow: 10, yieldBelowPercent: 70, yieldOver: 50 },
        golden: null,
        supervisors: [],
        marginWarnPercent: 25,
      },
      history: {
        passedBefore: 'ask',
        twiceInOrder: 'block',
        rework: 'block',
        maxAttempts: 3,
        maxUnknown: 2,
        automaticRetries: 0,
      },
    });
  });

  it('brings the profiles that it maps, and no others', async () => {
    const { profiles } = await load(leastStation());
    expect([...profiles.keys()]).toEqual(['ec800e']);
    expect(profiles.get('ec800e')).toMatchObject({ file: '/rack/profiles/ec800e.json', profile: { models: ['EC800E'] } });
  });

  it('may bind a slot to a fixed serial path', async () => {
    const { station } = await load({ ...leastStation(), slots: [{ ...fixed, baudRate: 921_600, unidentified: 'accept' }] });
    expect(station.slots[0]).toMatchObject({
      usbPath: 'serial:/tmp/board',
      fixed: { serialPath: '/tmp/board', startsIn: 'download' },
      baudRate: 921_600,
      unidentified: { policy: 'accept', profileId: 'ec800e' },
    });
  });

  it('lets a slot answer for itself against the defaults', async () => {
    const own = { number: 1, usbPath: 'pci-0000:00:14.0/1', profiles: { EC600E: 'ec600e' }, unidentified: 'refuse' };
    const { station, profiles } = await load({
      ...leastStation(),
      defaults: { profiles: both, unidentified: 'requireLabel', unidentifiedProfile: 'ec800e' },
      slots: [own, { number: 2, usbPath: 'pci-0000:00:14.0/2' }],
    });
    expect(station.slots.map((slot) => slot.unidentified)).toEqual([
      { policy: 'refuse' },
      { policy: 'requireLabel', profileId: 'ec800e' },
    ]);
    expect(station.slots.map((slot) => [...slot.profiles.keys()])).toEqual([['EC600E'], ['EC800E', 'EC600E']]);
    expect(profiles.size).toBe(2);
  });

  it('finds its folders relative to itself', async () => {
    const moved = { ...leastStation(), profilesFolder: '../../p', logsFolder: '/var/log/rack' };
    const { station } = await load(moved, { '/p/ec800e.json': leastProfile() });
    expect(station).toMatchObject({ profilesFolder: '/p', logsFolder: '/var/log/rack' });
  });
});

/** What is changed, and what the message must name besides the file: path, found, expected. */
const refused: readonly [name: string, path: (string | number)[], value: unknown, at: string, found: string, expected: string][] =
  [
    ['a missing field', ['station', 'id'], undefined, 'station.id', 'nothing', 'a text'],
    ['an unknown field', ['slot'], [], 'slot', 'an unknown field', 'fields of the schema'],
    ['an unknown bench', ['bench'], 'real', 'bench', '"real"', 'one of "simulator", "hardware"'],
    ['no slot', ['slots'], [], 'slots', '[]', 'at least 1 entry'],
    [
      'a job with a profile of no slot',
      ['jobs'],
      { U: { profiles: ['ec200u'] } },
      'jobs.U.profiles[0]',
      '"ec200u"',
      'a profile that a slot has',
    ],
    ['a slot number twice', ['slots', 1, 'number'], 1, 'slots[1].number', '1', 'a number no other slot has'],
    [
      'a USB path twice',
      ['slots', 1, 'usbPath'],
      'pci-0000:00:14.0/1.1',
      'slots[1].usbPath',
      'is the path of slot 1',
      'a path of its own',
    ],
    [
      'a USB path below another',
      ['slots', 1, 'usbPath'],
      'pci-0000:00:14.0/1.1.4',
      'slots[1].usbPath',
      'below the path of slot 1',
      'a path of its own',
    ],
    [
      'a USB path with an interface',
      ['slots', 0, 'usbPath'],
      'pci-0000:00:14.0/1.1:1.0',
      'slots[0].usbPath',
      '1.1:1.0"',
      'hub port chain',
    ],
    ['a tty in place of a USB path', ['slots', 0, 'usbPath'], '/dev/ttyUSB0', 'slots[0].usbPath', '"/dev/ttyUSB0"', 'a USB path'],
    ['a slot without a path', ['slots', 0], { number: 1 }, 'slots[0]', 'neither', 'exactly one'],
    [
      'a slot with both paths',
      ['slots', 0],
      { ...fixed, usbPath: 'pci-0/1' },
      'slots[0]',
      'usbPath and serialPath',
      'exactly one',
    ],
    [
      'a serial path without a mode',
      ['slots', 0],
      { number: 1, serialPath: '/tmp/b' },
      'slots[0].startsIn',
      'nothing',
      '"download" or "normal"',
    ],
    [
      'a fixed path that starts in download mode, where unidentified boards are refused',
      ['slots', 0],
      fixed,
      'slots[0].unidentified',
      '"refuse"',
      'nothing can identify',
    ],
    ['a USB path with a mode', ['slots', 0, 'startsIn'], 'normal', 'slots[0].startsIn', '"normal"', 'its USB ids tell'],
    [
      'a relative serial path',
      ['slots', 0],
      { ...fixed, serialPath: 'board' },
      'slots[0].serialPath',
      '"board"',
      'an absolute serial path',
    ],
    ['no profile map', ['defaults'], {}, 'slots[0].profiles', 'nothing', 'at least one model'],
    [
      'an absent profile',
      ['defaults', 'profiles', 'EC800E'],
      'ec900',
      'defaults.profiles.EC800E',
      'no file at /rack/profiles/ec900.json',
      'a profile file',
    ],
    [
      'a profile that leads elsewhere',
      ['defaults', 'profiles', 'EC800E'],
      '../x',
      'defaults.profiles.EC800E',
      '"../x"',
      'a profile id',
    ],
    [
      'a profile for another model',
      ['defaults', 'profiles', 'EC800E'],
      'ec600e',
      'defaults.profiles.EC800E',
      '"ec600e"',
      'this one is for EC600E',
    ],
    [
      'a model in another form',
      ['defaults', 'profiles'],
      { ec800e: 'ec800e' },
      'defaults.profiles.ec800e',
      '"ec800e"',
      'a model as ATI answers it',
    ],
    [
      'a guess among profiles',
      ['defaults'],
      { profiles: both, unidentified: 'accept' },
      'slots[0].unidentifiedProfile',
      'nothing',
      'one of the mapped profiles',
    ],
    [
      'an unidentified board with a profile that is not mapped',
      ['slots', 0],
      { number: 1, usbPath: 'pci-0/1', unidentified: 'accept', unidentifiedProfile: 'ec600e' },
      'slots[0].unidentifiedProfile',
      '"ec600e"',
      'one of the mapped profiles ("ec800e")',
    ],
    [
      'a profile for boards that are refused',
      ['slots', 0, 'unidentifiedProfile'],
      'ec800e',
      'slots[0].unidentifiedProfile',
      '"ec800e"',
      'nothing while',
    ],
    ['an unknown policy', ['defaults', 'unidentified'], 'ask', 'defaults.unidentified', '"ask"', 'one of "refuse"'],
    [
      'an unknown power switch',
      ['defaults', 'powerSwitch'],
      { kind: 'magic' },
      'defaults.powerSwitch.kind',
      '"magic"',
      '"prompt"',
    ],
    ['a limit of nothing', ['limits'], { perHub: 0 }, 'limits.perHub', '0', 'at least 1'],
    ['two jobs in one slot', ['limits'], { perSlot: 2 }, 'limits.perSlot', '2', '1'],
    ['a removal of no time', ['removalMs'], 0, 'removalMs', '0', 'at least 100'],
    ['a text for yes or no', ['production'], { requireOperator: 'yes' }, 'production.requireOperator', '"yes"', 'true or false'],
  ];

describe('a station file is refused', () => {
  it.each(refused)('for %s', async (_name, path, value, at, found, expected) => {
    const { code, lines } = await refusal(changed(leastStation(), path, value));
    expect(code).toBe('station-file-invalid');
    const line = lines.find((text) => text.includes(` ${at}: found `)) ?? lines.join('\n');
    expect(line).toMatch(/^\/rack\/stations\/a\.json:\d+:\d+ /);
    expect(line).toContain(` ${at}: found `);
    expect(line.slice(line.indexOf('found '), line.indexOf(', expected '))).toContain(found);
    expect(line.slice(line.indexOf(', expected '))).toContain(expected);
  });

  it('for a serial path twice, also when it is written in another way', async () => {
    const accepting = { ...fixed, unidentified: 'accept' };
    const slots = [accepting, { ...accepting, number: 2, serialPath: '/tmp/x/../board' }];
    expect((await refusal({ ...leastStation(), slots })).lines[0]).toContain(
      'slots[1].serialPath: found "/tmp/x/../board", which is the path of slot 1',
    );
  });

  it('when it is absent', async () => {
    const reading = loadStation(diskWith({}), file);
    await expect(reading).rejects.toMatchObject({
      failure: { code: 'station-file-invalid', detail: expect.stringContaining(`no file at ${file}`) },
    });
  });

  it('with line and column when it is no JSON', async () => {
    expect(await refusal('{\n  "station": }')).toEqual({
      code: 'station-file-invalid',
      lines: [`${file}:2:14 line 2, column 14: found "}", expected a JSON value`],
    });
  });

  it('for a profile it maps that is invalid, with the code of the profile', async () => {
    const { code, lines } = await refusal(leastStation(), { '/rack/profiles/ec800e.json': { ...leastProfile(), revision: 0 } });
    expect(code).toBe('profile-invalid');
    expect(lines).toEqual(['/rack/profiles/ec800e.json:3:15 revision: found 0, expected at least 1']);
  });

  it('with the problems of station and profiles together', async () => {
    const station: Json = { ...leastStation(), defaults: { profiles: { ...both, EC200U: 'ec200u' } } };
    const { code, lines } = await refusal(station, { '/rack/profiles/ec800e.json': { ...leastProfile(), revision: 0 } });
    expect(code).toBe('station-file-invalid');
    expect(lines).toEqual([
      expect.stringContaining('defaults.profiles.EC200U'),
      expect.stringContaining('ec800e.json:3:15 revision'),
    ]);
  });
});

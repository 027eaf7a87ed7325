import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Trouble } from '../../src/bench/hardware/usb-readiness.ts';
import { examine, worstOf } from '../../src/doctor/examine.ts';
import { type Diagnosis, type DiagnosisCode, severities } from '../../src/domain/diagnosis.ts';
import { diagnosisSpeech, doctorWords } from '../../src/views/words/doctor-words.ts';
import { board, controller, machineOf, settingsOf, soundWorld, type World } from './sound-machine.ts';

async function diagnose(plant: (world: World) => void = () => undefined): Promise<readonly Diagnosis[]> {
  const world = soundWorld();
  plant(world);
  const findings = await examine(machineOf(world), { ...world.subject, release: world.release });
  return findings.flatMap(({ found }) => found);
}

const trouble = (kind: Trouble['kind'], subject: string) => (world: World) => {
  world.troubles.set(`${controller}/1.1`, { kind, subject, reason: '', cure: '' });
};
const withoutRules = (world: World): void => {
  delete world.files['/etc/udev/rules.d/70-flashrack.rules'];
};
const manySlots = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ number: index + 1, usbPath: `${controller}/${index + 1}` }));

/** One trouble for every code there is, and what the doctor must say of it. */
const planted: Readonly<Record<DiagnosisCode, readonly [(world: World) => void, Readonly<Record<string, unknown>>]>> = {
  'node-wrong': [
    (world) => {
      world.nodeVersion = '20.19.0';
    },
    { actual: '20.19.0', expected: '24.21.0' },
  ],
  'library-wrong': [
    (world) => {
      world.files['/rack/node_modules/zod/package.json'] = '{"version": "3.0.0"}';
    },
    { libraries: 'zod 3.0.0 (4.6.7)' },
  ],
  'thread-pool-small': [
    (world) => {
      delete world.env['UV_THREADPOOL_SIZE'];
    },
    { actual: 'not set: 4', expected: 64 },
  ],
  'setup-refused': [
    (world) => {
      const failure = { code: 'package-digest-mismatch', step: 'profile ec800e', expected: 'aa', actual: 'bb' } as const;
      world.subject = { ...world.subject, failures: [failure] };
    },
    { failure: { code: 'package-digest-mismatch', step: 'profile ec800e', expected: 'aa', actual: 'bb' } },
  ],
  'usb-absent': [
    (world) => {
      world.hasUsb = false;
    },
    { slots: [1, 2] },
  ],
  'node-absent': [
    (world) => {
      delete world.links['/dev/ttyS1'];
    },
    { path: '/dev/ttyS1', slots: [3] },
  ],
  'node-no-rights': [trouble('noRights', '/dev/ttyUSB11'), { path: '/dev/ttyUSB11', slots: [1] }],
  'node-held': [
    (world) => {
      world.links['/proc/77/fd/5'] = '/dev/ttyS1';
    },
    { path: '/dev/ttyS1', slots: [3], program: 'minicom', pid: 77 },
  ],
  'station-running': [
    (world) => {
      world.links['/proc/77/fd/5'] = '/dev/ttyS1';
      world.files['/proc/77/cmdline'] = 'node\u0000/opt/flashrack/dist/main.js\u0000run';
    },
    { slots: [3], pid: 77 },
  ],
  'group-missing': [
    (world) => {
      world.programs['id'] = { exitCode: 0, stdout: 'line\n' };
    },
    { user: 'line', group: 'dialout' },
  ],
  'driver-missing': [trouble('undriven', '2c7c:0903'), { id: '2c7c:0903', slots: [1] }],
  'board-unusable': [trouble('noSerialPath', '2c7c:0903'), { usbPath: `${controller}/1.1`, slots: [1] }],
  'option-driver-absent': [
    (world) => {
      world.programs['modinfo'] = { exitCode: 1, stdout: '' };
    },
    { ids: '2c7c:0903' },
  ],
  'option-ids-missing': [
    (world) => {
      withoutRules(world);
      world.programs['modinfo'] = { exitCode: 0, stdout: 'usb:v2C7Cp0125d*\n' };
    },
    { ids: '2c7c:0903' },
  ],
  'udev-rule-missing': [withoutRules, { path: '/etc/udev/rules.d/70-flashrack.rules' }],
  'udev-rule-differs': [
    (world) => {
      world.files['/etc/udev/rules.d/70-flashrack.rules'] = 'an older one';
    },
    { path: '/etc/udev/rules.d/70-flashrack.rules' },
  ],
  'modem-manager-running': [
    (world) => {
      withoutRules(world);
      world.files['/proc/812/comm'] = 'ModemManager\n';
    },
    { pid: 812 },
  ],
  'autosuspend-on': [
    (world) => {
      world.files['/sys/bus/usb/devices/1-1.1/power/control'] = 'auto\n';
    },
    { slots: [1] },
  ],
  'usb-devices-over': [
    (world) => {
      world.subject = { ...world.subject, station: settingsOf({ slots: manySlots(127) }) };
      delete world.links['/sys/bus/pci/devices/0000:00:14.0/driver'];
    },
    // The root hub, the board that is at none of these slots, the slots.
    { controller, needed: 129, limit: 127 },
  ],
  'usb-endpoints-over': [
    (world) => {
      world.subject = { ...world.subject, station: settingsOf({ slots: manySlots(24) }) };
    },
    // Each module as the one that is plugged in: its control endpoint and three of its interface.
    { controller, needed: 100, limit: 96, slotsThatFit: 23 },
  ],
  'power-program-missing': [
    (world) => {
      const powerSwitch = { kind: 'uhubctl' };
      const slots = [{ number: 4, usbPath: `${controller}/1.1`, powerSwitch }];
      world.subject = { ...world.subject, station: settingsOf({ slots }) };
    },
    { program: 'uhubctl', slots: [4] },
  ],
  'logs-not-writable': [
    (world) => {
      world.syncError = 'EROFS: read-only file system';
    },
    { folder: '/rack/logs', error: 'EROFS: read-only file system' },
  ],
  'disk-full': [
    (world) => {
      world.freeBytes = 10e6;
    },
    { folder: '/rack/logs', freeMegabytes: 10, expected: 50 },
  ],
  'disk-nearly-full': [
    (world) => {
      world.freeBytes = 999e6;
    },
    { folder: '/rack/logs', freeMegabytes: 999, expected: 1000 },
  ],
  'sync-slow': [
    (world) => {
      world.syncMs = 51;
    },
    { folder: '/rack/logs', medianMs: 51, expected: 50 },
  ],
  // Seen on a 9p share: the journal is kept, SQLite says "disk I/O error".
  'index-not-kept': [
    (world) => {
      world.indexError = 'disk I/O error';
    },
    { folder: '/rack/logs', error: 'disk I/O error' },
  ],
  'clock-implausible': [
    (world) => {
      world.wallMs = Date.parse('1970-01-01T00:12:00Z');
    },
    { time: '1970-01-01T00:12:00.000Z' },
  ],
  'clock-behind-journal': [
    (world) => {
      world.files['/rack/logs/journal/000009-2026-11-24-S1.jsonl'] = '';
    },
    { time: '2026-11-22T10:00:00.000Z', journal: '2026-11-24' },
  ],
  'clock-jumps': [
    (world) => {
      world.wallStepMs = -3_600_000;
    },
    { jumpMs: -3_600_000 },
  ],
  'clock-not-synchronised': [
    (world) => {
      world.programs['timedatectl'] = { exitCode: 0, stdout: 'no\n' };
    },
    {},
  ],
  'clock-sync-unknown': [
    (world) => {
      delete world.programs['timedatectl'];
    },
    {},
  ],
  'terminal-dumb': [
    (world) => {
      world.env['TERM'] = 'dumb';
    },
    { term: 'dumb' },
  ],
  'terminal-small': [
    (world) => {
      world.terminal = { columns: 80, rows: 23 };
    },
    { columns: 80, rows: 23 },
  ],
  'locale-not-utf8': [
    (world) => {
      world.env['LC_ALL'] = 'C';
    },
    { locale: 'C' },
  ],
};
const cases = Object.entries(planted).map(([code, [plant, facts]]) => ({ code: code as DiagnosisCode, plant, facts }));

/** Troubles that cannot be planted without another one being there too. */
const company: Readonly<Partial<Record<DiagnosisCode, readonly DiagnosisCode[]>>> = {
  'option-ids-missing': ['udev-rule-missing'],
  'modem-manager-running': ['udev-rule-missing'],
};

describe('the doctor', () => {
  it('finds nothing on a sound machine', async () => {
    expect(await diagnose()).toEqual([]);
  });

  it.each(cases)('finds $code, with its facts, and nothing else', async ({ code, plant, facts }) => {
    const found = await diagnose(plant);
    expect(found.map((one) => one.code).sort()).toEqual([code, ...(company[code] ?? [])].sort());
    expect(found.find((one) => one.code === code)?.facts).toEqual(facts);
  });

  it('finds all of ten troubles that come together', async () => {
    const ten = [
      'library-wrong',
      'thread-pool-small',
      'setup-refused',
      'node-held',
      'udev-rule-missing',
      'modem-manager-running',
      'autosuspend-on',
      'disk-nearly-full',
      'clock-not-synchronised',
      'terminal-small',
    ] as const;
    const found = await diagnose((world) => {
      for (const code of ten) planted[code][0](world);
    });
    expect(found.map(({ code }) => code).sort()).toEqual([...ten].sort());
  });

  it('is content with ModemManager where the rules keep it off the boards', async () => {
    expect(
      await diagnose((world) => {
        world.files['/proc/812/comm'] = 'ModemManager\n';
      }),
    ).toEqual([]);
  });

  it('takes the word of chrony where there is no timedatectl', async () => {
    const withChrony = (leap: string) => (world: World) => {
      delete world.programs['timedatectl'];
      world.programs['chronyc'] = { exitCode: 0, stdout: `Stratum : 3\nLeap status     : ${leap}\n` };
    };
    expect(await diagnose(withChrony('Normal'))).toEqual([]);
    expect((await diagnose(withChrony('Not synchronised'))).map(({ code }) => code)).toEqual(['clock-not-synchronised']);
  });

  it('does not count itself among those who hold a node', async () => {
    expect(
      await diagnose((world) => {
        world.links['/proc/4242/fd/9'] = '/dev/ttyS1';
      }),
    ).toEqual([]);
  });

  it('finds a holder by the node behind a symbolic link of the station file', async () => {
    const found = await diagnose((world) => {
      world.links['/dev/ttyS1'] = '/dev/pts/7';
      world.links['/proc/77/fd/5'] = '/dev/pts/7';
    });
    expect(found).toEqual([{ code: 'node-held', facts: { path: '/dev/ttyS1', slots: [3], program: 'minicom', pid: 77 } }]);
  });

  it('counts what shares the controller: hubs and other devices', async () => {
    const slots = manySlots(22);
    const others = [board('30', { productId: 1 }), board('31', { productId: 1 })];
    const found = await diagnose((world) => {
      world.subject = { ...world.subject, station: settingsOf({ slots }) };
      world.devices = [board('1'), ...others];
      world.files['/sys/bus/usb/devices/1-1/1-1:1.3/bNumEndpoints'] = '03\n';
      world.files['/sys/bus/usb/devices/1-30/1-30:1.0/bNumEndpoints'] = '0a\n';
    });
    expect(found).toEqual([
      { code: 'usb-endpoints-over', facts: { controller, needed: 88 + 11 + 1, limit: 96, slotsThatFit: 21 } },
    ]);
  });

  it('says nothing of endpoints for a controller that is no xHCI', async () => {
    const found = await diagnose((world) => {
      planted['usb-endpoints-over'][0](world);
      world.links['/sys/bus/pci/devices/0000:00:14.0/driver'] = '/sys/bus/pci/drivers/ehci_hcd';
    });
    expect(found).toEqual([]);
  });

  it('looks at no USB for a simulated station, nor without a station', async () => {
    const usbTroubles = (world: World): void => {
      withoutRules(world);
      world.hasUsb = false;
    };
    const simulated = settingsOf({ bench: 'simulator' });
    expect(
      await diagnose((world) => {
        usbTroubles(world);
        world.subject = { ...world.subject, station: simulated };
      }),
    ).toEqual([]);
    expect(
      await diagnose((world) => {
        usbTroubles(world);
        world.subject = { ...world.subject, station: null };
      }),
    ).toEqual([]);
  });

  it('calls the worst what cannot work', () => {
    const found = (...codes: DiagnosisCode[]) => [
      { area: 'usb' as const, found: codes.map((code) => ({ code, facts: planted[code][1] }) as Diagnosis) },
    ];
    expect(worstOf(found())).toBeNull();
    expect(worstOf(found('sync-slow', 'udev-rule-missing'))).toBe('warning');
    expect(worstOf(found('sync-slow', 'disk-full'))).toBe('blocking');
  });
});

describe('the words of the doctor', () => {
  const cjk = /\p{Script=Han}/u;

  it.each(cases)('$code says what was found and one cure, in English and Chinese', ({ code, facts }) => {
    const diagnosis = { code, facts } as Diagnosis;
    const [en, zh] = [diagnosisSpeech(diagnosis, 'en'), diagnosisSpeech(diagnosis, 'zh')];
    expect(en.cure).toMatch(/^[A-Z].*\.$/);
    expect(`${en.found}${en.cure}`).not.toMatch(cjk);
    expect(zh.found).toMatch(cjk);
    expect(zh.cure).toMatch(/\p{Script=Han}.*。$/u);
    const shown = Object.values(facts).filter((fact) => typeof fact === 'string' || typeof fact === 'number');
    for (const fact of shown.filter((value) => value !== controller)) {
      if (code === 'udev-rule-missing' || code === 'udev-rule-differs') continue;
      expect(en.found + en.cure).toContain(String(fact));
      expect(zh.found + zh.cure).toContain(String(fact));
    }
  });

  it('are the same areas and grades in each language', () => {
    expect(Object.keys(doctorWords.zh.areas)).toEqual(Object.keys(doctorWords.en.areas));
    expect(Object.keys(severities)).toHaveLength(cases.length);
    const names = Object.values(doctorWords.zh.areas);
    expect(names.filter((text) => stringWidth(text) !== stringWidth(text, { ambiguousIsNarrow: false }))).toEqual([]);
  });
});

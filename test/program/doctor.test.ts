// The built `flashrack doctor` and `flashrack profile` in a real folder, with real troubles planted in it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoReleases } from '../../src/bench/simulator/demo-package/demo-releases.ts';
import { install } from './installation.ts';

const installation = install();
const { folder } = installation;
const at = (...parts: string[]): string => join(folder, ...parts);
const node = at('node');
const soundEnv = {
  PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`,
  UV_THREADPOOL_SIZE: '64',
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
};
let holder: ChildProcess | null = null;

interface Answer {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ask(args: readonly string[], env: Record<string, string> = {}): Answer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('dist', 'main.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...soundEnv, ...env },
  });
  return { exitCode: status, stdout, stderr };
}

interface FoundLine {
  readonly code?: string;
  readonly facts?: Record<string, unknown>;
}
const codesIn = ({ stdout }: Answer): string[] =>
  stdout
    .trim()
    .split('\n')
    .flatMap((line) => (JSON.parse(line) as FoundLine).code ?? [])
    .sort();

const writeStation = (name: string, changes: object = {}): string => {
  const station = {
    station: { id: 'line-1', line: 'test' },
    bench: 'hardware',
    defaults: { profiles: { EC600E: 'demo-ec600e', EC800E: 'demo-ec800e' } },
    slots: [{ number: 1, serialPath: node, startsIn: 'normal' }],
    ...changes,
  };
  writeFileSync(at('stations', name), JSON.stringify(station));
  return join('stations', name);
};

const plantProgram = (name: string, says: string): void => {
  writeFileSync(at('bin', name), `#!/bin/sh\necho '${says}'\n`);
  chmodSync(at('bin', name), 0o755);
};

beforeAll(() => {
  mkdirSync(at('logs', 'demo'), { recursive: true });
  mkdirSync(at('bin'));
  for (const { fileName, build } of demoReleases) writeFileSync(at('logs', 'demo', fileName), build());
  spawnSync('mkfifo', [node, at('quiet-node')]);
  plantProgram('timedatectl', 'yes');
});

afterAll(() => {
  holder?.kill();
  installation.remove();
});

describe('the built profile command', { timeout: 120_000 }, () => {
  const addArguments = (model: string, revision: string): string[] => {
    const own = revision.slice(0, 10);
    const file = join('logs', 'demo', `${model}_DEMO.bin`);
    return ['profile', 'add', file, '--model', model, '--revision', revision, '--revision-pattern', `^${own}.*$`];
  };

  it('writes a profile that is good to check', () => {
    const made = ask([
      ...addArguments('EC800E', 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO'),
      ...['--out', 'mine', '--id', 'ec800e', '--consent', 'wipeUserData'],
    ]);
    expect(made.stderr).toBe('');
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toContain('this is the package that the profile pins');
    const checked = ask(['profile', 'check', 'mine']);
    expect(checked.exitCode).toBe(0);
    expect(checked.stdout).toContain('1 good, 0 templates, 0 refused');
  });

  it('names every option that is missing, then each consent, and writes nothing', () => {
    const bare = ask(['profile', 'add', 'logs/demo/EC800E_DEMO.bin', '--out', 'none']);
    expect(bare.exitCode).toBe(2);
    expect(bare.stderr).toContain('--model, --revision, --revision-pattern');
    const unconsented = ask([...addArguments('EC800E', 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO'), '--out', 'none']);
    expect(unconsented.exitCode).toBe(2);
    expect(unconsented.stderr).toContain('--consent wipeUserData');
    expect(existsSync(at('none'))).toBe(false);
  });

  it('refuses a model that the package is not for, and a profile that is there already', () => {
    const wrong = ask([...addArguments('EC800E', 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO').with(4, 'EC600E'), '--out', 'none']);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('package-platform-mismatch');
    const again = [
      ...addArguments('EC800E', 'EC800ECNLCR02A01M08_OCPU_QPY_DEMO'),
      ...['--out', 'mine', '--id', 'ec800e', '--consent', 'wipeUserData'],
    ];
    const before = readFileSync(at('mine', 'ec800e.json'), 'utf8');
    expect(ask(again)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('profile-exists') as string });
    expect(readFileSync(at('mine', 'ec800e.json'), 'utf8')).toBe(before);
    expect(ask([...again, '--force']).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(at('mine', 'ec800e.json'), 'utf8'))).toMatchObject({ revision: 2 });
  });

  it('pins the profiles of a station; a changed one is refused at start with both digests', () => {
    const station = writeStation('pinned.json');
    expect(ask(['profile', 'check', '--station', station, '--pin']).exitCode).toBe(0);
    const { pinned } = JSON.parse(readFileSync(at(station), 'utf8')) as { pinned: Record<string, string> };
    const file = at('profiles', 'demo-ec800e.json');
    const before = readFileSync(file);
    appendFileSync(file, '\n');
    const refused = ask(['run', station, '--quiet-ms', '100']);
    writeFileSync(file, before);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(new RegExp(`profile-changed .*expected ${pinned['demo-ec800e'] ?? '-'}; actual [0-9a-f]{64}`));
  });
});

describe('the built doctor', { timeout: 120_000 }, () => {
  /** The disk of whoever runs the tests may really be slow or nearly full: the only things here that are not planted. */
  const ofThisDisk = ['disk-nearly-full', 'sync-slow'];
  const planted = (answer: Answer): string[] => codesIn(answer).filter((code) => !ofThisDisk.includes(code));

  it('finds nothing on a sound set-up', () => {
    const answer = ask(['doctor', writeStation('sound.json'), '--json']);
    expect(planted(answer)).toEqual([]);
    expect(answer).toMatchObject({ exitCode: codesIn(answer).length === 0 ? 0 : 1, stderr: '' });
    expect(existsSync(at('logs', 'journal'))).toBe(false);
  });

  it('finds all of a dozen planted troubles, and says them in Chinese too', async () => {
    appendFileSync(at('logs', 'demo', 'EC600E_DEMO.bin'), 'x');
    mkdirSync(at('logs', 'journal'));
    writeFileSync(at('logs', 'journal', '000001-2059-01-01-S1.jsonl'), '');
    plantProgram('timedatectl', 'no');
    const manifest = readFileSync(at('package.json'), 'utf8');
    writeFileSync(at('package.json'), manifest.replace(/"zod": "[^"]+"/, '"zod": "9.9.9"'));
    const descriptor = openSync(node, 'r+');
    holder = spawn('sleep', ['60'], { stdio: [descriptor, 'ignore', 'ignore'] });
    closeSync(descriptor);
    const station = writeStation('troubled.json', {
      defaults: { profiles: { EC600E: 'demo-ec600e', EC800E: 'demo-ec800e', EC800N: 'absent' } },
      pinned: { 'demo-ec600e': readDigest('demo-ec600e'), 'demo-ec800e': 'ab'.repeat(32) },
      slots: [
        { number: 1, serialPath: node, startsIn: 'normal' },
        {
          number: 2,
          serialPath: '/dev/absent',
          startsIn: 'normal',
          powerSwitch: { kind: 'command', command: ['/absent/switch'] },
        },
      ],
    });
    const env = { UV_THREADPOOL_SIZE: '4', LANG: 'C' };
    const answer = ask(['doctor', station, '--json'], env);
    expect(answer.exitCode).toBe(2);
    expect(planted(answer)).toEqual([
      'clock-behind-journal',
      'clock-not-synchronised',
      'library-wrong',
      'locale-not-utf8',
      'node-absent',
      'node-held',
      'power-program-missing',
      'setup-refused',
      'setup-refused',
      'setup-refused',
      'thread-pool-small',
    ]);
    for (const fact of ['package-digest-mismatch', 'profile-changed', 'no file at', '"program":"sleep"'])
      expect(answer.stdout).toContain(fact);
    expect(ask(['doctor', station, '--lang', 'zh'], env).stdout).toContain('sleep（进程');
    writeFileSync(at('package.json'), manifest);
    plantProgram('timedatectl', 'yes');
  });

  it('finds logs that cannot be written, and only warns of what only spoils the shift', () => {
    writeFileSync(at('a-file'), '');
    const unwritable = ask([
      'doctor',
      writeStation('unwritable.json', {
        logsFolder: '../a-file/logs',
        defaults: { profiles: { EC800E: 'demo-ec800e' } },
        slots: [{ number: 1, serialPath: at('quiet-node'), startsIn: 'normal' }],
      }),
      '--json',
    ]);
    expect(planted(unwritable)).toEqual(['logs-not-writable']);
    expect(unwritable.exitCode).toBe(2);
    expect(ask(['doctor', '--json'], { UV_THREADPOOL_SIZE: '8' }).exitCode).toBe(1);
  });

  it('refuses a station file that is not there, with exit code 2', () => {
    expect(ask(['doctor', 'stations/absent.json', '--json'])).toMatchObject({ exitCode: 2 });
  });
});

function readDigest(id: string): string {
  const { pinned } = JSON.parse(readFileSync(at('stations', 'pinned.json'), 'utf8')) as { pinned: Record<string, string> };
  return pinned[id] ?? '';
}

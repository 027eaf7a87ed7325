// `flashrack nv restore` as an operator runs it: a served EC600U in normal mode on a pty, its backup from a real run of the station,
// and the question that is asked on a terminal.

import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPty } from '../../src/bench/hardware/pty.ts';
import { realClock } from '../../src/bench/hardware/real-clock.ts';
import { buildBoard } from '../../src/bench/simulator/board-kinds.ts';
import { buildUnisocDemoPackage } from '../../src/bench/simulator/demo-package/demo-unisoc-package.ts';
import type { UnisocReport } from '../../src/bench/simulator/unisoc/session-report.ts';
import { follow, install, type JournalEntry, type Run, recordsIn, spawnNode } from './installation.ts';

const installation = install();
const { folder } = installation;
const firmware = { model: 'EC600U', revision: 'EC600UCNLBR02A01M08_OCPU_QPY_DEMO' } as const;
const [seed, otherSeed] = [11, 12];
const { imei } = buildBoard('EC600U', { clock: realClock, seed, lapseMs: null }).identity;
const minutesMs = 60_000;
let backup = '';

const startServed = async (of: number): Promise<Run> => {
  const run = installation.start([
    'sim',
    'serve',
    '--board',
    'EC600U',
    '--link',
    join(folder, 'board'),
    '--seed',
    String(of),
    '--normal',
  ]);
  await run.shows('in normal mode');
  return run;
};

async function served<T>(of: number, use: (board: Run) => Promise<T>): Promise<T> {
  const board = await startServed(of);
  try {
    return await use(board);
  } finally {
    board.child.kill('SIGTERM');
    await board.ended;
  }
}

const restoring = (...more: readonly string[]): string[] => [
  'nv',
  'restore',
  backup,
  '--station',
  'stations/serve.json',
  '--slot',
  '1',
  '--operator',
  'li',
  ...more,
];
const lastRecord = (): JournalEntry | undefined => recordsIn(installation.journal()).at(-1);

beforeAll(async () => {
  const release = buildUnisocDemoPackage(firmware);
  writeFileSync(join(folder, 'demo.bin'), release);
  const demo = JSON.parse(readFileSync(join(folder, 'profiles', 'demo-ec600u.json'), 'utf8')) as object;
  const pinned = { path: '../demo.bin', sha256: createHash('sha256').update(release).digest('hex') };
  writeFileSync(join(folder, 'profiles', 'served.json'), JSON.stringify({ ...demo, id: 'served', package: pinned }));
  const slot = { number: 1, serialPath: join(folder, 'board'), startsIn: 'normal', profiles: { EC600U: 'served' } };
  mkdirSync(join(folder, 'stations'), { recursive: true });
  writeFileSync(
    join(folder, 'stations', 'serve.json'),
    JSON.stringify({ station: { id: 'serve', line: 'test' }, bench: 'hardware', slots: [slot] }),
  );
  await served(seed, async () => {
    const run = installation.start(['run', 'stations/serve.json']);
    expect(await run.ended, run.output()).toBe(0);
  });
  const name = readdirSync(join(folder, 'logs', 'nv')).find((file) => file.endsWith('-nv-backup.bin'));
  backup = join('logs', 'nv', name ?? '');
}, 2 * minutesMs);

afterAll(() => installation.remove());

describe('nv restore', () => {
  it('refuses to go on without a terminal to ask on, and touches nothing', () => {
    const before = installation.journal().length;
    const { exitCode, stderr } = installation.ask(restoring());
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(installation.journal()).toHaveLength(before);
  });

  it('refuses a backup whose bytes have changed', () => {
    const bytes = readFileSync(join(folder, backup));
    bytes[0x40] = (bytes[0x40] ?? 0) ^ 1;
    const changed = join('logs', 'nv', 'changed-nv-backup.bin');
    writeFileSync(join(folder, changed), bytes);
    const { exitCode, stderr } = installation.ask(restoring('--yes').map((word) => (word === backup ? changed : word)));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('nv-backup-corrupt')]);
  });

  it(
    'puts the backup back onto the module it was taken of: PASS, in the record and on the board',
    async () => {
      await served(seed, async (board) => {
        const run = installation.start(restoring('--yes'));
        expect(await run.ended, run.output()).toBe(0);
        const told =
          board
            .output()
            .split('\n')
            .find((line) => line.startsWith('{')) ?? '{}';
        const report = JSON.parse(told) as UnisocReport;
        expect(report).toMatchObject({ clean: true, violations: [], imeiInNv: imei, images: [] });
        expect(report.nv.every(({ before, after }) => before === after)).toBe(true);
      });
      expect(lastRecord()).toMatchObject({
        kind: 'nvRestore',
        verdict: 'PASS',
        operator: 'li',
        unit: { imeiBefore: imei, imeiAfter: imei },
      });
    },
    2 * minutesMs,
  );

  it(
    'puts it onto no other module',
    async () => {
      await served(otherSeed, async () => {
        const run = installation.start(restoring('--yes'));
        expect(await run.ended, run.output()).toBe(1);
      });
      expect(lastRecord()).toMatchObject({
        kind: 'nvRestore',
        verdict: 'ABORTED',
        written: 'none',
        failure: { code: 'nv-backup-of-other-unit', expected: imei },
      });
    },
    2 * minutesMs,
  );

  it(
    'asks on a terminal: another answer than the IMEI writes nothing, the IMEI goes on',
    async () => {
      const inTerminal = async (typed: string): Promise<number | null> => {
        const pty = await openPty();
        const slave = openSync(pty.slavePath, 'r+');
        const child = spawnNode([join(folder, 'dist', 'main.js'), ...restoring()], {
          cwd: folder,
          stdio: [slave, slave, slave],
          env: { ...process.env, TERM: 'xterm-256color', CI: '' },
        });
        closeSync(slave);
        const run = follow(child, (listener) => pty.onBytes((bytes) => listener(new TextDecoder().decode(bytes))));
        await run.shows('Type the IMEI');
        expect(run.output()).toContain(imei);
        await pty.write(Buffer.from(`${typed}\r`));
        const exitCode = await run.ended;
        await pty.close();
        return exitCode;
      };
      await served(seed, async () => {
        const before = installation.journal().length;
        expect(await inTerminal('yes')).toBe(1);
        expect(installation.journal()).toHaveLength(before);
        expect(await inTerminal(imei)).toBe(0);
      });
      expect(lastRecord()).toMatchObject({ kind: 'nvRestore', verdict: 'PASS' });
    },
    2 * minutesMs,
  );
});

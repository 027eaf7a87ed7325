// The built program in a pseudo terminal: the dashboard, Ctrl-C as a byte, a lost terminal, and what is left behind.
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openPty, type Pty } from '../../src/bench/hardware/pty.ts';
import { follow, type Installation, install, type Run, recordsIn, spawnNode } from './installation.ts';

const installations = [install(), install(), install(), install()] as const;
const [interrupted, lost, terminated, screenless] = installations;
const minutesMs = 60_000;

afterAll(() => {
  for (const installation of installations) installation.remove();
});

async function startInTerminal(installation: Installation, args: readonly string[]): Promise<{ pty: Pty; run: Run }> {
  const pty = await openPty();
  const slave = openSync(pty.slavePath, 'r+');
  const child = spawnNode([join(installation.folder, 'dist', 'main.js'), ...args], {
    cwd: installation.folder,
    stdio: [slave, slave, slave],
    env: { ...process.env, TERM: 'xterm-256color', CI: '' },
  });
  closeSync(slave);
  const run = follow(child, (listener) => pty.onBytes((bytes) => listener(new TextDecoder().decode(bytes))));
  return { pty, run };
}

const verdicts = (installation: Installation): (string | undefined)[] =>
  recordsIn(installation.journal()).map(({ verdict }) => verdict);

/** A stop may come between a job's durable intent and its first write: such a job is ABORTED, and no step of it wrote. */
function expectEveryWritingFinished(installation: Installation): void {
  const records = recordsIn(installation.journal());
  const wrote = records.filter(({ steps }) =>
    (steps as readonly { readonly name: string }[]).some(({ name }) => /^(write|erase)-/.test(name)),
  );
  expect(wrote.length).toBeGreaterThan(0);
  expect(wrote.map(({ verdict }) => verdict)).toEqual(wrote.map(() => 'PASS'));
  const others = records.filter((record) => !wrote.includes(record));
  expect(others.map(({ verdict, written }) => `${verdict} ${String(written)}`)).toEqual(others.map(() => 'ABORTED none'));
}

describe.concurrent('the built program in a terminal', () => {
  it(
    'refuses Ctrl-C while slots are written, names them, drains, ends, and restores the terminal',
    async () => {
      const { pty, run } = await startInTerminal(interrupted, ['demo']);
      await run.shows('DO NOT UNPLUG');
      await pty.write(Uint8Array.of(0x03));
      await run.shows(/STOPPING/);
      await run.shows(/ends when these slots are done: \d/);
      for (let again = 0; again < 5; again++) await pty.write(Uint8Array.of(0x03));
      const exitCode = await run.ended;
      expectEveryWritingFinished(interrupted);
      expect(exitCode).toBe(verdicts(interrupted).every((verdict) => verdict === 'PASS') ? 0 : 1);
      expect(run.output()).toContain('\u001b[?1049h');
      expect(run.output().lastIndexOf('\u001b[?1049l')).toBeGreaterThan(run.output().lastIndexOf('\u001b[?1049h'));
      await pty.close();
    },
    2 * minutesMs,
  );

  it(
    'goes on when its terminal is lost: every slot that was being written gets its record',
    async () => {
      const { pty, run } = await startInTerminal(lost, ['demo']);
      await run.shows('DO NOT UNPLUG');
      await pty.close();
      await run.ended;
      expectEveryWritingFinished(lost);
      expect(lost.ask(['log', 'verify']).exitCode).toBe(0);
    },
    2 * minutesMs,
  );

  it(
    'treats SIGTERM and SIGHUP in mid-flash like Ctrl-C',
    async () => {
      const run = terminated.start(['demo']);
      await run.shows(/slot 01 {2}write ap: \d/);
      for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const) run.child.kill(signal);
      await run.ended;
      expectEveryWritingFinished(terminated);
      expect(run.output()).toMatch(/stopping|refused/i);
    },
    2 * minutesMs,
  );

  it(
    'goes on in plain lines when the thread of its screen dies, takes no new board, and ends by itself',
    async () => {
      rmSync(join(screenless.folder, 'dist', 'views', 'dashboard', 'screen-thread.js'));
      const { pty, run } = await startInTerminal(screenless, ['demo']);
      await run.shows(/station {2}stopping/);
      expect(await run.ended).toBe(1);
      expect(run.output()).toContain('summary: ');
      expect(recordsIn(screenless.journal()).every(({ verdict }) => verdict !== 'UNKNOWN')).toBe(true);
      await pty.close();
    },
    2 * minutesMs,
  );
});

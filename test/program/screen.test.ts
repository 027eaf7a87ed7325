// The built program on a real screen (tmux): both languages, resized while running, a scanner's burst typed into it, a hook of its
// station file. Skips where tmux is not installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Installation, install } from './installation.ts';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (!hasTmux)
  process.stderr.write('SKIPPED: no tmux here (apt-get install tmux): the screen was not driven in a real terminal\n');

const minuteMs = 60_000;

describe.skipIf(!hasTmux)('the screen in a real terminal', () => {
  const server = `flashrack-test-${process.pid}`;
  const tmux = (...args: string[]): string => spawnSync('tmux', ['-u', '-L', server, ...args], { encoding: 'utf8' }).stdout;
  const lines = (): string[] => tmux('capture-pane', '-p', '-t', 'rack').split('\n').slice(0, -1);
  const shows = (text: string | RegExp) =>
    vi.waitFor(() => expect(lines().join('\n')).toMatch(text), { timeout: minuteMs, interval: 200 });
  const resize = (columns: number, rows: number) => tmux('resize-window', '-t', 'rack', '-x', `${columns}`, '-y', `${rows}`);
  const type = (...keys: string[]) => tmux('send-keys', '-t', 'rack', ...keys);
  const fits = (columns: number) => expect(lines().filter((line) => stringWidth(line) > columns)).toEqual([]);
  let installation: Installation;
  let heard: string;

  beforeAll(() => {
    installation = install();
    const stationFile = join(installation.folder, 'stations', 'demo.json');
    heard = join(installation.folder, 'heard');
    const hook = join(installation.folder, 'hook.sh');
    writeFileSync(hook, `#!/bin/sh\n{ echo "$FLASHRACK_EVENT"; cat; echo; } >>${heard}\n`, { mode: 0o755 });
    const file = JSON.parse(readFileSync(stationFile, 'utf8')) as object;
    const hooks = [{ on: ['station.started', 'station.ended'], command: [hook] }];
    writeFileSync(stationFile, JSON.stringify({ ...file, hooks }));
    const program = `env -u NO_COLOR -u CI LANG=C.UTF-8 ${process.execPath} ${join(installation.folder, 'dist', 'main.js')} demo --lang en`;
    tmux(
      'new-session',
      '-d',
      '-s',
      'rack',
      '-x',
      '80',
      '-y',
      '24',
      `cd ${installation.folder} && ${program}; echo "exit $?"; sleep 60`,
    );
  });
  afterAll(() => {
    tmux('kill-server');
    installation.remove();
  });

  it(
    'says what to do, in both languages, at each size, takes a scan, and ends with q',
    async () => {
      await shows(/PUT A BOARD IN|CLOSE BOOT|NOTHING TO DO|TAKE OUT/);
      fits(80);
      resize(120, 40);
      await shows(/RUNNING\n[\s\S]*space page {2}b bell/);
      fits(120);
      type('g');
      await shows(/放入模块|短接 BOOT|无需操作|取出模块/);
      fits(120);
      resize(80, 24);
      await shows(/^flashrack[\s\S]*运行中\n/);
      fits(80);
      tmux('set-buffer', 'SLOT:3\rSN:490154203237518\rJOB:J1\r');
      tmux('paste-buffer', '-r', '-t', 'rack');
      await shows('扫描无效：任务 J1：本站不使用');
      expect(lines().find((line) => line.startsWith('>'))).toMatch(/^>03/);
      type('q');
      await shows(/exit \d/);
      expect(existsSync(heard)).toBe(true);
      expect(readFileSync(heard, 'utf8')).toMatch(
        /^station\.started\n\{.*"name":"station\.started".*\}\nstation\.ended\n\{.*"exitCode":\d.*\}\n$/,
      );
    },
    3 * minuteMs,
  );
});

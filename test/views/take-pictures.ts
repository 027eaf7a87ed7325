// `npm run screen-pictures [folder]`: runs the built demo in tmux at 120x40 and keeps telling moments of its screen as SVG, in both
// languages. Needs the built program and tmux; says so where it is missing.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Language } from '../../src/views/words/language.ts';
import { screenWords } from '../../src/views/words/screen-words.ts';
import { taskWords } from '../../src/views/words/task-words.ts';
import { install } from '../program/installation.ts';
import { screenPicture } from './screen-picture.ts';

interface Moment {
  readonly name: string;
  readonly title: string;
  /** Behind a key; the next key leads back. */
  readonly key?: string;
  readonly isThere: (screen: string) => boolean;
}

const [columns, rows] = [120, 40];
const [folder = join(import.meta.dirname, '..', '..', 'src', 'views', 'pictures')] = process.argv.slice(2);
const server = `flashrack-pictures-${process.pid}`;
const tmux = (...args: string[]): string => spawnSync('tmux', ['-u', '-L', server, ...args], { encoding: 'utf8' }).stdout;

/** Keys that arrive together are a scan to the screen: each is given its time. */
async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    tmux('send-keys', '-t', 'rack', key);
    await pause(400);
  }
}
const plainScreen = (): string => tmux('capture-pane', '-p', '-t', 'rack');

const count = (screen: string, text: string): number => screen.split(text).length - 1;
/** The run is in Chinese; English is a key away. */
const words = screenWords.zh;

const calm: readonly Moment[] = [
  {
    name: 'loading',
    title: 'An empty rack: which slot to load',
    isThere: (screen) => screen.includes(taskWords.zh.load.title),
  },
  {
    name: 'programming',
    title: 'Boards being written, and a countdown for the hands',
    isThere: (screen) => count(screen, words.doNotUnplug) >= 2 && /短接 BOOT\s|松开 BOOT\s/.test(screen),
  },
  {
    name: 'passed',
    title: 'A good board, recorded: safe to take out',
    isThere: (screen) => screen.includes(`${taskWords.zh.takeOutPassed.title} ✓ PASS`),
  },
];
const rough: readonly Moment[] = [
  {
    name: 'verdicts',
    title: 'Verdicts, and a card for each failure',
    isThere: (screen) => screen.includes('? UNKNOWN') && screen.includes(words.toDo) && screen.includes(words.doNotUnplug),
  },
  { name: 'help', title: 'The help of the key ?', key: '?', isThere: (screen) => screen.includes(words.helpTitle) },
];

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries > 900) throw new Error(`never on the screen: ${what}\n${plainScreen()}`);
    await pause(200);
  }
}

/** In Chinese first, where it is awaited; then in English. */
async function keep({ name, title, key, isThere }: Moment): Promise<void> {
  const [there, back] = key === undefined ? [[], []] : [[key], ['y']];
  await press(...there);
  await until(name, () => isThere(plainScreen()));
  take(name, title, 'zh');
  await press(...back, 'g', ...there);
  take(name, title, 'en');
  await press(...back, 'g');
}

function take(name: string, title: string, lang: Language): void {
  const file = join(folder, `${name}-${lang}.svg`);
  writeFileSync(file, screenPicture(tmux('capture-pane', '-e', '-p', '-t', 'rack'), { columns, rows, title }));
  process.stdout.write(`${file}\n`);
}

async function film(scenario: string, moments: readonly Moment[]): Promise<void> {
  const installation = install();
  const program = `env -u NO_COLOR -u CI LANG=C.UTF-8 ${process.execPath} ${join('dist', 'main.js')} demo --lang zh --scenario ${scenario}`;
  const size = ['-x', `${columns}`, '-y', `${rows}`];
  try {
    tmux('new-session', '-d', '-s', 'rack', ...size, `cd ${installation.folder} && ${program}`);
    for (const moment of moments) await keep(moment);
    await press('q');
    await until('the end', () => tmux('list-sessions') === '');
  } finally {
    tmux('kill-server');
    installation.remove();
  }
}

if (spawnSync('tmux', ['-V']).status !== 0) {
  process.stderr.write('NO PICTURES: tmux is not installed (apt-get install tmux)\n');
  process.exitCode = 2;
} else {
  mkdirSync(folder, { recursive: true });
  await film('calm', calm);
  await film('rough', rough);
}

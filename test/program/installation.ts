// The built program in a folder of its own: what `npm start` runs, with its own logs, so that runs do not meet in one journal.
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface Installation {
  readonly folder: string;
  /** Starts the built program on the Node that runs the tests. */
  start(args: readonly string[]): Run;
  /** Runs a short command to its end. */
  ask(args: readonly string[]): { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };
  /** The journal's lines, parsed, oldest first. */
  journal(): readonly JournalEntry[];
  journalFiles(): readonly string[];
  remove(): void;
}

export interface JournalEntry {
  readonly type: string;
  readonly verdict?: string;
  readonly failure?: { readonly code: string; readonly blame: string } | null;
  readonly slot?: { readonly number: number };
  readonly [field: string]: unknown;
}

export interface Run {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves with the exit code once the process has ended. */
  readonly ended: Promise<number | null>;
  /** Resolves when the output holds the text; rejects when the process ends without it. */
  shows(text: string | RegExp): Promise<void>;
}

export function install(): Installation {
  const main = join(root, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error('dist/main.js is missing: `npm test` builds it first');
  const folder = mkdtempSync(join(tmpdir(), 'flashrack-'));
  for (const name of ['dist', 'stations', 'profiles', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const program = join(folder, 'dist', 'main.js');
  const journalFolder = join(folder, 'logs', 'journal');
  const journalFiles = (): string[] =>
    existsSync(journalFolder)
      ? readdirSync(journalFolder)
          .filter((name) => name.endsWith('.jsonl'))
          .sort()
      : [];

  return {
    folder,
    start: (args) => follow(spawnNode([program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })),
    ask(args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 60_000,
      });
      return { exitCode: status, stdout, stderr };
    },
    journalFiles: () => journalFiles().map((name) => join(journalFolder, name)),
    journal: () =>
      journalFiles().flatMap((name) =>
        readFileSync(join(journalFolder, name), 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as JournalEntry),
      ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Starts Node with nothing inherited but its three streams: a pty's master has no close-on-exec, and a child that holds one keeps the
 * terminal alive that a test means to take away.
 */
export function spawnNode(args: readonly string[], options: SpawnOptions): ChildProcess {
  const closeOthers =
    'for fd in /proc/self/fd/*; do fd=$(basename "$fd"); [ "$fd" -gt 2 ] && eval "exec $fd>&-"; done; exec "$0" "$@"';
  return spawn('bash', ['-c', closeOthers, process.execPath, ...args], options);
}

export const recordsIn = (entries: readonly JournalEntry[]): readonly JournalEntry[] =>
  entries.filter(({ type }) => type === 'record');

/** Collects what a process says. Whoever has a terminal for it passes the terminal's bytes by `heard`. */
export function follow(child: ChildProcess, heard?: (listener: (text: string) => void) => void): Run {
  let output = '';
  let over = false;
  const waiting = new Set<() => void>();
  const take = (text: string): void => {
    output += text;
    for (const look of waiting) look();
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  heard?.(take);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (exitCode) => {
      over = true;
      for (const look of waiting) look();
      resolve(exitCode);
    });
  });
  const holds = (text: string | RegExp): boolean => (typeof text === 'string' ? output.includes(text) : text.test(output));
  return {
    child,
    output: () => output,
    ended,
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (holds(text)) resolve();
          else if (over) reject(new Error(`the program ended without saying ${String(text)}:\n${output.slice(-2000)}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}

// A real PostgreSQL server for a test, from Debian's package, in a folder of its own, run as an ordinary user (initdb refuses root).
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PostgresServer {
  readonly url: string;
  start(): void;
  /** SIGKILL to the server and all that it started, as a power cut would: no checkpoint, no good-bye. */
  kill(): void;
  remove(): void;
}

const packages = '/usr/lib/postgresql';

/** What is missing for a server, or null. */
export function postgresMissing(): string | null {
  try {
    createRequire(import.meta.url).resolve('pg');
  } catch {
    return 'the package pg is not installed';
  }
  if (binaries() === null) return 'no PostgreSQL server (apt-get install postgresql)';
  if (isRoot() && spawnSync('id', ['-u', 'postgres']).status !== 0) return 'initdb refuses root, and there is no user postgres';
  return null;
}

function binaries(): string | null {
  const versions = existsSync(packages) ? readdirSync(packages).sort() : [];
  const newest = versions.at(-1);
  return newest === undefined ? null : join(packages, newest, 'bin');
}

const isRoot = (): boolean => process.getuid?.() === 0;

export async function createPostgres(): Promise<PostgresServer> {
  const bin = binaries() ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'flashrack-postgres-'));
  chmodSync(folder, 0o777);
  const data = join(folder, 'data');
  const port = await freePort();
  const run = (program: string, ...args: string[]): void => {
    const command = [join(bin, program), ...args];
    const [first = '', ...rest] = isRoot() ? ['runuser', '-u', 'postgres', '--', ...command] : command;
    // No pipes: the server would inherit them and keep them open.
    const { status } = spawnSync(first, rest, { stdio: 'ignore', cwd: folder, timeout: 60_000 });
    if (status !== 0) throw new Error(`${program} ended with ${status}; see ${join(folder, 'log')}`);
  };
  run('initdb', '-D', data, '-U', 'flashrack', '-A', 'trust', '--no-sync', '-E', 'UTF8');
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
  const kill = (): void => {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .stdout.split('\n')
      .map(Number);
    for (const one of [pid, ...children.filter((child) => child > 0)]) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    }
  };
  return {
    url: `postgresql://flashrack@127.0.0.1:${port}/postgres`,
    start() {
      // After a kill the shared memory of the dead one is in use until its last child has ended.
      for (let attempt = 1; ; attempt++) {
        try {
          run('pg_ctl', '-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start');
          return;
        } catch (error) {
          if (attempt === 20) throw error;
          spawnSync('sleep', ['0.2']);
        }
      }
    },
    kill,
    remove() {
      try {
        kill();
      } catch {
        // It was not running.
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

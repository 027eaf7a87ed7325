#!/usr/bin/env node
// The `flashrack` command: makes sure packages and build are there, then runs the built program on the pinned Node 24,
// whatever Node the machine has. It knows nothing of the product.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installLockedPackages } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const main = join(root, 'dist', 'main.js');

installLockedPackages();
const node = pinnedNode();
if (isStale()) {
  const built = spawnSync(
    node,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (built.status !== 0) process.exit(built.status ?? 1);
}

// A serial path whose board does not read can hold a thread of libuv's pool for 30 s; four of them would stop every file and path
// (serial-and-usb.md F3). The size is read once, before the first use.
const env = { UV_THREADPOOL_SIZE: '64', ...process.env };
// Node lets the garbage of 64 slots grow to 48 MB before it looks at it; in pieces of 4 MB it takes no longer. One helper thread and not
// four: they share a small computer's processors with the serial paths, and hold the slots up.
const child = spawn(node, ['--max-semi-space-size=4', '--v8-pool-size=1', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env,
});
// The station decides itself when it may end (never while a slot is being written): pass signals on and wait for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 3);
});

function pinnedNode() {
  const require = createRequire(import.meta.url);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return process.execPath;
  }
}

function isStale() {
  const info = join(root, 'dist', '.tsbuildinfo');
  if (!existsSync(main) || !existsSync(info)) return true;
  const builtAt = statSync(info).mtimeMs;
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).some(
    (entry) => entry.isFile() && statSync(join(entry.parentPath, entry.name)).mtimeMs > builtAt,
  );
}

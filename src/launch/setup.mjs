// Installs the exact locked packages and links the `flashrack` command. Runs on plain Node 20, before any package is there;
// it knows nothing of the product. Called by the npm scripts and by the launcher.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stamp = join(root, 'node_modules', '.flashrack-lock');
const lockDigest = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

export function installLockedPackages() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest) return;
  process.stderr.write('flashrack: installing the locked packages (once)\n');
  // npm ci deletes node_modules, and with it the Node 24 this may run on: npm itself must run on the system's Node.
  const npm = process.env.npm_execpath;
  const [command, prefix] = npm ? [process.env.npm_node_execpath ?? process.execPath, [npm]] : ['npm', []];
  const done = spawnSync(command, [...prefix, 'ci', '--ignore-scripts'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) process.exit(done.status ?? 1);
  linkCommand();
  writeFileSync(stamp, lockDigest);
}

// `npx flashrack` in the checkout finds node_modules/.bin/flashrack, without asking the registry.
function linkCommand() {
  const bin = join(root, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  const link = join(bin, 'flashrack');
  const launcher = join(root, 'src', 'launch', 'flashrack.mjs');
  chmodSync(launcher, 0o755);
  if (!existsSync(link)) symlinkSync(launcher, link);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === join(process.argv[1])) installLockedPackages();

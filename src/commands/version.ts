// Which software this is: the package's version and the commit of the checkout. Knows no command.
import { execFileSync, type StdioOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const projectFolder = join(import.meta.dirname, '..', '..');

export function softwareVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** A copy without its repository says `unknown`. */
export function sourceCommit(): string {
  try {
    const options = { cwd: projectFolder, encoding: 'utf8' as const, stdio: ['ignore', 'pipe', 'ignore'] satisfies StdioOptions };
    return execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
  } catch {
    return 'unknown';
  }
}

// Node, the libraries and the thread pool that this program runs with. Knows no station.
import { join } from 'node:path';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Check } from './check.ts';

/** A serial path whose board does not read holds a thread for up to 30 s; four of them stop the rest (serial-and-usb.md F3). */
const leastThreads = 64;

export const checkProgram: Check = async (machine, { release }) => {
  const found: Diagnosis[] = [];
  if (major(machine.nodeVersion) !== major(release.nodeVersion)) {
    found.push({ code: 'node-wrong', facts: { actual: machine.nodeVersion, expected: release.nodeVersion } });
  }
  const wrong: string[] = [];
  for (const [name, expected] of release.libraries) {
    const actual = versionIn(await machine.readText(join(release.folder, 'node_modules', name, 'package.json')));
    if (actual !== expected) wrong.push(`${name} ${actual ?? 'missing'} (${expected})`);
  }
  if (wrong.length > 0) found.push({ code: 'library-wrong', facts: { libraries: wrong.join(', ') } });
  const threads = machine.env('UV_THREADPOOL_SIZE');
  if (!(Number(threads) >= leastThreads)) {
    found.push({ code: 'thread-pool-small', facts: { actual: threads ?? 'not set: 4', expected: leastThreads } });
  }
  return found;
};

const major = (version: string): string => version.split('.')[0] ?? '';

function versionIn(text: string | null): string | null {
  return text === null ? null : (/"version"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? null);
}

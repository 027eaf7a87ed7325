// The doctor's machine: this computer. Asks, times and measures; changes nothing but one file of its own, which it takes away again.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, realpath, rm, rmdir, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { realClock } from '../bench/hardware/real-clock.ts';
import { troubleWith } from '../bench/hardware/usb-readiness.ts';
import { hasUsb, listHubs, listUsbDevices, nodeRights, systemRoot } from '../bench/hardware/usb-tree.ts';
import type { Machine, ProgramAnswer } from '../doctor/machine.ts';
import { openRecordIndex } from '../sinks/record-index.ts';
import { nodeDisk } from '../trace/node-disk.ts';

const programTimeoutMs = 5_000;
const syncTries = 15;
/** Debian leaves the system programs (modinfo) out of a user's PATH. */
const searchPath = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
/** About as long as a record. */
const line = Buffer.alloc(2_000, 0x20);

export const thisMachine: Machine = {
  readText: (path) => orNull(readFile(path, 'utf8')),
  list: async (folder) => (await orNull(readdir(folder))) ?? [],
  resolved: (path) => orNull(realpath(path)),
  rights: nodeRights,
  run: runToItsEnd,
  env: (name) => process.env[name],
  clock: realClock,
  pid: process.pid,
  isRoot: process.getuid?.() === 0,
  nodeVersion: process.versions.node,
  terminal: process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : null,
  freeBytes,
  timeSyncs,
  tryIndex,
  usb: {
    isPresent: hasUsb(systemRoot),
    devices: () => listUsbDevices(systemRoot),
    hubs: () => listHubs(systemRoot),
    troubleWith: (device) => troubleWith(systemRoot, device),
  },
};

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch {
    return null;
  }
}

function runToItsEnd(program: string, args: readonly string[]): Promise<ProgramAnswer | null> {
  return new Promise((resolve) => {
    const options = {
      timeout: programTimeoutMs,
      encoding: 'utf8' as const,
      maxBuffer: 4_000_000,
      env: { ...process.env, PATH: searchPath },
    };
    execFile(program, [...args], options, (error, stdout) => {
      if (error === null) resolve({ exitCode: 0, stdout });
      else resolve(typeof error.code === 'number' ? { exitCode: error.code, stdout } : null);
    });
  });
}

async function freeBytes(folder: string): Promise<number> {
  const found = await orNull(statfs(folder));
  if (found !== null) return found.bavail * found.bsize;
  return folder === dirname(folder) ? 0 : freeBytes(dirname(folder));
}

async function timeSyncs(folder: string): Promise<readonly number[]> {
  const made = await mkdir(folder, { recursive: true });
  try {
    return await timeSyncsIn(join(folder, `.doctor-${randomUUID()}`));
  } finally {
    if (made !== undefined) await removeEmpty(folder, dirname(made));
  }
}

async function timeSyncsIn(file: string): Promise<readonly number[]> {
  const handle = await open(file, 'wx');
  try {
    const times: number[] = [];
    for (let done = 0; done < syncTries; done++) {
      const start = realClock.now();
      await handle.write(line);
      await handle.datasync();
      times.push(realClock.now() - start);
    }
    return times;
  } finally {
    await handle.close();
    await unlink(file);
  }
}

/** The station's own index, of a journal that is not there. */
async function tryIndex(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  const own = await mkdtemp(join(folder, '.doctor-'));
  try {
    const index = openRecordIndex({ disk: nodeDisk, folder: own, path: join(own, 'index.sqlite') });
    try {
      await index.catchUp();
    } finally {
      index.close();
    }
  } finally {
    await rm(own, { recursive: true, force: true });
    if (made !== undefined) await removeEmpty(folder, dirname(made));
  }
}

async function removeEmpty(folder: string, upTo: string): Promise<void> {
  for (let at = folder; at !== upTo && at !== dirname(at); at = dirname(at)) await orNull(rmdir(at));
}

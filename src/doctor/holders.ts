// Which processes hold a node open, as /proc/*/fd shows it. Of other users' processes only root sees the descriptors.
import { join } from 'node:path';
import type { Machine } from './machine.ts';

export interface Holder {
  /** As it was asked for. */
  readonly path: string;
  readonly pid: number;
  /** Its name as the kernel has it. */
  readonly program: string;
  /** A station of this program: it may be writing a module, and must not be ended from outside. */
  readonly isStation: boolean;
}

/** Each process once per path; this process is not told. */
export async function findHolders(machine: Machine, paths: readonly string[]): Promise<readonly Holder[]> {
  const targets = new Map<string, string>();
  for (const path of paths) targets.set((await machine.resolved(path)) ?? path, path);
  if (targets.size === 0) return [];
  const pids = (await machine.list('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== machine.pid);
  const holders: Holder[] = [];
  for (const pid of pids) {
    const folder = join('/proc', pid, 'fd');
    const descriptors = await machine.list(folder);
    const open = await Promise.all(descriptors.map((descriptor) => machine.resolved(join(folder, descriptor))));
    const held = new Set(open.flatMap((target) => (target === null ? [] : (targets.get(target) ?? []))));
    if (held.size === 0) continue;
    const program = (await machine.readText(join('/proc', pid, 'comm')))?.trim() ?? '?';
    const commandLine = (await machine.readText(join('/proc', pid, 'cmdline'))) ?? '';
    const isStation = /flashrack|dist\/main\.js/.test(commandLine);
    for (const path of held) holders.push({ path, pid: Number(pid), program, isStation });
  }
  return holders;
}

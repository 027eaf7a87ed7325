// A lock file that names the living process that holds it, with takeover from a dead one. Knows no journal.
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import type { DiskLock } from '../bench/disk.ts';
import { hasCode } from './errno.ts';

/**
 * Takes `path` for this process; its content is `pid bootId startTime`. Rejects EBUSY while the process it names is alive.
 *
 * No race: the file appears with its content at once (a link to a finished one), and a dead holder's lock is replaced only by
 * who holds the lock on replacing it, so nobody can remove a lock that another process has just taken.
 */
export async function lockFile(path: string): Promise<DiskLock> {
  const mine = `${path}.${randomUUID()}.tmp`;
  await writeFile(mine, await processToken(process.pid), { flag: 'wx' });
  try {
    if (!(await linked(mine, path))) await takeOver(mine, path);
  } finally {
    await unlink(mine).catch(() => undefined);
  }
  return { release: () => unlink(path) };
}

async function takeOver(mine: string, path: string): Promise<void> {
  await refuseIfHeld(path);
  const replacing = await lockFile(`${path}.takeover`);
  try {
    while (!(await linked(mine, path))) {
      if ((await refuseIfHeld(path)) === 'free') continue;
      await rename(mine, path);
      return;
    }
  } finally {
    await replacing.release();
  }
}

async function linked(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** A lock without a readable holder was left by a power cut: a living process writes it whole. */
async function refuseIfHeld(path: string): Promise<'free' | 'dead'> {
  const holder = await textOf(path);
  if (holder === null) return 'free';
  const pid = Number(holder.split(' ')[0]);
  const held = Number.isSafeInteger(pid) && pid > 0 && (await processToken(pid)) === holder;
  if (!held) return 'dead';
  throw Object.assign(new Error(`EBUSY: ${path} is held by process ${pid}`), { code: 'EBUSY' });
}

/** Boot and start time tell a process from a later one that was given the same pid. Where /proc is absent, the pid must do. */
async function processToken(pid: number): Promise<string> {
  if (process.platform !== 'linux') return isAlive(pid) ? `${pid}` : gone;
  const stat = await textOf(`/proc/${pid}/stat`);
  const boot = await textOf('/proc/sys/kernel/random/boot_id');
  if (stat === null || boot === null) return gone;
  // The second field is the program's name in parentheses and may hold anything; state is field 3, start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' || startTime === undefined ? gone : `${pid} ${boot.trim()} ${startTime}`;
}

const gone = 'gone';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** Null for an absent file; a process that ends while its /proc file is read gives ESRCH. */
async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return null;
    throw error;
  }
}

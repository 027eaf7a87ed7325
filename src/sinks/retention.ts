// Keeps transcripts and other by-products within a disk budget: the oldest go first. Records are never its business: it refuses the
// journal. Knows no station.
import { readdir, stat, unlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

export interface KeptFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface DiskBudget {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Which files must go, oldest first: those too old, then as many as bring the rest within the budget. Pure. */
export function tooMuch(files: readonly KeptFile[], { maxBytes, maxAgeMs }: DiskBudget, nowMs: number): readonly KeptFile[] {
  const oldestFirst = [...files].sort((a, b) => a.modifiedMs - b.modifiedMs || a.path.localeCompare(b.path));
  let left = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return oldestFirst.filter(({ bytes, modifiedMs }) => {
    const goes = nowMs - modifiedMs > maxAgeMs || left > maxBytes;
    if (goes) left -= bytes;
    return goes;
  });
}

/** Removes what is too much from one flat folder. A file that cannot be removed stays and is not told. Rejects for a journal's folder. */
export async function keepWithin(folder: string, budget: DiskBudget, nowMs: number): Promise<readonly KeptFile[]> {
  const names = await readdir(folder).catch(() => []);
  const isJournal =
    basename(resolve(folder)) === 'journal' || names.some((name) => /^\d{6}-.*\.jsonl$|^journal\.lock$/.test(name));
  if (isJournal) throw new Error(`${folder} holds records: nothing there is ever removed`);
  const files = await Promise.all(names.map((name) => fileAt(join(folder, name))));
  const removed: KeptFile[] = [];
  for (const file of tooMuch(files.flat(), budget, nowMs)) {
    await unlink(file.path).then(
      () => removed.push(file),
      () => undefined,
    );
  }
  return removed;
}

async function fileAt(path: string): Promise<readonly KeptFile[]> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? [{ path, bytes: found.size, modifiedMs: found.mtimeMs }] : [];
}

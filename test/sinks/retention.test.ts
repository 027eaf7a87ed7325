import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepWithin, tooMuch } from '../../src/sinks/retention.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'flashrack-retention-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const file = (path: string, bytes: number, modifiedMs: number) => ({ path, bytes, modifiedMs });

describe('a disk budget', () => {
  it('lets the oldest go first, and no more than it must', () => {
    const files = [file('c', 40, 300), file('a', 40, 100), file('b', 40, 200)];
    const goes = (maxBytes: number, maxAgeMs = 10_000) => tooMuch(files, { maxBytes, maxAgeMs }, 1_000).map(({ path }) => path);
    expect(goes(120)).toEqual([]);
    expect(goes(119)).toEqual(['a']);
    expect(goes(40)).toEqual(['a', 'b']);
    expect(goes(0)).toEqual(['a', 'b', 'c']);
    expect(goes(120, 750)).toEqual(['a', 'b']);
  });

  it('removes transcripts, and leaves folders alone', async () => {
    const folder = join(root, 'transcripts');
    mkdirSync(join(folder, 'inner'), { recursive: true });
    for (const [name, at] of [
      ['old', 1_000],
      ['new', 2_000],
    ] as const) {
      writeFileSync(join(folder, name), 'x'.repeat(100));
      utimesSync(join(folder, name), at, at);
    }
    const removed = await keepWithin(folder, { maxBytes: 150, maxAgeMs: Number.POSITIVE_INFINITY }, 3_000_000);
    expect(removed.map(({ path }) => path)).toEqual([join(folder, 'old')]);
    expect(readdirSync(folder)).toEqual(['inner', 'new']);
    expect(await keepWithin(join(root, 'absent'), { maxBytes: 0, maxAgeMs: 0 }, 0)).toEqual([]);
  });

  it('never touches records, wherever they lie', async () => {
    const budget = { maxBytes: 0, maxAgeMs: 0 };
    for (const folder of ['journal', 'elsewhere']) {
      mkdirSync(join(root, folder));
      writeFileSync(join(root, folder, '000001-2026-11-22-EOL3.jsonl'), 'x');
      await expect(keepWithin(join(root, folder), budget, 9e15)).rejects.toThrow('holds records');
      expect(readdirSync(join(root, folder))).toHaveLength(1);
    }
  });
});

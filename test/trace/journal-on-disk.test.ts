// The journal on a real file system, with a real process killed in mid-flash.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { type Journal, openJournal } from '../../src/trace/journal.ts';
import { nodeDisk } from '../../src/trace/node-disk.ts';
import { ulidSource } from '../../src/trace/ulid.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { shanghai, startWallMs, station } from './rig.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'flashrack-journal-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function openOnDisk(folder: string): Promise<Journal> {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const newId = ulidSource(clock, (count) => new Uint8Array(count).fill(1));
  return openJournal({ disk: nodeDisk, clock, folder, station, newId, utcOffset: shanghai });
}

it('a station killed by SIGKILL leaves its lock and its open job; the next one takes both up', async () => {
  const folder = join(root, 'logs', 'journal');
  const child = spawn(process.execPath, [resolve(import.meta.dirname, 'killed-station.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  expect(told.toString()).toBe('intent is durable\n');
  await expect(openOnDisk(folder)).rejects.toMatchObject({ failure: { code: 'journal-in-use' } });

  child.kill('SIGKILL');
  await once(child, 'exit');
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  await appendFile(join(folder, file), '{"type":"record","torn');

  const journal = await openOnDisk(folder);
  expect(journal.recovered).toMatchObject([{ jobId: 'j1', verdict: 'UNKNOWN', written: 'maybe' }]);
  expect(journal.lockedSlots()).toMatchObject([{ slot: 1 }]);
  await journal.close();
  expect(await verifyJournal(nodeDisk, folder)).toMatchObject({ ok: true, records: 1 });
  expect(await readFile(join(folder, `${file}.torn-1`), 'utf8')).toBe('{"type":"record","torn');
  expect(await readdir(folder)).toEqual([file, `${file}.torn-1`]);
});

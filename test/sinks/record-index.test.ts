// The index on SQLite over a journal on a simulated disk: derived, complete, and never ahead of the truth.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import type { RecordFilter } from '../../src/sinks/record-filter.ts';
import { openRecordIndex, type RecordIndex } from '../../src/sinks/record-index.ts';
import { unitHistory } from '../../src/sinks/unit-history.ts';
import { readJournal } from '../../src/trace/read-journal.ts';
import { folder, jobFacts, linesOf, open, recordOf, startWallMs } from '../trace/rig.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'flashrack-index-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let number = 0;
const newPath = (): string => join(root, `index-${++number}.sqlite`);

async function line() {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const medium = memoryDisk(clock);
  const disk = medium.startProcess();
  const { journal } = await open(disk, clock);
  const path = newPath();
  const index = openRecordIndex({ disk, folder, path });
  const imei = (last: string): string => `86000000000000${last}`;
  const write = (id: string, slot: number, unit: object, verdict: 'PASS' | 'FAIL' = 'PASS', more: object = {}) => {
    const job = { ...jobFacts(id, slot), ...more };
    return journal.record(recordOf({ ...job, unit: { ...job.unit, ...unit } }, `R-${id}`, verdict));
  };
  const fill = async (): Promise<void> => {
    await journal.opened(jobFacts('a'));
    await write('a', 1, { imeiBefore: imei('1'), sn: 'SN-1' }, 'FAIL', { workOrder: 'W1', lot: 'L1', operator: 'wang' });
    await write('b', 2, { imeiBefore: imei('2'), labelSn: 'LABEL-2' }, 'PASS', { workOrder: 'W1', lot: 'L2' });
    clock.setWallMs(startWallMs + 86_400_000);
    await write('c', 1, { imeiBefore: null, imeiAfter: imei('1') }, 'PASS', { workOrder: 'W2', shift: 'late' });
  };
  return { clock, medium, disk, journal, path, index, write, fill, imei };
}

const idsOf = (index: RecordIndex, filter: RecordFilter): string[] =>
  index
    .query(filter, 100)
    .map((row) => row.record_id)
    .sort();

describe('the index', () => {
  it('answers by every field, and by all of several', async () => {
    const { index, fill, imei } = await line();
    await fill();
    await index.catchUp();
    const found = (filter: RecordFilter): string[] => idsOf(index, filter);
    expect(found({})).toEqual(['R-a', 'R-b', 'R-c']);
    expect(found({ imei: imei('1') })).toEqual(['R-a', 'R-c']);
    expect(found({ sn: 'LABEL-2' })).toEqual(['R-b']);
    expect(found({ order: 'W1' })).toEqual(['R-a', 'R-b']);
    expect(found({ order: 'W1', verdict: 'PASS' })).toEqual(['R-b']);
    expect(found({ lot: 'L1' })).toEqual(['R-a']);
    expect(found({ slot: 1 })).toEqual(['R-a', 'R-c']);
    expect(found({ operator: 'wang' })).toEqual(['R-a']);
    expect(found({ shift: 'late' })).toEqual(['R-c']);
    expect(found({ code: 'revision-mismatch' })).toEqual(['R-a']);
    expect(found({ package: 'ab' })).toEqual([]);
    expect(found({ recordId: 'R-b' })).toEqual(['R-b']);
    expect(found({ fromMs: Date.parse('2026-11-22T07:31:00+08:00') })).toHaveLength(3);
    expect(found({ toMs: Date.parse('2026-11-22T07:31:00+08:00') })).toEqual([]);
    expect(index.count({ slot: 1 })).toBe(2);
  });

  it('gives the record itself from the journal, and refuses one whose line was changed since', async () => {
    const { index, fill, medium } = await line();
    await fill();
    await index.catchUp();
    const [row] = index.query({ recordId: 'R-a' }, 1);
    if (row === undefined) throw new Error('not found');
    expect(await index.read(row)).toMatchObject({ recordId: 'R-a', verdict: 'FAIL' });
    const path = `${folder}/${row.file}`;
    medium.put(path, Buffer.from(Buffer.from(medium.bytesOf(path)).toString('latin1').replace('"FAIL"', '"PASS"'), 'latin1'));
    await expect(index.read(row)).rejects.toMatchObject({ failure: { code: 'journal-damaged' } });
  });

  it('does not believe a changed line, says where it is, and goes on after it', async () => {
    const { index, fill, medium, disk } = await line();
    await fill();
    const [file] = await disk.list(folder);
    const path = `${folder}/${file}`;
    medium.put(path, Buffer.from(Buffer.from(medium.bytesOf(path)).toString('latin1').replace('"FAIL"', '"PASS"'), 'latin1'));
    await index.catchUp();
    expect(idsOf(index, {})).toEqual(['R-b', 'R-c']);
    expect(index.damaged()).toMatchObject([{ file }]);
  });

  it('made anew or caught up line by line, by one process or two, says the same', async () => {
    const { index, fill, disk, path, write } = await line();
    const second = openRecordIndex({ disk, folder, path });
    await Promise.all([fill().then(() => index.catchUp()), second.catchUp()]);
    for (let unit = 0; unit < 20; unit++) {
      await write(`u${unit}`, unit, { sn: `S${unit}` });
      await Promise.all([index.catchUp(), unit % 3 === 0 ? second.catchUp() : null]);
    }
    const fresh = openRecordIndex({ disk, folder, path: newPath() });
    expect(await fresh.rebuild()).toBe(23);
    expect(index.query({}, 100)).toEqual(fresh.query({}, 100));
    expect(index.seq()).toBe(fresh.seq());
    expect(await index.rebuild()).toBe(23);
    expect(index.query({}, 100)).toEqual(fresh.query({}, 100));
  });

  it('that belongs to another journal is made anew', async () => {
    const { index, fill, path } = await line();
    await fill();
    await index.catchUp();
    const other = await line();
    await other.write('z', 1, { sn: 'Z' });
    const reused = openRecordIndex({ disk: other.disk, folder, path });
    await reused.catchUp();
    expect(idsOf(reused, {})).toEqual(['R-z']);
  });

  it('leaves a line that is still being written for the next time', async () => {
    const { index, fill, medium, disk } = await line();
    await fill();
    const file = `${folder}/${(await disk.list(folder)).at(-1)}`;
    const whole = medium.bytesOf(file);
    medium.put(file, whole.slice(0, -20));
    await index.catchUp();
    expect(idsOf(index, {})).toEqual(['R-a', 'R-b']);
    medium.put(file, whole);
    await index.catchUp();
    expect(idsOf(index, {})).toEqual(['R-a', 'R-b', 'R-c']);
  });
});

describe('a rule that asks for the history of a unit', () => {
  it('waits until the index has reached the head of the journal', async () => {
    const { index, fill, journal, imei, write } = await line();
    await fill();
    const history = unitHistory(index, journal);
    expect((await history.recordsOf([imei('1')])).map(({ recordId }) => recordId)).toEqual(['R-a', 'R-c']);
    await write('d', 3, { imeiBefore: imei('1') });
    expect(await history.recordsOf([imei('1')])).toHaveLength(3);
  });

  it('gets no answer when the journal has lost what the index must read', async () => {
    const { index, fill, journal, medium, disk, imei } = await line();
    await fill();
    for (const name of await disk.list(folder)) medium.remove(`${folder}/${name}`);
    await expect(unitHistory(index, journal).recordsOf([imei('1')])).rejects.toMatchObject({
      failure: { code: 'record-not-writable' },
    });
  });
});

it('a journal read in any pieces gives the same lines', async () => {
  const { fill, disk } = await line();
  await fill();
  const seen: string[] = [];
  for await (const lines of readJournal(disk, folder, null))
    seen.push(...lines.map(({ bytes }) => Buffer.from(bytes).toString()));
  expect(seen.map((text) => JSON.parse(text).hash)).toEqual((await linesOf(disk)).map(({ hash }) => hash));
  for await (const [first] of readJournal(disk, folder, null)) {
    if (first === undefined) throw new Error('no line');
    const rest: number[] = [];
    for await (const lines of readJournal(disk, folder, first)) rest.push(lines.length);
    expect(rest.reduce((sum, count) => sum + count, 0)).toBe(seen.length - 1);
    break;
  }
});

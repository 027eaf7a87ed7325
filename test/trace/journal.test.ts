import { describe, expect, it } from 'vitest';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { firstPrevHash } from '../../src/trace/line.ts';
import { lockedSlots } from '../../src/trace/recovery.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { folder, jobFacts, linesOf, open, recordOf, startWallMs, watch } from './rig.ts';

const dayMs = 86_400_000;
const firstFile = '000001-2026-11-22-EOL3.jsonl';
const secondFile = '000002-2026-11-23-EOL3.jsonl';

function bench() {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const medium = memoryDisk(clock);
  return { clock, medium };
}

describe('a journal', () => {
  it('chains every line to the one before, from 64 zeros on, and verifies', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    const job = jobFacts('j1');
    await journal.opened(job);
    await journal.intent(job, 'write-bl');
    const written = await journal.record(recordOf(job, 'r1'));

    const lines = await linesOf(disk);
    expect(lines.map((line) => line.type)).toEqual(['file.opened', 'job.opened', 'job.intent', 'record']);
    expect(lines.map((line) => line.seq)).toEqual([1, 2, 3, 4]);
    expect(lines.map((line) => line.prevHash)).toEqual([firstPrevHash, ...lines.slice(0, -1).map((line) => line.hash)]);
    expect(lines.at(-1)).toEqual(written);
    expect(journal.head()).toEqual({ seq: 4, hash: written.hash, file: firstFile });
    expect(await verifyJournal(disk, folder)).toEqual({
      ok: true,
      files: 1,
      sealed: 0,
      lines: 4,
      records: 1,
      head: { seq: 4, hash: written.hash },
    });
  });

  it('makes no file before there is a line to write', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    expect(await disk.list(folder)).toEqual([]);
    expect(journal.head()).toEqual({ seq: 0, hash: firstPrevHash, file: null });
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, files: 0, lines: 0 });
  });

  it('writes 64 records that come together with two syncs, and none is told before its own', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    await journal.opened(jobFacts('warm-up'));
    medium.setSyncMs(10);
    const before = medium.counts.sync;
    const records = Array.from({ length: 64 }, (_, slot) => journal.record(recordOf(jobFacts(`j${slot}`, slot), `r${slot}`)));
    const [first, second, last] = [records[0], records[1], records[63]].map((promise) => watch(promise ?? Promise.reject()));

    await clock.advance(9);
    expect(first?.settled()).toBe(false);
    await clock.advance(1);
    expect(first?.settled()).toBe(true);
    expect(second?.settled()).toBe(false);
    await clock.advance(9);
    expect([second?.settled(), last?.settled()]).toEqual([false, false]);
    await clock.advance(1);
    expect([second?.settled(), last?.settled()]).toEqual([true, true]);
    expect(medium.counts.sync - before).toBe(2);
    expect((await Promise.all(records)).map((record) => record.recordId)).toEqual(records.map((_, slot) => `r${slot}`));
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, records: 64 });
  });

  it('never loses what it has told, whenever the power is cut after', async () => {
    const { clock, medium } = bench();
    const { journal } = await open(medium.startProcess(), clock);
    const written = await journal.record(recordOf(jobFacts('j1'), 'r1'));
    medium.cutPower(() => 0);
    expect((await linesOf(medium.startProcess())).at(-1)).toEqual(written);
  });

  it('refuses a second process until the first has closed it or died', async () => {
    const { clock, medium } = bench();
    const first = await open(medium.startProcess(), clock);
    const other = medium.startProcess();
    await expect(open(other, clock)).rejects.toMatchObject({ failure: { code: 'journal-in-use' } });
    await first.journal.close();
    await first.journal.close();
    const second = await open(other, clock);
    await expect(open(medium.startProcess(), clock)).rejects.toMatchObject({ failure: { code: 'journal-in-use' } });
    other.kill();
    const third = await open(medium.startProcess(), clock);
    expect([second, third].length).toBe(2);
  });

  it('refuses a line after it was closed, and a body that is no JSON, without hurting the others', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    const endless: Record<string, unknown> = { ...jobFacts('j1') };
    endless['unit'] = endless;
    const bad = journal.opened({ ...jobFacts('j1'), ...endless });
    const good = journal.opened(jobFacts('j2'));
    await expect(bad).rejects.toThrow('circular');
    await good;
    await journal.close();
    await expect(journal.opened(jobFacts('j3'))).rejects.toMatchObject({ failure: { code: 'record-not-writable' } });
    expect((await linesOf(disk)).map((line) => line.type)).toEqual(['file.opened', 'job.opened']);
  });

  it('writes what waits before it closes', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    medium.setSyncMs(5);
    const waiting = [journal.opened(jobFacts('j1')), journal.opened(jobFacts('j2'))];
    const closing = journal.close();
    await clock.run();
    await Promise.all([...waiting, closing]);
    expect((await linesOf(disk)).map((line) => line.type)).toEqual(['file.opened', 'job.opened', 'job.opened']);
  });
});

describe('a new day', () => {
  it('starts a new file that carries the open jobs over, and the chain goes on', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    const [done, open1, open2] = [jobFacts('done'), jobFacts('open1', 2), jobFacts('open2', 3)];
    await Promise.all([done, open1, open2].map((job) => journal.opened(job)));
    await journal.intent(open2, 'write-bl');
    await journal.record(recordOf(done, 'r1'));
    clock.setWallMs(startWallMs + dayMs);
    await journal.record(recordOf(open1, 'r2'));

    expect(await disk.list(folder)).toEqual([firstFile, secondFile]);
    const lines = await linesOf(disk);
    expect(lines.slice(6).map((line) => line.type)).toEqual(['file.opened', 'job.carried', 'job.carried', 'record']);
    expect(lines[6]).toMatchObject({ station: 'EOL3', day: '2026-11-23', previousFile: firstFile, carriedLines: 2, seq: 7 });
    expect(lines[7]).toMatchObject({ job: open1, firstWrite: null });
    expect(lines[8]).toMatchObject({ job: open2, firstWrite: 'write-bl' });
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, files: 2, lines: 10, records: 2 });
  });

  it('needs no older file to recover: carried jobs get their verdicts, carried locks stay', async () => {
    const { clock, medium } = bench();
    const first = medium.startProcess();
    const yesterday = (await open(first, clock)).journal;
    await yesterday.opened(jobFacts('lost', 5));
    await yesterday.intent(jobFacts('lost', 5), 'write-bl');
    first.kill();
    const second = medium.startProcess();
    const { journal } = await open(second, clock);
    await journal.opened(jobFacts('a', 1));
    await journal.opened(jobFacts('b', 2));
    await journal.intent(jobFacts('b', 2), 'write-ap');
    clock.setWallMs(startWallMs + dayMs);
    await journal.opened(jobFacts('c', 3));
    second.kill();
    medium.remove(`${folder}/${firstFile}`);

    const third = await open(medium.startProcess(), clock);
    expect(third.journal.recovered.map(({ jobId, verdict }) => [jobId, verdict])).toEqual([
      ['a', 'ABORTED'],
      ['b', 'UNKNOWN'],
      ['c', 'ABORTED'],
    ]);
    expect(third.journal.lockedSlots().map(({ slot }) => slot)).toEqual([5, 2]);
  });

  it('is never taken back: when the clock steps to the day before, lines go on in the newest file', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    await journal.opened(jobFacts('j1'));
    clock.setWallMs(startWallMs + dayMs);
    await journal.opened(jobFacts('j2'));
    const untouched = medium.bytesOf(`${folder}/${firstFile}`);
    clock.setWallMs(startWallMs);
    await journal.opened(jobFacts('j3'));
    await journal.close();
    const again = await open(disk, clock);
    await again.journal.opened(jobFacts('j4'));

    expect(await disk.list(folder)).toEqual([firstFile, secondFile]);
    expect(medium.bytesOf(`${folder}/${firstFile}`)).toEqual(untouched);
    const last = (await linesOf(disk)).at(-1);
    expect(last).toMatchObject({ type: 'job.opened', job: { jobId: 'j4' }, at: '2026-11-22T07:30:18.123+08:00' });
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, files: 2 });
  });

  it('comes with the local midnight, not with the one of UTC', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    await journal.opened(jobFacts('j1'));
    clock.setWallMs(Date.UTC(2026, 10, 22, 15, 59, 59, 999));
    await journal.opened(jobFacts('j2'));
    expect(await disk.list(folder)).toEqual([firstFile]);
    clock.setWallMs(Date.UTC(2026, 10, 22, 16));
    await journal.opened(jobFacts('j3'));
    expect(await disk.list(folder)).toEqual([firstFile, secondFile]);
  });

  it('is not waited for when another station takes the journal over: it gets its own file, whatever its name', async () => {
    const { clock, medium } = bench();
    const disk = medium.startProcess();
    const first = await open(disk, clock, 'EOL3');
    await first.journal.opened(jobFacts('j1'));
    await first.journal.close();
    const second = await open(disk, clock, 'A/7');
    await second.journal.opened(jobFacts('j2'));
    expect(await disk.list(folder)).toEqual([firstFile, '000002-2026-11-22-A_7.jsonl']);
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, files: 2 });
  });
});

describe('after the process was killed', () => {
  it('a job only opened is ABORTED, one with an intent UNKNOWN and its slot locked, both with real records', async () => {
    const { clock, medium } = bench();
    const first = medium.startProcess();
    const { journal } = await open(first, clock);
    await journal.opened(jobFacts('opened', 1));
    await journal.opened(jobFacts('writing', 2));
    await journal.opened(jobFacts('done', 3));
    await journal.intent(jobFacts('writing', 2), 'write-bl');
    await journal.record(recordOf(jobFacts('done', 3), 'r1'));
    first.kill();

    const disk = medium.startProcess();
    const again = await open(disk, clock);
    const [aborted, unknown] = again.journal.recovered;
    expect(again.journal.recovered).toHaveLength(2);
    expect(aborted).toMatchObject({ jobId: 'opened', verdict: 'ABORTED', written: 'none', station: { id: 'EOL3' } });
    expect(aborted?.failure).toEqual({ code: 'process-killed', step: 'before-first-write', blame: 'station' });
    expect(unknown).toMatchObject({
      jobId: 'writing',
      verdict: 'UNKNOWN',
      written: 'maybe',
      unit: { imeiBefore: '861234567890123' },
    });
    expect(unknown?.failure).toEqual({ code: 'process-killed', step: 'write-bl', blame: 'station' });
    expect(again.journal.lockedSlots()).toEqual([
      { slot: 2, usbPath: 'pci-0000:00:14.0/1.2', recordId: unknown?.recordId, unit: '861234567890123', step: 'write-bl' },
    ]);
    expect((await linesOf(disk)).slice(-2)).toEqual(again.journal.recovered);
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, records: 3 });
  });

  it('a slot stays locked over every restart until an operator releases it, and then stays free', async () => {
    const { clock, medium } = bench();
    const first = medium.startProcess();
    const before = (await open(first, clock)).journal;
    await before.opened(jobFacts('j1', 4));
    await before.intent(jobFacts('j1', 4), 'write-bl');
    first.kill();
    for (let restart = 0; restart < 3; restart++) {
      const disk = medium.startProcess();
      const { journal } = await open(disk, clock);
      expect(journal.recovered).toHaveLength(restart === 0 ? 1 : 0);
      expect(journal.lockedSlots().map(({ slot }) => slot)).toEqual([4]);
      expect(lockedSlots(await linesOf(disk))).toEqual(journal.lockedSlots());
      disk.kill();
    }
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    const [locked] = journal.lockedSlots();
    await journal.released({ slot: 4, recordId: locked?.recordId ?? '', operator: 'wang' });
    expect(journal.lockedSlots()).toEqual([]);
    disk.kill();
    expect((await open(medium.startProcess(), clock)).journal.lockedSlots()).toEqual([]);
  });

  it('an UNKNOWN that the station itself recorded locks nothing', async () => {
    const { clock, medium } = bench();
    const { journal } = await open(medium.startProcess(), clock);
    const unplugged = { code: 'unplugged', step: 'write-bl', blame: 'slot' } as const;
    await journal.record({ ...recordOf(jobFacts('j1'), 'r1'), verdict: 'UNKNOWN', failure: unplugged });
    expect(journal.lockedSlots()).toEqual([]);
  });
});

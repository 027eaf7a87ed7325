import { describe, expect, it } from 'vitest';
import { memoryDisk } from '../../src/bench/simulator/memory-disk.ts';
import { SimulatedClock } from '../../src/bench/simulator/simulated-clock.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { folder, jobFacts, linesOf, open, recordOf, startWallMs, watch } from './rig.ts';

const path = `${folder}/000001-2026-11-22-EOL3.jsonl`;
const tornName = '000001-2026-11-22-EOL3.jsonl.torn-1';

async function bench() {
  const clock = new SimulatedClock({ wallMs: startWallMs });
  const medium = memoryDisk(clock);
  const disk = medium.startProcess();
  const { journal, events } = await open(disk, clock);
  await journal.opened(jobFacts('j1'));
  return { clock, medium, disk, journal, events };
}

describe('a full disk', () => {
  it('keeps every job in recording, visibly, and goes on by itself when space is back', async () => {
    const { clock, medium, disk, journal, events } = await bench();
    const durable = medium.bytesOf(path);
    medium.setFreeBytes(300);
    const records = [journal.record(recordOf(jobFacts('j1'), 'r1')), journal.record(recordOf(jobFacts('j2'), 'r2'))];
    const told = records.map(watch);
    await clock.advance(60_000);

    expect(told.map((promise) => promise.settled())).toEqual([false, false]);
    expect(journal.health()).toMatchObject({
      state: 'faulted',
      failure: { code: 'record-not-writable', detail: 'ENOSPC: append' },
    });
    expect(events.map((event) => event.type)).toEqual(['journal.faulted']);
    expect(journal.head().seq).toBe(2);

    medium.setFreeBytes(null);
    await clock.advance(1_000);
    expect((await Promise.all(records)).map((record) => record.seq)).toEqual([3, 4]);
    expect(journal.health()).toEqual({ state: 'recording' });
    expect(events).toMatchObject([
      { type: 'journal.faulted' },
      { type: 'tail.cutOff', copiedTo: tornName, bytes: 300 },
      { type: 'journal.restored' },
    ]);
    const content = medium.bytesOf(path);
    expect(content.subarray(0, durable.length)).toEqual(durable);
    expect(medium.bytesOf(`${folder}/${tornName}`)).toEqual(content.subarray(durable.length, durable.length + 300));
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, records: 2 });
  });

  it('does not grow a pile of torn copies while it is tried again and again', async () => {
    const { clock, medium, disk, journal, events } = await bench();
    medium.failSyncs(50);
    const record = journal.record(recordOf(jobFacts('j1'), 'r1'));
    await clock.advance(120_000);
    await record;
    expect((await disk.list(folder)).filter((name) => name.includes('.torn-'))).toEqual([tornName]);
    expect(events.map((event) => event.type)).toEqual(['journal.faulted', 'tail.cutOff', 'journal.restored']);
  });

  it('at the first file leaves no half-made one behind', async () => {
    const clock = new SimulatedClock({ wallMs: startWallMs });
    const medium = memoryDisk(clock);
    const disk = medium.startProcess();
    const { journal } = await open(disk, clock);
    medium.setFreeBytes(10);
    const opened = watch(journal.opened(jobFacts('j1')));
    await clock.advance(5_000);
    expect([opened.settled(), (await linesOf(disk)).length]).toEqual([false, 0]);
    medium.setFreeBytes(null);
    await clock.advance(1_000);
    expect(opened.settled()).toBe(true);
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, lines: 2 });
  });

  it('at the end is an error to everyone who waits, after one more try', async () => {
    const { clock, medium, journal } = await bench();
    medium.setFreeBytes(0);
    const record = journal.record(recordOf(jobFacts('j1'), 'r1'));
    const outcome = expect(record).rejects.toMatchObject({ failure: { code: 'record-not-writable' } });
    await clock.advance(10);
    const appends = medium.counts.append;
    await journal.close();
    await outcome;
    expect(medium.counts.append).toBe(appends + 1);
    expect(clock.pendingTimers()).toBe(0);
  });

  it('at the end is forgiven when that one more try works', async () => {
    const { clock, medium, journal } = await bench();
    medium.setFreeBytes(0);
    const record = journal.record(recordOf(jobFacts('j1'), 'r1'));
    await clock.advance(10);
    medium.setFreeBytes(null);
    await journal.close();
    expect((await record).recordId).toBe('r1');
  });

  it('at start refuses the journal when an open job cannot be closed', async () => {
    const { clock, medium, disk } = await bench();
    disk.kill();
    medium.setFreeBytes(0);
    const next = medium.startProcess();
    await expect(open(next, clock)).rejects.toMatchObject({ failure: { code: 'record-not-writable' } });
    medium.setFreeBytes(null);
    expect((await open(next, clock)).journal.recovered).toHaveLength(1);
  });
});

describe('a sync that fails', () => {
  it('never counts the bytes it lost as written, though they can be read and the next sync succeeds', async () => {
    const { clock, medium, disk, journal } = await bench();
    medium.failSyncs(1);
    const record = journal.record(recordOf(jobFacts('j1'), 'r1'));
    const told = watch(record);
    await clock.advance(999);
    expect(told.settled()).toBe(false);
    expect(journal.health().state).toBe('faulted');
    await clock.advance(1);
    const written = await record;

    medium.cutPower(() => 0);
    const after = medium.startProcess();
    expect((await linesOf(after)).at(-1)).toEqual(written);
    expect(await verifyJournal(after, folder)).toMatchObject({ ok: true, records: 1 });
    expect(await after.list(folder)).toContain(tornName);
    expect(disk).not.toBe(after);
  });

  it('takes all jobs of its batch and those that come later along, in order', async () => {
    const { clock, medium, disk, journal } = await bench();
    medium.setSyncMs(10);
    medium.failSyncs(2);
    const records = ['r1', 'r2', 'r3'].map((id) => journal.record(recordOf(jobFacts(id), id)));
    await clock.advance(500);
    records.push(journal.record(recordOf(jobFacts('r4'), 'r4')));
    expect(await clock.runUntil(Promise.all(records))).toMatchObject([
      { recordId: 'r1', seq: 3 },
      { recordId: 'r2', seq: 4 },
      { recordId: 'r3', seq: 5 },
      { recordId: 'r4', seq: 6 },
    ]);
    expect(await verifyJournal(disk, folder)).toMatchObject({ ok: true, records: 4 });
  });

  it('while a new day begins does not break the chain, whichever part of it fails', async () => {
    const faults = [0, 1, 2, 3].flatMap((after) => [1, 2, 3].flatMap((count) => [1, 2].map((days) => ({ after, count, days }))));
    for (const { after, count, days } of faults) {
      const { clock, medium, disk, journal } = await bench();
      clock.setWallMs(startWallMs + 86_400_000);
      medium.failSyncs(count, after);
      const record = journal.record(recordOf(jobFacts('j1'), 'r1'));
      await clock.advance(500);
      clock.setWallMs(startWallMs + days * 86_400_000);
      await clock.runUntil(record);
      expect(await verifyJournal(disk, folder), `${count} failing after ${after}`).toMatchObject({ ok: true, records: 1 });
      medium.cutPower(() => 0);
      expect(await verifyJournal(medium.startProcess(), folder)).toMatchObject({ ok: true, records: 1 });
    }
  });

  it('then a kill, then a power cut: what the next process has believed is on the medium', async () => {
    const { clock, medium, disk, journal } = await bench();
    medium.failSyncs(1);
    void journal.record(recordOf(jobFacts('j1'), 'r1'));
    await clock.advance(10);
    disk.kill();

    const second = medium.startProcess();
    const { journal: next } = await open(second, clock);
    expect(next.recovered).toEqual([]);
    medium.cutPower(() => 0);
    const third = medium.startProcess();
    expect((await open(third, clock)).journal.recovered).toEqual([]);
    expect(await verifyJournal(third, folder)).toMatchObject({ ok: true, records: 1 });
  });

  it('is told to a listener whose own defect costs nothing', async () => {
    const { clock, medium, journal, events } = await bench();
    Object.defineProperty(events, 'push', {
      value: () => {
        throw new Error('a defect of the listener');
      },
    });
    medium.failSyncs(1);
    expect((await clock.runUntil(journal.record(recordOf(jobFacts('j1'), 'r1')))).seq).toBe(3);
  });
});

describe('a journal that was damaged', () => {
  it('is refused at start where a later line proves that the bad one was durable', async () => {
    const { clock, medium, disk, journal } = await bench();
    await journal.record(recordOf(jobFacts('j1'), 'r1'));
    await journal.opened(jobFacts('j2'));
    disk.kill();
    const bytes = medium.bytesOf(path);
    const inSecondLine = bytes.indexOf(0x0a) + 20;
    bytes[inSecondLine] = (bytes[inSecondLine] ?? 0) ^ 1;
    medium.put(path, bytes);
    await expect(open(medium.startProcess(), clock)).rejects.toMatchObject({
      failure: { code: 'journal-damaged', address: '000001-2026-11-22-EOL3.jsonl:2' },
    });
    expect(medium.bytesOf(path)).toEqual(bytes);
  });

  it('is refused where the head of its newest file is gone, since a file is made whole', async () => {
    const { clock, medium, disk } = await bench();
    disk.kill();
    for (const length of [0, 50]) {
      medium.put(path, medium.bytesOf(path).subarray(0, length));
      await expect(open(medium.startProcess(), clock)).rejects.toMatchObject({ failure: { code: 'journal-damaged' } });
    }
  });

  it('in use, is not written on: the fault stays until the file is as it was', async () => {
    const { clock, medium, journal } = await bench();
    const whole = medium.bytesOf(path);
    medium.failSyncs(1);
    const record = journal.record(recordOf(jobFacts('j1'), 'r1'));
    await clock.advance(500);
    medium.put(path, whole.subarray(0, whole.length - 5));
    await clock.advance(5_000);
    expect(journal.health().state).toBe('faulted');
    medium.put(path, whole);
    await clock.advance(1_000);
    expect((await record).seq).toBe(3);
  });
});

describe('a torn tail at start', () => {
  it('is cut off, kept aside and reported; the job behind it gets its verdict', async () => {
    const { clock, medium, disk, journal } = await bench();
    await journal.intent(jobFacts('j1'), 'write-bl');
    disk.kill();
    const good = medium.bytesOf(path);
    const torn = Buffer.from('{"type":"record","verdict":"PA');
    medium.put(path, Buffer.concat([good, torn]));
    const next = medium.startProcess();
    const { journal: again, events } = await open(next, clock);
    expect(events).toEqual([
      { type: 'tail.cutOff', file: '000001-2026-11-22-EOL3.jsonl', copiedTo: tornName, bytes: torn.length },
    ]);
    expect(medium.bytesOf(`${folder}/${tornName}`)).toEqual(new Uint8Array(torn));
    expect(again.recovered).toMatchObject([{ jobId: 'j1', verdict: 'UNKNOWN' }]);
    expect(await verifyJournal(next, folder)).toMatchObject({ ok: true });
  });

  it('may hold zeros, and whole lines of the same lost write behind them', async () => {
    const { clock, medium, disk, journal } = await bench();
    medium.setSyncMs(10);
    void journal.opened(jobFacts('j2'));
    const together = Promise.all([
      journal.opened(jobFacts('j3')),
      journal.opened(jobFacts('j4')),
      journal.opened(jobFacts('j5')),
    ]);
    await clock.runUntil(together);
    medium.setSyncMs(0);
    disk.kill();
    const bytes = medium.bytesOf(path);
    const fourthLine = nthLineStart(bytes, 3);
    bytes.fill(0, fourthLine + 10, fourthLine + 200);
    medium.put(path, bytes);
    const { journal: again, events } = await open(medium.startProcess(), clock);
    expect(again.recovered.map((record) => record.jobId)).toEqual(['j1', 'j2']);
    expect(events).toMatchObject([{ type: 'tail.cutOff', bytes: bytes.length - fourthLine }]);
  });
});

function nthLineStart(bytes: Uint8Array, lines: number): number {
  let start = 0;
  for (let line = 0; line < lines; line++) start = bytes.indexOf(0x0a, start) + 1;
  return start;
}

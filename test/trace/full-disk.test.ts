// A disk that is full while the rack is at work: the station says so and stops before the next job, and goes on when there is room.
import { expect, it } from 'vitest';
import { verifyJournal } from '../../src/trace/verify.ts';
import { prepareRun, recordsOn } from '../line/rack-run.ts';

it('a full disk stops the station before the next job, visibly, and no verdict shows; with room again every record is written', async () => {
  const run = await prepareRun({ scenario: 'calm' });
  const { clock, disk, station } = run;
  const ended = station.start().then(() => station.ended);
  const started = clock.now();
  const untilOpened = async (jobs: number): Promise<void> => {
    while (run.lines.filter(({ event }) => event.type === 'job.opened').length < jobs) await clock.run(clock.now() + 50);
  };
  await untilOpened(3);
  disk.setFreeBytes(300);
  await clock.run(clock.now() + 120_000);

  const whileFull = station.console.view();
  expect(whileFull.phase).toBe('faulted');
  expect(whileFull.fault).toMatchObject({ code: 'record-not-writable' });
  expect(whileFull.fault?.detail).toContain('ENOSPC');
  expect(whileFull.counts.PASS).toBe(0);
  expect(whileFull.slots.filter(({ state }) => state === 'passed')).toEqual([]);
  const jobsWhileFull = run.lines.filter(({ event }) => event.type === 'job.opened').length;
  expect(jobsWhileFull).toBeLessThanOrEqual(4);

  disk.setFreeBytes(null);
  await clock.run(clock.now() + 2_000);
  expect(station.console.view()).toMatchObject({ phase: 'running', fault: null });
  await clock.runUntil(ended);
  const records = await recordsOn(run);
  expect(records.length).toBeGreaterThanOrEqual(jobsWhileFull);
  expect(new Set(records.map(({ jobId }) => jobId)).size).toBe(records.length);
  expect(await verifyJournal(disk.startProcess(), 'logs/journal')).toMatchObject({ ok: true, records: records.length });
  expect(clock.now() - started).toBeGreaterThan(120_000);
});

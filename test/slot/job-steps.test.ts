// The steps of a record: the whole way of a unit, the slot's own steps among those of the flasher.
import { expect, it } from 'vitest';
import { phaseTimes } from '../../src/reports/cycle.ts';
import { pathOf, slotRig } from './slot-rig.ts';

it('a record tells identification, entry, restart and read-back as steps, and they add up to the whole job', async () => {
  const rig = await slotRig();
  const board = rig.insert(1);
  await rig.until('waitingForBoot');
  await rig.clock.advance(30_000);
  board.setStrap(true);
  void rig.rack.cycle(pathOf(1), new AbortController().signal);
  rig.clock.after(1_500, () => board.setStrap(false));
  await rig.until('passed');
  const [record] = rig.journal.records;
  if (record === undefined) throw new Error('no record');
  const names = record.steps.map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual(['identifying', 'entering', 'handshake']);
  expect(names.slice(-3)).toEqual(['reset', 'restarting', 'verifying']);
  expect(record.steps.every(({ result }) => result === 'done')).toBe(true);
  const { enter, connect, program, restart, verify } = phaseTimes(record, null);
  expect(enter).toBeGreaterThan(30_000);
  for (const phase of [connect, program, restart, verify]) expect(phase).toBeGreaterThan(100);
  const whole = [enter, connect, program, restart, verify].reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  expect(Math.abs(whole - record.durationMs)).toBeLessThan(500);
});

it('the step in which it went wrong carries the code, also when that was the way into download mode', async () => {
  const rig = await slotRig();
  rig.insert(1);
  await rig.until('aborted', 1, 3_600_000);
  const [record] = rig.journal.records;
  expect(record?.steps.map(({ name, result, code }) => [name, result, code])).toEqual([
    ['identifying', 'done', undefined],
    ['entering', 'failed', record?.failure?.code],
  ]);
});

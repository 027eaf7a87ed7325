// Five kinds of trouble on the rack at once: each board gets the one right verdict, and trouble in one slot costs no other slot any time.
import { describe, expect, it } from 'vitest';
import type { RecordBody } from '../../src/domain/record.ts';
import { prepareRun, recordsOn, runToEnd } from './rack-run.ts';

const verdictOf = (record: RecordBody | undefined): string =>
  record === undefined
    ? 'none'
    : `${record.verdict} ${record.failure?.code ?? ''} ${record.failure?.blame ?? ''} written ${record.written}`;

describe('the rough scenario', () => {
  it('gives exactly one verdict per board, the right one', async () => {
    const run = await prepareRun({ scenario: 'rough' });
    const exitCode = await runToEnd(run);
    const records = await recordsOn(run);
    const bySlot = [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => records.filter((record) => record.slot.number === slot));
    expect(bySlot.map((found) => found.length)).toEqual(Array(8).fill(1));
    expect(bySlot.map(([record]) => verdictOf(record))).toEqual([
      'PASS   written all',
      'FAIL model-not-allowed operator written none',
      'ABORTED window-missed station written none',
      'PASS   written all',
      'UNKNOWN unplugged slot written maybe',
      'UNKNOWN reply-timed-out unit written maybe',
      'PASS   written all',
      'PASS   written all',
    ]);
    expect(exitCode).toBe(1);
  });

  it('costs the other slots no time: they take exactly as long as without the faults', async () => {
    const [calm, rough] = [await prepareRun({ scenario: 'calm' }), await prepareRun({ scenario: 'rough' })];
    await runToEnd(calm);
    await runToEnd(rough);
    const durations = async (run: typeof calm): Promise<Map<number, number>> =>
      new Map((await recordsOn(run)).map((record) => [record.slot.number, record.durationMs]));
    const [before, after] = [await durations(calm), await durations(rough)];
    for (const slot of [1, 7, 8]) expect(after.get(slot)).toBe(before.get(slot));
  });
});

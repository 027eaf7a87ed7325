// The whole line on simulated time: eight boards detected, checked, flashed, restarted, read back and recorded.
import { describe, expect, it } from 'vitest';
import { prepareRun, recordsOn, runToEnd } from './rack-run.ts';

describe('the demo rack', () => {
  it('flashes eight boards, reads them back and records eight PASS', async () => {
    const run = await prepareRun({ scenario: 'calm' });
    const exitCode = await runToEnd(run);
    const records = await recordsOn(run);
    expect(records.map(({ verdict, failure }) => failure?.code ?? verdict)).toEqual(Array(8).fill('PASS'));
    expect(exitCode).toBe(0);

    // The same boards come again with the next `npm start`, and the journal of the demo stays.
    await run.clock.runUntil(run.journal.close());
    const again = await prepareRun({ scenario: 'calm', clock: run.clock, disk: run.disk });
    expect(await runToEnd(again)).toBe(0);
    const second = (await recordsOn(again)).slice(8);
    const told = second.map(({ verdict, attempt, retestReason }) => `${verdict} ${attempt} ${retestReason}`);
    expect(told).toEqual(Array(8).fill('PASS 2 passed-in-order'));
  }, 60_000);
});

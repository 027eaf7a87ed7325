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
  });
});

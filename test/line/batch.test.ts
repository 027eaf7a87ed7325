// The night shift: a batch with nobody at the rack. Right verdicts, right report by exception, right exit code.
import { describe, expect, it } from 'vitest';
import { runBatch } from './batch-run.ts';

describe('a night batch', () => {
  it('x', async () => {
    const run = await runBatch({ slots: 4, boards: Array.from({ length: 8 }, () => ({})), job: { quantity: 8, idleMinutes: 2 } });
    const t = run.records.map((r) => [r.slot.number, r.verdict, r.failure?.code, r.durationMs].join(' '));
    console.log(t.join('\n'), JSON.stringify({ ...run.report }), run.clock.now());
    expect(run.report.exitCode).toBe(0);
  }, 100_000);
});

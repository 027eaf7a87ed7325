// A hand takes the board out at every single command of both flows, and in every state around them: ABORTED before the first
// write, UNKNOWN from it on, never PASS; and before the intent not one thing on the board has changed.
import { describe, expect, it } from 'vitest';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { type Model, runUnisoc } from './unisoc-run.ts';

/** The first command that may change what the module keeps (unisoc.md §11.2, §10.3): until it is heard, nothing may be written. */
const firstWrites: Readonly<Record<Model, string>> = { EC600U: 'FDL2 START_DATA', EC800G: 'ROM EXEC_DATA' };

const pullAt = (when: { readonly command?: string; readonly count: number } | { readonly afterMs: number }): BoardFault => ({
  kind: 'pull',
  when,
});

async function pulled(model: Model, fault: BoardFault, inserted: 'strapped' | 'running' = 'strapped') {
  const { record, lines, before, after, resets } = await runUnisoc(model, { inserted, boardOptions: { faults: [fault] } });
  const hasIntent = lines.some(({ type }) => type === 'job.intent');
  return { record, hasIntent, before, after, hasReset: resets.length > 0 };
}

describe.each(['EC600U', 'EC800G'] as const)('an unplug of a %s', (model) => {
  it(
    'at every single command is ABORTED before the first write and UNKNOWN from it on',
    async () => {
      const clean = await runUnisoc(model, { inserted: 'strapped' });
      const commands = Object.entries(clean.resets[0]?.commands ?? {});
      const total = commands.reduce((sum, [, count]) => sum + count, 0);
      expect(Object.keys(clean.resets[0]?.commands ?? {})).toContain(firstWrites[model]);
      const verdicts: string[] = [];
      for (let count = 1; count <= total; count++) {
        const { record, hasIntent, before, after } = await pulled(model, pullAt({ count }));
        const expected = hasIntent
          ? { verdict: 'UNKNOWN', written: 'maybe', failure: { code: 'unplugged' } }
          : { verdict: 'ABORTED', written: 'none', failure: { code: 'removed-early' } };
        // The last command is the reset: everything was written, and nothing was read back.
        expect(record, `command ${count} of ${total}`).toMatchObject(
          count === total ? { verdict: 'UNKNOWN', written: 'all' } : expected,
        );
        if (!hasIntent) expect(after, `command ${count}`).toEqual(before);
        verdicts.push(record.verdict);
      }
      // One change from ABORTED to UNKNOWN, and never back.
      expect(verdicts.join(' ')).toMatch(/^(ABORTED )+(UNKNOWN ?)+$/);
      process.stderr.write(
        `${model}: ${total} commands, ${verdicts.filter((verdict) => verdict === 'ABORTED').length} ABORTED, then UNKNOWN\n`,
      );
    },
    10 * 60_000,
  );

  it(
    'at any moment of a whole insertion, from the first AT to the read-back, is never PASS',
    async () => {
      const { record } = await runUnisoc(model, { inserted: 'running' });
      const endMs = 5_000 + record.durationMs;
      const verdicts = new Map<string, number>();
      for (let afterMs = 3_400; afterMs < endMs; afterMs += 450) {
        const found = await pulled(model, pullAt({ afterMs }), 'running');
        const isWhole = found.record.verdict === 'PASS';
        // A board that was pulled after its verdict was decided has passed.
        if (isWhole) expect(found.record.durationMs).toBeLessThanOrEqual(afterMs);
        else expect(found.record.verdict, `after ${afterMs} ms`).toBe(found.hasIntent ? 'UNKNOWN' : 'ABORTED');
        if (!found.hasIntent) expect(found.after).toEqual(found.before);
        verdicts.set(found.record.verdict, (verdicts.get(found.record.verdict) ?? 0) + 1);
      }
      expect([...verdicts.keys()].slice(0, 2)).toEqual(['ABORTED', 'UNKNOWN']);
    },
    10 * 60_000,
  );
});

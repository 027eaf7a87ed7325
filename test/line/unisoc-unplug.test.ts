// A hand takes the board out at every single command of both flows, and in every state around them: ABORTED before the first
// write, UNKNOWN from it on, never PASS; and before the intent not one thing on the board has changed.
import { describe, expect, it } from 'vitest';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { type Model, runUnisoc, type Storage } from './unisoc-run.ts';

/** The first command that may change what the module keeps (unisoc.md §11.2, §10.3), and the step that the intent announces. */
const firstWrites: Readonly<Record<Model, { readonly command: string; readonly step: string }>> = {
  EC600U: { command: 'FDL2 START_DATA', step: 'write-bootloader' },
  EC800G: { command: 'ROM EXEC_DATA', step: 'start-norfdl' },
};

type Pull = Extract<BoardFault, { readonly kind: 'pull' }>;

async function pulled(model: Model, when: Pull['when'], before: Storage, inserted: 'strapped' | 'running') {
  const run = await runUnisoc(model, { inserted, before, boardOptions: { faults: [{ kind: 'pull', when }] } });
  const intent = run.lines.find((line) => line.type === 'job.intent');
  if (intent === undefined) expect(run.after, JSON.stringify(when)).toEqual(before);
  else expect(intent.firstWrite).toBe(firstWrites[model].step);
  return { record: run.record, hasIntent: intent !== undefined, heard: run.board.condition().commands };
}

describe.each(['EC600U', 'EC800G'] as const)('an unplug of a %s', (model) => {
  it(
    'at every single command is ABORTED before the first write and UNKNOWN from it on',
    async () => {
      const clean = await runUnisoc(model, { inserted: 'strapped' });
      const total = Object.values(clean.resets[0]?.commands ?? {}).reduce((sum, count) => sum + count, 0);
      const verdicts: string[] = [];
      for (let count = 1; count <= total; count++) {
        const { record, hasIntent, heard } = await pulled(model, { count }, clean.before, 'strapped');
        const expected = hasIntent
          ? // The last command is the reset: everything was written, and nothing was read back.
            { verdict: 'UNKNOWN', written: count === total ? 'all' : 'maybe' }
          : { verdict: 'ABORTED', written: 'none', failure: { code: 'removed-early' } };
        expect(record, `command ${count} of ${total}`).toMatchObject(expected);
        // A first write that was heard without a durable intent would be a lost unit.
        if (firstWrites[model].command in heard) expect(hasIntent).toBe(true);
        verdicts.push(record.verdict);
      }
      // One change from ABORTED to UNKNOWN, and never back.
      expect(verdicts.join(' ')).toMatch(/^(ABORTED )+(UNKNOWN ?)+$/);
      const abortedCount = verdicts.filter((verdict) => verdict === 'ABORTED').length;
      process.stderr.write(`${model}: ${total} commands, ${abortedCount} ABORTED, then UNKNOWN\n`);
    },
    10 * 60_000,
  );

  it(
    'at any moment of a whole insertion, from the first AT to the read-back, is never PASS',
    async () => {
      const clean = await runUnisoc(model, { inserted: 'running' });
      const [firstAtMs, endMs] = [3_600, 3_500 + clean.record.durationMs];
      const verdicts = new Set<string>();
      for (let afterMs = firstAtMs; afterMs < endMs; afterMs += 450) {
        const { record, hasIntent } = await pulled(model, { afterMs }, clean.before, 'running');
        expect(record.verdict, `after ${afterMs} ms`).toBe(hasIntent ? 'UNKNOWN' : 'ABORTED');
        verdicts.add(record.verdict);
      }
      expect([...verdicts]).toEqual(['ABORTED', 'UNKNOWN']);
    },
    10 * 60_000,
  );
});

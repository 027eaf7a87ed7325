// The campaign at the size of a test run: two seeds of 200 boards over 64 slots through the real station, and what makes it worth
// running: the same seed gives the same bytes, nothing of the process takes part, and a finding becomes small.
import { createHook } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { runCampaign } from './campaign.ts';
import { checkers } from './campaign-checks/all.ts';
import { findInfluence } from './campaign-checks/isolation.ts';
import { campaignKits } from './campaign-kits.ts';
import { commandFor, drawNarrowed, keptAll, keptOf } from './campaign-narrow.ts';
import { type CampaignScript, drawScript } from './campaign-script.ts';
import { shrink } from './campaign-shrink.ts';
import type { Checker } from './campaign-trace.ts';

const slots = 64;
const longMs = 5 * 60_000;

it.each([1, 2])(
  'seed %i: 200 boards with everything that goes wrong, and not one checker finds anything',
  async (seed) => {
    const trace = await runCampaign({ script: drawScript({ seed, slots, boards: 200 }) });
    const found = checkers.flatMap((checker) => checker.find(trace).map((text) => `seed ${seed}, ${checker.name}: ${text}`));
    expect(found).toEqual([]);
    const verdicts = new Set(trace.journal.flatMap((line) => (line.type === 'record' ? [line.verdict] : [])));
    expect([...verdicts].sort()).toEqual(['ABORTED', 'FAIL', 'PASS', 'UNKNOWN']);
    process.stderr.write(`seed ${seed}: ${trace.visits.length} insertions, digest ${trace.digest}\n`);
  },
  longMs,
);

it(
  'trouble in one half of the slots changes no result and no duration in the other half',
  async () => {
    expect(await findInfluence({ script: drawScript({ seed: 3, slots: 16, boards: 16 }) })).toEqual([]);
  },
  longMs,
);

it(
  'the same seed gives the same events, journal and boards to the byte, and another seed others',
  async () => {
    const digestOf = async (seed: number): Promise<string> =>
      (await runCampaign({ script: drawScript({ seed, slots: 8, boards: 12 }) })).digest;
    const first = await digestOf(4);
    expect(await digestOf(4)).toBe(first);
    expect(await digestOf(5)).not.toBe(first);
  },
  longMs,
);

it(
  'a run touches no file, timer, socket or thread of the process',
  async () => {
    await campaignKits();
    const kinds = new Set<string>();
    const hook = createHook({
      init(_id, kind) {
        // The test runner has timers of its own.
        const isRunners = kind === 'Timeout' && /node_modules\/(@?vitest|vite)\b/.test(new Error().stack ?? '');
        if (!isRunners) kinds.add(kind);
      },
    }).enable();
    await runCampaign({ script: drawScript({ seed: 6, slots: 8, boards: 8 }) });
    hook.disable();
    const allowed = ['PROMISE', 'Immediate', 'TickObject', 'Microtask', 'PQueueTask'];
    expect([...kinds].filter((kind) => !allowed.includes(kind))).toEqual([]);
  },
  longMs,
);

it(
  'a finding shrinks to the one board that shows it',
  async () => {
    // A checker that dislikes what the script surely holds: a job in slot 5.
    const dislike: Checker = {
      name: 'no job in slot 5',
      find: ({ journal }) => journal.flatMap((line) => (line.type === 'record' && line.slot.number === 5 ? [line.jobId] : [])),
    };
    const size = { seed: 1, slots: 8, boards: 12 };
    const find = async (script: CampaignScript) => dislike.find(await runCampaign({ script }));
    const { kept, found } = await shrink({ script: drawScript(size), kept: keptAll, find, mostRuns: 80, hasTime: () => true });
    expect(found).not.toEqual([]);
    expect(kept).toMatchObject({ boards: [5], incidents: [] });
    expect(commandFor(size, kept)).toMatch(
      /^npm run campaign -- --seed 1 --slots 8 --boards 12 --only-boards 5 --only-incidents none/,
    );
    // What a person types in again is the same run.
    const again = keptOf({ boards: '5', incidents: 'none', without: kept.without.join(',') });
    expect(await find(drawNarrowed(size, again))).toEqual(found);
  },
  longMs,
);

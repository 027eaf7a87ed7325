// The campaign at the size of a test run: two seeds of 200 boards over 64 slots through the real station, and what makes it worth
// running: the same seed gives the same bytes, nothing of the process takes part, and a finding becomes small.
import { createHook } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { type CampaignOptions, runCampaign } from './campaign.ts';
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
  'two processes, one of them busy with other things, run one seed to the same byte',
  async () => {
    const digestIn = async (...load: string[]): Promise<string> => {
      const program = join(import.meta.dirname, 'campaign-digest.ts');
      return (await promisify(execFile)(process.execPath, [program, '4', '4', '6', ...load])).stdout.trim();
    };
    const [idle, busy] = await Promise.all([digestIn(), digestIn('busy')]);
    expect(idle).toMatch(/^[0-9a-f]{64}$/);
    expect(busy).toBe(idle);
    expect((await runCampaign({ script: drawScript({ seed: 4, slots: 4, boards: 6 }) })).digest).toBe(idle);
  },
  longMs,
);

it('a package of a campaign moves 64 KiB at most', async () => {
  for (const [model, { plan }] of await campaignKits()) expect(plan.totalBytes, model).toBeLessThanOrEqual(0x10000);
});

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
    // Who makes a timer is for the hook to tell: the test runner's come and go.
    const resources = (): readonly string[] =>
      process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate' && kind !== 'Timeout');
    const before = resources();
    const meanwhile = new Set<string>();
    const plant: CampaignOptions['plant'] = (options, { clock }) => {
      const look = (): void => {
        meanwhile.add(JSON.stringify(resources()));
        clock.after(5_000, look);
      };
      look();
      return options;
    };
    await runCampaign({ script: drawScript({ seed: 6, slots: 8, boards: 8 }), plant });
    hook.disable();
    expect([...meanwhile]).toEqual([JSON.stringify(before)]);
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

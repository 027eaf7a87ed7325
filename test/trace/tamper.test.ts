import { expect, it } from 'vitest';
import { createRandom } from '../../src/bench/simulator/random.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { folder } from './rig.ts';
import { journalOf, tamperWithEveryLine } from './tamper.ts';

// The 1,000 lines that the product promises: `node test/trace/tamper-campaign.ts`.
it('every line deleted, doubled, swapped or changed is found against the anchor, over four days', async () => {
  const whole = await journalOf(120);
  expect(await verifyJournal(whole.disk, folder, [whole.anchor])).toMatchObject({ ok: true, files: 4, sealed: 3 });
  const { tried, missed } = await tamperWithEveryLine(120, 3, createRandom(7));
  expect(missed).toEqual([]);
  expect(tried).toBeGreaterThan(900);
}, 60_000);

// One insertion, one job: a board that our own reset sends away for the seconds of its boot has not been removed.
import { expect, it } from 'vitest';
import { buildUnisocBoard, identityOf, runUnisoc, usbPath } from './unisoc-run.ts';

const goesOnForMs = 60_000;
const foreign = { model: 'EC600G', revision: 'EC600GCNLAR02A01M08_OCPU_QPY_DEMO' } as const;

it.each(['EC600U', 'EC800G'] as const)(
  'a %s whose NV cannot be kept gets one record, and no second job by itself',
  async (model) => {
    const { record } = await runUnisoc(model, { inserted: 'strapped', boardOptions: { nv: 'badCrc' }, goesOnForMs });
    expect(record.failure?.code).toBe('nv-backup-corrupt');
  },
);

it.each(['EC600U', 'EC800G'] as const)(
  'a %s at a fixed serial path whose NV cannot be kept gets one record too',
  async (model) => {
    const boardOptions = { nv: 'badCrc' } as const;
    const { record } = await runUnisoc(model, { inserted: 'running', isFixed: true, boardOptions, goesOnForMs });
    expect(record.failure?.code).toBe('nv-backup-corrupt');
  },
);

it('an EC800G whose package is for another model gets one record', async () => {
  const { record } = await runUnisoc('EC800G', { inserted: 'running', firmware: foreign, goesOnForMs });
  expect(record.failure?.code).toBe('package-for-other-model');
});

it.each(['EC600U', 'EC800G'] as const)('a %s that passed gets one record', async (model) => {
  const { record } = await runUnisoc(model, { inserted: 'running', goesOnForMs });
  expect(record.verdict).toBe('PASS');
});

/** Of another unit; it comes to the slot when the first one has been taken out for 2.5 s. */
const next = { ...identityOf('EC600U'), imei: '862222222222223' };

it.each([
  ['long after it has come back from its reset', 20_000],
  ['while it is coming back, but not at once', 3_000],
])('a failed board that a hand takes out %s makes room for the next one', async (_when, takenOutAfterMs) => {
  const { records } = await runUnisoc('EC600U', {
    inserted: 'strapped',
    boardOptions: { nv: 'badCrc' },
    goesOnForMs,
    afterVerdict: (rack, clock) => {
      clock.after(takenOutAfterMs, () => {
        rack.remove(usbPath);
        // A board that was still on its way back is missed for as long as a restart may take.
        const emptyMs = takenOutAfterMs < 5_000 ? 30_000 : 2_500;
        clock.after(emptyMs, () => rack.insert(usbPath, buildUnisocBoard(clock, 'EC600U', { identity: next })));
      });
    },
  });
  expect(records.map(({ unit, failure, verdict }) => [unit.imeiAfter, failure?.code ?? verdict])).toEqual([
    [null, 'nv-backup-corrupt'],
    [next.imei, 'PASS'],
  ]);
});

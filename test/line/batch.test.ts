// The night shift: a batch with nobody at the rack. Right verdicts, right report by exception, right exit code.
import { describe, expect, it } from 'vitest';
import type { RecordBody } from '../../src/domain/record.ts';
import { batchText } from '../../src/views/words/batch-words.ts';
import { type BatchRun, pathOf, runBatch } from './batch-run.ts';

const refusing = [{ kind: 'nak', when: { command: 'FDL2 MIDST_DATA', count: 3 }, errorCode: 0x82 }] as const;
const lostReply = [{ kind: 'dropReply', when: { command: 'FDL1 MIDST_DATA', count: 1 } }] as const;
const strapOnly = { entry: { methods: ['strap'] } } as const;

const ofSlot = ({ records }: BatchRun, slot: number): readonly RecordBody[] =>
  records.filter((record) => record.slot.number === slot);
const verdicts = ({ records }: BatchRun, verdict: RecordBody['verdict']): readonly RecordBody[] =>
  records.filter((record) => record.verdict === verdict);
const goodBoards = (count: number) => Array.from({ length: count }, () => ({}));

describe('a night batch of 64 boards in 16 slots', () => {
  it('with a hub that dies and an end time: each verdict, each thing to do, and the exit code', async () => {
    const troubled = new Map<number, object>([
      [1, { faults: refusing }],
      [2, { model: 'EC200U' }],
      [12, { at: { allowsDownload: false } }],
      [13, { faults: lostReply }],
    ]);
    const run = await runBatch({
      slots: 16,
      boards: goodBoards(64).map((board, index) => troubled.get(index) ?? board),
      job: { quantity: 64, endAt: '2026-01-05T06:01:30Z' },
      during: ({ clock, rack }) =>
        clock.after(24_500, () => {
          for (const slot of [9, 10, 11, 12]) rack.remove(pathOf(slot));
        }),
    });
    const passed = verdicts(run, 'PASS');
    const begunInTime = run.records.every(({ startedAt }) => Date.parse(startedAt) <= Date.parse('2026-01-05T06:01:30Z'));
    expect(begunInTime).toBe(true);
    for (const { slot } of passed) expect([9, 10, 11, 12]).not.toContain(slot.number);
    expect(new Set(passed.map(({ unit }) => unit.imeiBefore)).size).toBe(passed.length);
    expect(passed.length).toBeGreaterThan(30);
    expect(ofSlot(run, 2)[0]).toMatchObject({ verdict: 'FAIL', written: 'maybe', failure: { code: 'device-refused' } });
    expect(ofSlot(run, 3)[0]).toMatchObject({ verdict: 'FAIL', written: 'none', failure: { code: 'model-not-allowed' } });
    expect(ofSlot(run, 14).slice(0, 2)).toMatchObject([
      { verdict: 'FAIL', written: 'none', attempt: 1 },
      { verdict: 'PASS', attempt: 2 },
    ]);
    expect(ofSlot(run, 13)[0]).toMatchObject({ verdict: 'ABORTED', written: 'none', failure: { code: 'operator-cancelled' } });
    for (const slot of [9, 10, 11, 12])
      expect(ofSlot(run, slot)).toMatchObject([{ verdict: 'UNKNOWN', failure: { code: 'unplugged' } }]);
    for (const board of run.boards) expect(board.report().violations).toEqual([]);

    const { report } = run;
    expect(report).toMatchObject({ end: 'endTime', quantity: 64, exitCode: 1, counts: { PASS: passed.length } });
    const cutOff = verdicts(run, 'ABORTED').filter(({ slot }) => slot.number !== 13);
    expect(report.chores).toMatchObject([
      { kind: 'hub', usbPath: 'pci-0000:00:14.0/1.3', slots: [9, 10, 11, 12], code: 'unplugged' },
      { kind: 'board', slot: 3, model: 'EC200U', verdict: 'FAIL', code: 'model-not-allowed' },
      { kind: 'board', slot: 2, verdict: 'FAIL', code: 'device-refused' },
      ...[9, 10, 11, 12].map((slot) => ({ kind: 'board', slot, verdict: 'UNKNOWN', code: 'unplugged' })),
      { kind: 'board', slot: 13, verdict: 'ABORTED', prompt: 'closeStrap' },
      ...cutOff.map(({ slot }) => ({ kind: 'board', slot: slot.number, verdict: 'ABORTED', prompt: null })),
      { kind: 'short', missing: 64 - passed.length },
    ]);
    for (const lang of ['en', 'zh'] as const) {
      const lines = batchText(report, lang, (wallMs) => new Date(wallMs).toISOString());
      expect(lines).toHaveLength(3 + report.chores.length);
      expect(lines.join('\n')).toContain('pci-0000:00:14.0/1.3');
      expect(lines.join('\n')).toContain(lang === 'en' ? 'asked for a hand (Close BOOT)' : '需要人工操作（短接 BOOT）');
    }
  }, 120_000);
});

describe('a batch', () => {
  it('ends at its quantity: not one board more is entered, and there is nothing to do', async () => {
    const run = await runBatch({ slots: 3, boards: goodBoards(6), job: { quantity: 2 } });
    expect(verdicts(run, 'PASS')).toHaveLength(2);
    expect(verdicts(run, 'ABORTED').map(({ failure, written }) => [failure?.code, written])).toContainEqual([
      'quantity-reached',
      'none',
    ]);
    expect(run.report).toMatchObject({ end: 'quantity', exitCode: 0, chores: [] });
    expect(batchText(run.report, 'en', String).at(-1)).toBe('Nothing is left to do.');
  });

  it('takes the place of a unit that failed: the quantity is of boards that pass', async () => {
    const run = await runBatch({ slots: 1, boards: [{ faults: refusing }, {}], job: { quantity: 1 } });
    expect(run.report).toMatchObject({ end: 'quantity', counts: { PASS: 1, FAIL: 1 }, exitCode: 1 });
  });

  it('ends when no board comes any more, and says how many are missing', async () => {
    const run = await runBatch({ slots: 1, boards: goodBoards(1), job: { quantity: 5, idleMinutes: 3 } });
    expect(run.report).toMatchObject({ end: 'idle', exitCode: 1, chores: [{ kind: 'short', missing: 4 }] });
    expect(run.clock.now()).toBeGreaterThan(180_000);
  });

  it('that is asked to stop finishes what is being written', async () => {
    const run = await runBatch({
      slots: 1,
      boards: goodBoards(1),
      job: {},
      during: ({ clock, stop }) => clock.after(11_000, stop),
    });
    expect(run.records).toMatchObject([{ verdict: 'PASS' }]);
    expect(run.report).toMatchObject({ end: 'asked', exitCode: 0 });
  });

  it('ends by its stop rule, and says which', async () => {
    const run = await runBatch({
      slots: 1,
      boards: [{ faults: refusing }, { faults: refusing }, {}, {}],
      job: { retries: 0, stop: { failuresInRow: 2 } },
    });
    expect(run.records.map(({ verdict }) => verdict)).toEqual(['FAIL', 'FAIL']);
    expect(run.report).toMatchObject({ end: 'stopped', exitCode: 1 });
    expect(run.report.chores).toContainEqual(expect.objectContaining({ kind: 'stop' }));
  });

  it('that loses its bench ends at once, with the exit code of a station fault', async () => {
    const run = await runBatch({
      slots: 1,
      boards: goodBoards(1),
      job: {},
      during: ({ clock, rack }) => clock.after(60_000, () => rack.lose('the controller is gone')),
    });
    expect(run.report).toMatchObject({ end: 'fault', exitCode: 3 });
    expect(run.report.chores).toContainEqual(expect.objectContaining({ kind: 'fault' }));
  });

  it('leaves a slot that was locked after a crash to a person, unless its policy releases it', async () => {
    const left = await runBatch({ slots: 2, boards: goodBoards(2), job: { idleMinutes: 1 }, lockedSlot: 1 });
    expect(left.records).toMatchObject([{ slot: { number: 2 }, verdict: 'PASS' }]);
    expect(left.report).toMatchObject({ released: [], exitCode: 1, chores: [{ kind: 'slot', slot: 1, state: 'locked' }] });
    const job = { quantity: 2, releaseLocked: 'identified' };
    const released = await runBatch({ slots: 2, boards: goodBoards(2), job, lockedSlot: 1 });
    expect(released.report).toMatchObject({ released: [1], counts: { PASS: 2 }, exitCode: 0 });
    expect(batchText(released.report, 'en', String).join('\n')).toContain('released by the job file');
  });

  it('strap-only runs where the fixture closes the strap and the station switches the power', async () => {
    const fixture = { fixtureStrap: true } as const;
    const run = await runBatch({
      slots: 2,
      boards: goodBoards(2),
      job: { quantity: 2 },
      profile: strapOnly,
      slot: fixture,
      strapsItself: true,
    });
    expect(run.records).toMatchObject([
      { verdict: 'PASS', entry: { method: 'strap' } },
      { verdict: 'PASS', entry: { method: 'strap' } },
    ]);
    expect(run.answers.map(({ prompt, answer }) => `${prompt} ${answer}`)).toEqual(['closeStrap confirm', 'closeStrap confirm']);
    expect(run.report).toMatchObject({ exitCode: 0, chores: [] });
  });

  it('strap-only is refused at start elsewhere: the reason names each slot', async () => {
    const refused = runBatch({ slots: 2, boards: [], job: {}, profile: strapOnly });
    await expect(refused).rejects.toMatchObject({ failure: { code: 'batch-needs-hands' } });
    await expect(refused).rejects.toThrow(/slot 1: .*strap only[\s\S]*slot 2: /);
  });
});

describe('boards that are in the rack already', () => {
  it('come one hub at a time, each with its power cycled', async () => {
    const run = await runBatch({ slots: 8, boards: goodBoards(8), job: { quantity: 8 } });
    const begun = (slot: number): number => Date.parse(ofSlot(run, slot)[0]?.startedAt ?? '');
    const connected = Math.min(
      ...run.lines.flatMap(({ slot, event, wallMs }) => (slot === 1 && event.type === 'window.closed' ? [wallMs] : [])),
    );
    expect([1, 2, 3, 4].map((slot) => begun(slot) - begun(1))).toEqual([0, 0, 0, 0]);
    expect(begun(5)).toBeGreaterThan(connected);
    expect(ofSlot(run, 1)[0]?.identity.continuousInsertion).toBe(true);
    expect(run.report.counts.PASS).toBe(8);
  });

  it('are taken as they are where the power switch fails, and the switch is a thing to do', async () => {
    const run = await runBatch({ slots: 2, boards: goodBoards(2), job: { quantity: 2 }, deadSwitches: [pathOf(2)] });
    expect(run.report.counts.PASS).toBe(2);
    expect(run.report.chores).toMatchObject([{ kind: 'power', slot: 2, failure: { code: 'power-switch-failed' } }]);
    expect(run.report.exitCode).toBe(1);
  });
});

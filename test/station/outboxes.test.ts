// What the station does with how its outboxes stand: shown, told once, and where the station file says so, no new job.
import { describe, expect, it } from 'vitest';
import type { OutboxView } from '../../src/station/read-model.ts';
import { pathOf, startedRig } from './station-rig.ts';

const calm: OutboxView = { name: 'mes', ageMs: 0, trouble: null, demand: 'none' };
const late = (demand: OutboxView['demand'], ageMs = 700_000): OutboxView => ({
  name: 'mes',
  ageMs,
  trouble: 'connect ECONNREFUSED',
  demand,
});

describe('outboxes', () => {
  it('are in the read model with their age, and a line is told when one changes, not at every tick', async () => {
    const rig = await startedRig();
    rig.station.noticeOutboxes([calm]);
    rig.station.noticeOutboxes([{ ...calm, ageMs: 1_000 }]);
    expect(rig.told('outbox.changed')).toEqual([]);
    rig.station.noticeOutboxes([late('none', 2_000)]);
    rig.station.noticeOutboxes([late('none', 3_000)]);
    rig.station.noticeOutboxes([late('warn')]);
    expect(rig.view().outboxes).toEqual([late('warn')]);
    expect(rig.view()).toMatchObject({ phase: 'running', fault: null });
    rig.station.noticeOutboxes([calm]);
    expect(rig.told('outbox.changed').map(({ outbox }) => [outbox.trouble !== null, outbox.demand])).toEqual([
      [true, 'none'],
      [true, 'warn'],
      [false, 'none'],
    ]);
  });

  it('that must block let open jobs end and start none; the line goes on by itself when records are delivered again', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('programming');
    rig.station.noticeOutboxes([late('block')]);
    rig.station.noticeOutboxes([late('block', 701_000)]);
    expect(rig.view()).toMatchObject({
      phase: 'faulted',
      fault: { code: 'records-not-delivered', actual: 'mes', detail: 'connect ECONNREFUSED' },
    });
    expect(rig.told('fault.found')).toHaveLength(1);
    await rig.until('passed');
    rig.insert(2);
    await rig.clock.advance(120_000);
    expect(rig.row(2).state).toBe('empty');
    rig.rack.remove(pathOf(2));
    await rig.clock.advance(5_000);
    rig.station.noticeOutboxes([calm]);
    expect(rig.view()).toMatchObject({ phase: 'running', fault: null });
    rig.insert(2);
    await rig.until('passed', 2);
    rig.stop();
    await rig.untilEnded();
    expect(rig.exitCode()).toBe(0);
  });

  it('that are well again do not cure a journal that is not', async () => {
    const rig = await startedRig();
    rig.insert(1);
    await rig.until('verifying');
    rig.station.noticeOutboxes([late('block')]);
    rig.disk.failSyncs(1_000_000);
    await rig.until('recording');
    await rig.clock.advance(5_000);
    rig.station.noticeOutboxes([calm]);
    expect(rig.view()).toMatchObject({ phase: 'faulted', fault: { code: 'record-not-writable' } });
  });
});

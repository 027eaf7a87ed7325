// What the station tells the screen beside its slots: failures of the day and takt.
import { describe, expect, it } from 'vitest';
import { pathOf, startedRig } from './station-rig.ts';

describe('the station’s view', () => {
  it('counts the failures of the day and the units of the shift, and says when a slot is free', async () => {
    const rig = await startedRig();
    rig.insert(1);
    rig.insert(2);
    await rig.until('programming', 2);
    expect(rig.view().takt).toMatchObject({ unitsPerHour: null, targetUnitsPerHour: null });
    rig.rack.remove(pathOf(2));
    await rig.until('passed', 1);
    const { takt, failuresToday } = rig.view();
    expect(failuresToday).toEqual({ unplugged: 1 });
    expect(takt.unitsPerHour).toBeGreaterThan(0);
    expect(takt.unitsPerHour).toBe(takt.shiftUnitsPerHour);
    expect(takt.nextFreeMs).toBe(0);
  });

  it('tells a hook’s failure as an event, and no slot is touched', async () => {
    const rig = await startedRig();
    const before = rig.view().slots;
    rig.station.noticeHook({ type: 'hook.failed', command: 'lamp', reason: 'ENOENT' });
    expect(rig.told('hook.failed')).toHaveLength(1);
    expect(rig.view().slots).toEqual(before);
  });
});

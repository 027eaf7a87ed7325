// The parts of a station file that describe the rack's hardware: power switches, and the hubs as they were mapped.
import { describe, expect, it } from 'vitest';
import { loadStation } from '../../src/config/load-station.ts';
import { Fault } from '../../src/domain/failure.ts';
import { changed, diskWith, type Json, leastProfile, leastStation } from './files.ts';

const load = (station: Json) =>
  loadStation(
    diskWith({ '/rack/stations/a.json': station, '/rack/profiles/ec800e.json': leastProfile() }),
    '/rack/stations/a.json',
  );
const detailOf = (station: Json): Promise<unknown> =>
  load(station).then(
    () => 'taken',
    (error: unknown) => (error instanceof Fault ? error.failure.detail : error),
  );

describe('the power switch of a slot', () => {
  it('may be the hub itself, through uhubctl', async () => {
    const { station } = await load(changed(leastStation(), ['defaults', 'powerSwitch'], { kind: 'uhubctl' }));
    expect(station.slots[1]?.powerSwitch).toEqual({ kind: 'uhubctl', program: 'uhubctl', offMs: 2000 });
  });

  it('may be a program of the rack, with its arguments', async () => {
    const powerSwitch = { kind: 'command', command: ['/opt/rack/power', '--bank', '2'], offMs: 500 };
    const { station } = await load(changed(leastStation(), ['slots', 0, 'powerSwitch'], powerSwitch));
    expect(station.slots.map((slot) => slot.powerSwitch.kind)).toEqual(['command', 'prompt']);
    expect(station.slots[0]?.powerSwitch).toEqual(powerSwitch);
  });

  it('is refused without a program', async () => {
    const station = changed(leastStation(), ['slots', 0, 'powerSwitch'], { kind: 'command', command: [] });
    expect(await detailOf(station)).toContain('slots[0].powerSwitch.command');
  });

  it('cannot be uhubctl for a slot at a serial path, which hangs on no hub', async () => {
    const slots = [{ number: 1, serialPath: '/dev/ttyS1', startsIn: 'download', powerSwitch: { kind: 'uhubctl' } }];
    expect(await detailOf({ ...leastStation(), slots })).toContain(
      'slots[0].powerSwitch: found "uhubctl" for a slot at a serialPath',
    );
  });
});

describe('the hubs of a mapped rack', () => {
  it('are kept with their ids and serial numbers', async () => {
    const hubs = [
      { usbPath: 'pci-0000:00:14.0/1', id: '05e3:0610' },
      { usbPath: 'pci-0000:00:14.0/1.4', id: '05e3:0610', serialNumber: 'A1' },
    ];
    const { station } = await load({ ...leastStation(), hubs });
    expect(station.hubs.map(({ serialNumber }) => serialNumber)).toEqual([null, 'A1']);
  });
});

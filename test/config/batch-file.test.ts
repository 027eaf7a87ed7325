// The job file of a night batch: what it may say, and what is refused because somebody would have to be at the rack.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { handsNeeded, stationOfBatch } from '../../src/config/batch-checks.ts';
import { type BatchSettings, readBatch } from '../../src/config/batch-file.ts';
import { batchJsonSchema } from '../../src/config/json-schemas.ts';
import { loadStation } from '../../src/config/load-station.ts';
import type { SlotSettings } from '../../src/config/station-file.ts';
import type { Profile } from '../../src/domain/profile.ts';

const root = join(import.meta.dirname, '..', '..');
/** 2026-01-05 14:00 in Shanghai. */
const now = { wallMs: Date.UTC(2026, 0, 5, 6), utcOffset: 480 };
const least = { station: '../stations/s.json', operator: 'li' };
const read = (fields: object): BatchSettings =>
  readBatch(new TextEncoder().encode(JSON.stringify({ ...least, ...fields })), '/jobs/night.json', now);
const demo = loadStation((path) => Promise.resolve(readFileSync(path)), join(root, 'stations', 'demo.json'));

async function firstSlot(slot: Partial<SlotSettings>, profile: Partial<Profile>): Promise<readonly string[]> {
  const { station, profiles } = await demo;
  const [first] = station.slots;
  const loaded = profiles.get('demo-ec600u');
  if (first === undefined || loaded === undefined) throw new Error('the demo station is not there');
  const changed = { ...loaded, profile: { ...loaded.profile, ...profile } };
  return handsNeeded({ ...first, profiles: new Map([['EC600U', 'demo-ec600u']]), ...slot }, new Map([['demo-ec600u', changed]]));
}

const switched = { powerSwitch: { kind: 'uhubctl', program: 'uhubctl', offMs: 500 } } as const;

describe('a job file', () => {
  it('needs a station and who answers for it; everything else has a default', () => {
    expect(read({})).toMatchObject({
      name: 'night.json',
      stationFile: '/stations/s.json',
      work: { operator: 'li', workOrder: null },
      quantity: null,
      endsAtWallMs: null,
      retries: 1,
      idleMs: 1_200_000,
      releaseLocked: 'never',
    });
    expect(() => read({ operator: '' })).toThrow(/operator/);
    expect(() => read({ quantitiy: 3 })).toThrow(/quantitiy: found an unknown field/);
  });

  it('names its end as the next such time of day by the station, or as a moment', () => {
    expect(read({ endAt: '06:00' }).endsAtWallMs).toBe(Date.UTC(2026, 0, 5, 22));
    expect(read({ endAt: '14:01' }).endsAtWallMs).toBe(now.wallMs + 60_000);
    expect(read({ endAt: '14:00' }).endsAtWallMs).toBe(now.wallMs + 86_400_000);
    expect(read({ endAt: '2026-01-06T06:00+08:00' }).endsAtWallMs).toBe(Date.UTC(2026, 0, 5, 22));
    expect(() => read({ endAt: '2026-01-05T06:00+08:00' })).toThrow(/endAt/);
    expect(() => read({ endAt: '2026-13-05T06:00+08:00' })).toThrow(/endAt/);
    expect(() => read({ endAt: '25:00' })).toThrow(/endAt/);
  });

  it('that is shipped is right, and its schema is the one the program generates', () => {
    const shipped = (file: string): Uint8Array => readFileSync(join(root, 'stations', 'batches', file));
    expect(readBatch(shipped('night.json'), 'stations/batches/night.json', now)).toMatchObject({ quantity: 64 });
    expect(JSON.parse(new TextDecoder().decode(shipped('batch.schema.json')))).toEqual(batchJsonSchema());
  });
});

describe('what would need a person', () => {
  it('is a strap without a fixture, or a fixture whose power nothing switches', async () => {
    const strap = { entry: { methods: ['strap'] } } as const;
    expect(await firstSlot({}, strap)).toEqual([expect.stringContaining('strap only')]);
    expect(await firstSlot({ ...switched }, strap)).toHaveLength(1);
    expect(await firstSlot({ fixtureStrap: true }, strap)).toHaveLength(1);
    expect(await firstSlot({ ...switched, fixtureStrap: true }, strap)).toEqual([]);
    expect(await firstSlot({}, { entry: { methods: ['at', 'strap'] } })).toEqual([]);
  });

  it('is a restart by hand, by a power that nothing switches, or by one that closes the strap again', async () => {
    expect(await firstSlot({}, { restart: 'prompt' })).toEqual([expect.stringContaining('by hand')]);
    expect(await firstSlot({}, { restart: 'powerCycle' })).toHaveLength(1);
    expect(await firstSlot({ ...switched }, { restart: 'powerCycle' })).toEqual([]);
    expect(await firstSlot({ ...switched, fixtureStrap: true }, { restart: 'powerCycle' })).toHaveLength(1);
  });

  it('is a label', async () => {
    expect(await firstSlot({ unidentified: { policy: 'requireLabel', profileId: 'demo-ec600u' } }, {})).toEqual([
      expect.stringContaining('scan'),
    ]);
  });
});

describe('the station of a batch', () => {
  const narrowedTo = async (fields: object) => {
    const { station, profiles } = await demo;
    const slots = station.slots.map((slot): SlotSettings => ({ ...slot, ...switched, fixtureStrap: true }));
    return stationOfBatch({ settings: { ...station, slots }, profiles }, read(fields));
  };

  it('has the slots, profiles, retries and stop rules that the job file leaves or sets', async () => {
    const { settings, profiles } = await narrowedTo({
      profiles: { EC600U: 'demo-ec600u' },
      retries: 2,
      stop: { failuresInRow: 4 },
    });
    expect([...profiles.keys()]).toEqual(['demo-ec600u']);
    for (const slot of settings.slots) expect([...slot.profiles]).toEqual([['EC600U', 'demo-ec600u']]);
    expect(settings.history.automaticRetries).toBe(2);
    expect(settings.oversight.stop).toMatchObject({ failuresInRow: 4, yieldOver: 50 });
  });

  it('is refused for a model or a profile that no slot maps', async () => {
    await expect(narrowedTo({ profiles: { EC600U: 'demo-ec800e' } })).rejects.toMatchObject({
      failure: { code: 'batch-file-invalid', actual: 'EC600U: demo-ec800e' },
    });
  });
});

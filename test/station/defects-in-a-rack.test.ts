// Defects of ours in a rack of 64: a slot dies in each state that a slot can be in. The other slots go on, those that are to die later too; the
// station is up, and the job of each has its one record.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { loadStation } from '../../src/config/load-station.ts';
import { noOversight } from '../../src/config/oversight-fields.ts';
import type { LoadedProfile } from '../../src/domain/profile.ts';
import type { OperatorCommand, SlotState } from '../../src/domain/slot.ts';
import type { SlotView } from '../../src/station/read-model.ts';
import { aRecord, imeiOf } from './rules/lines.ts';
import { pathOf, type StationRig, startedRig } from './station-rig.ts';

const rackSize = 64;
const midFlash = { command: 'AGBOOT DOWNLOAD_DATA', count: 1 } as const;

/** No machine survives it: looking at its type throws. Of a quarantined slot the station itself looks at it once. */
function poison(state: SlotState): OperatorCommand {
  let looksLeft = state === 'quarantined' ? 1 : 0;
  return {
    get type(): 'operator.confirm' {
      if (looksLeft === 0) throw new RangeError('a bug of ours');
      looksLeft -= 1;
      return 'operator.confirm';
    },
  };
}

interface Death {
  readonly state: SlotState;
  /** What becomes of the slot's jobs; none where there was none. */
  readonly records: readonly string[];
  /** Absent: strapped and good. */
  readonly board?: 'none' | 'normal' | readonly BoardFault[];
}

/** In the order of their places, from 1. */
const deaths: readonly Death[] = [
  { state: 'locked', records: ['UNKNOWN maybe'], board: 'none' },
  { state: 'quarantined', records: [], board: 'none' },
  { state: 'empty', records: [], board: 'none' },
  { state: 'identifying', records: ['ABORTED none'], board: 'normal' },
  { state: 'entering', records: ['ABORTED none'], board: 'normal' },
  { state: 'waitingForBoot', records: ['ABORTED none'], board: 'normal' },
  { state: 'connecting', records: ['ABORTED none'] },
  { state: 'holding', records: ['ABORTED none'] },
  { state: 'programming', records: ['UNKNOWN maybe'] },
  { state: 'restarting', records: ['UNKNOWN all'] },
  { state: 'verifying', records: ['UNKNOWN all'] },
  { state: 'recording', records: ['PASS all'] },
  { state: 'passed', records: ['PASS all'] },
  { state: 'failed', records: ['FAIL maybe'], board: [{ kind: 'nak', when: midFlash, errorCode: 0x82 }] },
  { state: 'unknown', records: ['UNKNOWN maybe'], board: [{ kind: 'pull', when: midFlash }] },
  { state: 'aborted', records: ['ABORTED none'], board: [{ kind: 'stall', when: { command: 'DLBOOT sync' } }] },
  { state: 'skipped', records: [], board: [{ kind: 'wrongIds', mode: 'download', vendorId: 0x0bda, productId: 0x8153 }] },
  { state: 'replaced', records: ['PASS all'] },
];
const deathAt = (place: number): Death | undefined => deaths[place - 1];
const placeOf = (state: SlotState): number => deaths.findIndex((death) => death.state === state) + 1;

/** Asks over AT first, so that there is an `entering`; the simulated board refuses, and its strap is asked for. */
async function profilesAskingOverAt(): Promise<ReadonlyMap<string, LoadedProfile>> {
  const { profiles } = await loadStation(readFile, join(import.meta.dirname, '..', '..', 'stations', 'demo.json'));
  return new Map(
    [...profiles].map(([id, loaded]) => [id, { ...loaded, profile: { ...loaded.profile, entry: { methods: ['at', 'strap'] } } }]),
  );
}

async function rackOfDeaths(): Promise<StationRig> {
  const killed = await startedRig({ slots: 1 });
  killed.insert(1);
  await killed.until('programming');
  killed.process.kill();
  const usbPath = pathOf(placeOf('quarantined'));
  const rig = await startedRig({
    clock: killed.clock,
    disk: killed.disk,
    slots: rackSize,
    packageScale: 0.1,
    oversight: { ...noOversight, blame: { ...noOversight.blame, quarantineBoards: 2 } },
    changed: {
      profiles: await profilesAskingOverAt(),
      lastLines: [1, 2].map((board) => aRecord({ usbPath, imei: imeiOf(board), code: 'burn-failed' })),
    },
  });
  const strike = (place: number): void => rig.station.console.commands.toSlot(place, poison(rig.row(place).state));
  const replace = (place: number): void => {
    rig.rack.remove(pathOf(place));
    rig.insert(place, [], pathOf(place), 'another board');
  };
  rig.station.console.subscribe(({ slot, event }) => {
    const death = slot === null ? undefined : deathAt(slot);
    if (slot === null || event.type !== 'state.changed') return;
    if (event.state === death?.state) queueMicrotask(() => strike(slot));
    if (event.state === 'passed' && death?.state === 'replaced') queueMicrotask(() => replace(slot));
  });
  for (const state of ['locked', 'quarantined', 'empty'] as const) strike(placeOf(state));
  for (let place = 1; place <= rackSize; place++) {
    const board = deathAt(place)?.board ?? [];
    if (board === 'normal') rig.insertNormal(place);
    else if (board !== 'none') rig.insert(place, board);
  }
  return rig;
}

describe('a rack of 64 in which slots die one after the other, each in another state', async () => {
  const rig = await rackOfDeaths();
  const isOver = ({ number, state }: SlotView): boolean => state === (deathAt(number) ? 'outOfService' : 'passed');
  await rig.untilSo(() => rig.view().slots.every(isOver), 'the end of every slot');
  const records = await rig.records();
  const recordsOf = (place: number): readonly string[] =>
    records.filter(({ slot }) => slot.number === place).map(({ verdict, written }) => `${verdict} ${written}`);

  it.each(deaths.map((death, index) => ({ ...death, place: index + 1 })))(
    'closes the job of the one that dies while $state',
    (death) => {
      expect(rig.row(death.place).state).toBe('outOfService');
      expect(recordsOf(death.place)).toEqual(death.records);
    },
  );

  it('leaves every other slot to its PASS', () => {
    for (let place = deaths.length + 1; place <= rackSize; place++) expect(recordsOf(place)).toEqual(['PASS all']);
  });

  it('tells each defect once, and the station goes on', async () => {
    expect(rig.told('defect.found')).toHaveLength(deaths.length);
    expect(rig.view()).toMatchObject({ phase: 'running', fault: null });
    rig.rack.remove(pathOf(rackSize));
    await rig.until('empty', rackSize);
    rig.insert(rackSize, [], pathOf(rackSize), 'the next board');
    await rig.until('passed', rackSize);
  });
});

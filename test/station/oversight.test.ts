// What the station concludes from many jobs, applied to its slots: quarantine, rejection, stop, golden unit, releases, restarts.
import { describe, expect, it } from 'vitest';
import type { BoardFault } from '../../src/bench/simulator/faults.ts';
import { noOversight, type OversightSettings } from '../../src/config/oversight-fields.ts';
import type { StationOptions } from '../../src/station/station.ts';
import { readHistory } from '../../src/trace/history.ts';
import { verifyJournal } from '../../src/trace/verify.ts';
import { pathOf, type StationRig, type StationRigOptions, startedRig, stationRig } from './station-rig.ts';

const naks: readonly BoardFault[] = [{ kind: 'nak', when: { command: 'AGBOOT DOWNLOAD_DATA', count: 1 }, errorCode: 0x82 }];
const wang = { name: 'wang', salt: '', hash: 'code of wang' };

interface Rules extends Omit<StationRigOptions, 'oversight'> {
  readonly oversight: Partial<OversightSettings>;
  readonly options?: Partial<StationOptions>;
}

/** A station with only these rules, after a restart too: it reads its own journal. */
async function governed({ oversight, options, ...rig }: Rules): Promise<StationRig> {
  const lastLines = rig.disk ? await readHistory(rig.disk.startProcess(), 'logs/journal') : [];
  return startedRig({
    ...rig,
    oversight: { ...noOversight, ...oversight },
    changed: { lastLines, codeMatches: (code, { hash }) => Promise.resolve(hash === `code of ${code}`), ...options },
  });
}

const quarantineAfter = (quarantineBoards: number) => ({ blame: { ...noOversight.blame, quarantineBoards } });
const stopAfter = (failuresInRow: number) => ({ stop: { ...noOversight.stop, failuresInRow } });

/** Puts a board in and takes it out after its verdict; returns when the slot is free again. Strapped boards tell nobody who they are. */
async function flash(
  rig: StationRig,
  place: number,
  faults: readonly BoardFault[],
  board: string,
  how = rig.insert,
): Promise<void> {
  how(place, faults, pathOf(place), board);
  const before = rig.verdicts().length;
  await rig.untilSo(() => rig.verdicts().length > before, `a verdict in ${place}`);
  await rig.clock.advance(500);
  rig.rack.remove(pathOf(place));
  await rig.untilSo(() => ['empty', 'quarantined'].includes(rig.row(place).state), `${place} is free`);
}

describe('a slot in which different boards failed', () => {
  it('is quarantined when its board is gone, says so, takes no board, and leaves the other slots alone', async () => {
    const rig = await governed({ oversight: quarantineAfter(2) });
    await flash(rig, 1, naks, 'a');
    expect(rig.row(1).state).toBe('empty');
    await flash(rig, 1, naks, 'b');
    expect(rig.told('slot.quarantined')).toEqual([
      { type: 'slot.quarantined', slot: 1, usbPath: pathOf(1), boards: 2, code: 'device-refused' },
    ]);
    expect(rig.row(1)).toMatchObject({ state: 'quarantined', prompt: { kind: 'checkSlot' } });
    expect(rig.view().oversight.quarantines).toHaveLength(1);
    const jobs = rig.told('job.opened').length;
    rig.insert(1, [], pathOf(1), 'c');
    await rig.clock.advance(5_000);
    expect(rig.told('job.opened')).toHaveLength(jobs);
    rig.insert(2);
    await rig.until('passed', 2);
  });

  it('is released by a supervisor’s code, durably, and by no other; a restart forgets neither', async () => {
    const oversight = { ...quarantineAfter(2), supervisors: [wang] };
    const first = await governed({ oversight });
    await flash(first, 1, naks, 'a');
    await flash(first, 1, naks, 'b');
    const { clock, disk } = first;
    first.process.kill();

    const second = await governed({ oversight, clock, disk });
    expect(second.row(1).state).toBe('quarantined');
    second.release({ kind: 'slot', slot: 1 }, null);
    second.station.console.commands.toSlot(1, { type: 'operator.release' });
    second.release({ kind: 'slot', slot: 1 }, 'li');
    await clock.advance(100);
    expect(second.told('release.refused').map(({ refusal }) => refusal.reason)).toEqual([
      'codeNeeded',
      'codeNeeded',
      'codeWrong',
    ]);
    expect(second.row(1).state).toBe('quarantined');
    await clock.advance(1_000);
    second.release({ kind: 'slot', slot: 1 }, 'wang');
    await second.until('empty');
    expect(second.told('release.granted')).toEqual([
      { type: 'release.granted', target: { kind: 'slot', slot: 1 }, by: 'wang', authority: 'supervisor' },
    ]);
    second.process.kill();

    const third = await governed({ oversight, clock, disk });
    expect(third.row(1).state).toBe('empty');
    third.insert(1);
    await third.until('passed');
    const journal = await verifyJournal(disk.startProcess(), 'logs/journal');
    expect(journal).toMatchObject({ ok: true });
    const overrides = (await readHistory(disk.startProcess(), 'logs/journal')).filter(({ type }) => type === 'override');
    expect(overrides).toMatchObject([
      { rule: 'slot-quarantined', slot: { number: 1, usbPath: pathOf(1) }, by: 'wang', authority: 'supervisor' },
    ]);
  });

  it('is released by the operator where the station file names no supervisor', async () => {
    const rig = await governed({ oversight: quarantineAfter(1) });
    await flash(rig, 1, naks, 'a');
    rig.station.console.commands.toSlot(1, { type: 'operator.release' });
    await rig.until('empty');
    expect(rig.told('release.granted')).toMatchObject([{ by: 'li', authority: 'operator' }]);
  });

  it('does not try its last board again', async () => {
    const rig = await governed({ oversight: quarantineAfter(1) });
    rig.insert(1, naks);
    await rig.untilSo(() => rig.verdicts().length > 0, 'a verdict');
    await rig.clock.advance(500);
    rig.station.console.commands.toSlot(1, { type: 'operator.retry' });
    await rig.clock.advance(5_000);
    expect(rig.told('job.opened')).toHaveLength(1);
  });
});

describe('production', () => {
  it('stops: no slot takes a board, a running job goes on, the reason stands, and a release opens it again', async () => {
    const rig = await governed({ slots: 3, oversight: stopAfter(2) });
    await flash(rig, 1, naks, 'a');
    rig.insert(2, naks, pathOf(2), 'b');
    await rig.until('programming', 2);
    rig.insert(3, [], pathOf(3), 'c');
    await rig.untilSo(() => rig.view().oversight.stop !== null, 'the stop');
    expect(rig.view().oversight.stop).toMatchObject({ rule: 'failuresInRow', failures: 2, lastCode: 'device-refused' });
    await rig.until('passed', 3);
    rig.rack.remove(pathOf(1));
    await rig.clock.advance(3_000);
    const jobs = rig.told('job.opened').length;
    rig.insert(1, [], pathOf(1), 'd');
    await rig.clock.advance(3_000);
    expect(rig.told('job.opened')).toHaveLength(jobs);
    rig.rack.remove(pathOf(1));
    await rig.clock.advance(3_000);
    rig.release({ kind: 'stop' }, null);
    await rig.clock.advance(100);
    expect(rig.view().oversight.stop).toBeNull();
    rig.insert(1, [], pathOf(1), 'd');
    await rig.until('passed', 1);
  });

  it('stays stopped over a restart', async () => {
    const first = await governed({ oversight: stopAfter(1) });
    await flash(first, 1, naks, 'a');
    const { clock, disk } = first;
    first.process.kill();
    const second = await governed({ clock, disk, oversight: stopAfter(1) });
    expect(second.view().oversight.stop).toMatchObject({ rule: 'failuresInRow' });
    second.insert(1);
    await clock.advance(20_000);
    expect(second.told('job.opened')).toEqual([]);
  });

  it('is not opened again by a disk that comes back, nor does a release open a faulted station', async () => {
    const rig = await governed({ oversight: stopAfter(1) });
    await flash(rig, 1, naks, 'a');
    rig.station.noticeJournal({ type: 'journal.faulted', failure: { code: 'record-not-writable', step: 'journal' } });
    rig.station.noticeJournal({ type: 'journal.restored' });
    rig.insert(1, [], pathOf(1), 'b');
    await rig.clock.advance(15_000);
    expect(rig.told('job.opened')).toHaveLength(1);
    rig.station.noticeJournal({ type: 'journal.faulted', failure: { code: 'record-not-writable', step: 'journal' } });
    rig.release({ kind: 'stop' }, null);
    await rig.clock.advance(15_000);
    expect(rig.told('job.opened')).toHaveLength(1);
  });

  it('is not released before the release is durable', async () => {
    const rig = await governed({ oversight: stopAfter(1) });
    await flash(rig, 1, naks, 'a');
    rig.disk.failSyncs(3);
    rig.release({ kind: 'stop' }, null);
    await rig.clock.advance(500);
    expect(rig.view().oversight.stop).not.toBeNull();
    await rig.clock.advance(10_000);
    expect(rig.view().oversight.stop).toBeNull();
  });
});

describe('a board that failed in two slots', () => {
  it('is refused in any slot with nothing written, until it is released', async () => {
    const rig = await governed({ slots: 3, oversight: { blame: { ...noOversight.blame, rejectSlots: 2 } } });
    await flash(rig, 1, naks, 'a', rig.insertNormal);
    await flash(rig, 2, naks, 'a', rig.insertNormal);
    const [rejected] = rig.told('board.rejected');
    expect(rejected).toMatchObject({ slots: [1, 2], code: 'device-refused' });
    await flash(rig, 3, [], 'a', rig.insertNormal);
    const refused = (await rig.records()).at(-1);
    expect(refused).toMatchObject({ verdict: 'ABORTED', written: 'none', failure: { code: 'board-rejected' } });
    rig.release({ kind: 'board', unit: rejected?.unit ?? '' }, null);
    await rig.clock.advance(100);
    await flash(rig, 3, [], 'a', rig.insertNormal);
    expect((await rig.records()).at(-1)?.verdict).toBe('PASS');
  });
});

describe('the golden unit', () => {
  it('comes first: any other is refused with nothing written, and its own record is no yield', async () => {
    const probe = await stationRig();
    const golden = probe.imeiOf('golden');
    const oversight = { golden: { units: [golden], each: 'start', validHours: 8 } } as const;
    const rig = await governed({ oversight });
    expect(rig.view().oversight.golden).toBe('needed');
    await flash(rig, 1, [], 'a', rig.insertNormal);
    await flash(rig, 1, naks, 'golden', rig.insertNormal);
    expect(rig.view().oversight.golden).toBe('failed');
    await flash(rig, 1, [], 'a', rig.insertNormal);
    await flash(rig, 1, [], 'golden', rig.insertNormal);
    expect(rig.view().oversight.golden).toBe('passed');
    await flash(rig, 1, [], 'a', rig.insertNormal);
    expect((await rig.records()).map(({ kind, verdict, written, failure }) => [kind, verdict, written, failure?.code])).toEqual([
      ['flash', 'ABORTED', 'none', 'golden-unit-first'],
      ['golden', 'FAIL', 'maybe', 'device-refused'],
      ['flash', 'ABORTED', 'none', 'golden-unit-first'],
      ['golden', 'PASS', 'all', undefined],
      ['flash', 'PASS', 'all', undefined],
    ]);
    expect(rig.view().counts).toEqual({ PASS: 1, FAIL: 0, UNKNOWN: 0, ABORTED: 2 });
    expect(rig.told('golden.changed').map(({ state }) => state)).toEqual(['failed', 'passed']);
    // Its time runs out with no record that says so.
    await rig.clock.advance(8 * 3_600_000);
    await flash(rig, 1, [], 'b', rig.insertNormal);
    expect((await rig.records()).at(-1)?.failure?.code).toBe('golden-unit-first');
    expect(rig.told('golden.changed').map(({ state }) => state)).toEqual(['failed', 'passed', 'needed']);
  });
});

describe('a wrong supervisor code', () => {
  it('makes the next try wait longer each time, and a right one in that time is not looked at', async () => {
    const rig = await governed({ oversight: { ...stopAfter(1), supervisors: [wang] } });
    await flash(rig, 1, naks, 'a');
    const refusals: unknown[] = [];
    for (const waitMs of [1_000, 2_000, 4_000]) {
      rig.release({ kind: 'stop' }, 'guess');
      await rig.clock.advance(10);
      rig.release({ kind: 'stop' }, 'wang');
      await rig.clock.advance(waitMs);
    }
    refusals.push(...rig.told('release.refused').map(({ refusal }) => refusal));
    expect(refusals).toMatchObject([
      { reason: 'codeWrong', waitMs: 1_000, wrongCodes: 1 },
      { reason: 'tooSoon' },
      { reason: 'codeWrong', waitMs: 2_000, wrongCodes: 2 },
      { reason: 'tooSoon' },
      { reason: 'codeWrong', waitMs: 4_000, wrongCodes: 3 },
      { reason: 'tooSoon' },
    ]);
    rig.release({ kind: 'stop' }, 'wang');
    await rig.clock.advance(10);
    expect(rig.view().oversight.stop).toBeNull();
  });

  it('of one of several supervisors tells who it was', async () => {
    const rig = await governed({
      oversight: { ...stopAfter(1), supervisors: [wang, { ...wang, name: 'zhao', hash: 'code of zhao' }] },
    });
    await flash(rig, 1, naks, 'a');
    rig.release({ kind: 'stop' }, 'zhao');
    await rig.clock.advance(10);
    expect(rig.told('release.granted').map(({ by }) => by)).toEqual(['zhao']);
  });
});

// The failure tally: how often today, and which board keeps failing wherever it is put.
import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../src/domain/failure.ts';
import { boardOf, emptyTally, failuresInARow, type TalliedRecord, tallyOf, withRecord } from '../../src/station/failure-tally.ts';
import type { WrittenRecord } from '../../src/trace/line.ts';
import { jobFacts, recordOf } from '../trace/rig.ts';
import { aSlot } from '../views/station-view.ts';

const day = '2026-11-22';
const failed = (board: string, code: FailureCode, on = day): TalliedRecord => ({
  board,
  day: on,
  verdict: 'FAIL',
  failure: { code, step: 'programming' },
});
const passed = (board: string): TalliedRecord => ({ board, day, verdict: 'PASS', failure: null });
const fold = (...records: TalliedRecord[]) => records.reduce(withRecord, emptyTally);

const imei = '861234567890127';
const inSlot = (number: number) => aSlot(number, { imei });

describe('the tally of failures', () => {
  it('counts each code of the day, and begins anew with the next day', () => {
    const tally = fold(failed('a', 'stalled'), failed('b', 'stalled'), failed('c', 'rom-silent'));
    expect(tally.today).toEqual({ stalled: 2, 'rom-silent': 1 });
    expect(withRecord(tally, failed('a', 'stalled', '2026-11-23')).today).toEqual({ stalled: 1 });
  });

  it('is the same after a restart of the station, from the records of its journal', () => {
    const line = (recordId: string, finishedAt: string): WrittenRecord => ({
      type: 'record',
      ...recordOf(jobFacts(recordId), recordId, 'FAIL'),
      finishedAt,
      failure: { code: 'stalled', step: 'write-ap', blame: 'unit' },
      seq: 1,
      durableSeq: 0,
      at: finishedAt,
      prevHash: '',
      hash: '',
    });
    const { unit } = jobFacts('J');
    const lines = [
      line('1', '2026-11-21T23:59:00.000+08:00'),
      line('2', '2026-11-22T00:01:00.000+08:00'),
      line('3', '2026-11-22T08:00:00.000+08:00'),
    ];
    const tally = tallyOf(lines);
    expect([tally.day, tally.today]).toEqual([day, { stalled: 2 }]);
    expect(failuresInARow(tally, aSlot(9, { imei: unit.imeiAfter ?? unit.imeiBefore, sn: unit.sn }))).toBe(3);
  });

  it('follows a board from slot to slot by its IMEI, until it passes', () => {
    const tally = fold(failed(imei, 'stalled'), failed(imei, 'rom-silent'));
    expect([failuresInARow(tally, inSlot(1)), failuresInARow(tally, inSlot(9))]).toEqual([2, 2]);
    expect(failuresInARow(withRecord(tally, passed(imei)), inSlot(9))).toBe(0);
  });

  it('knows a board that never said who it is by its slot', () => {
    expect(boardOf(aSlot(4))).toBe('slot 4');
    expect(failuresInARow(fold(failed('slot 4', 'rom-silent')), aSlot(4))).toBe(1);
  });

  it('does not climb where seat, cable or power are not to blame', () => {
    expect(failuresInARow(fold(failed(imei, 'model-not-allowed'), failed(imei, 'imei-invalid')), inSlot(1))).toBe(0);
  });

  it('stays bounded, and forgets the board that failed longest ago', () => {
    const many = Array.from({ length: 600 }, (_, index) => failed(`board ${index}`, 'stalled'));
    const tally = fold(failed('first', 'stalled'), ...many.slice(0, 400), failed('first', 'stalled'), ...many.slice(400));
    expect(tally.streaks.size).toBe(500);
    expect([tally.streaks.get('first'), tally.streaks.get('board 0'), tally.streaks.get('board 599')]).toEqual([2, undefined, 1]);
  });
});

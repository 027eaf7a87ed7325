// Blame across jobs: slot, board, hub, package.
import { describe, expect, it } from 'vitest';
import { noOversight, type OversightSettings } from '../../../src/config/oversight-fields.ts';
import { rejectionOf } from '../../../src/station/rules/blame.ts';
import { findPatterns } from '../../../src/station/rules/patterns.ts';
import { standingOf } from '../../../src/station/rules/standing.ts';
import type { HistoryLine } from '../../../src/trace/line.ts';
import { anOverride, aRecord, imeiOf, type RecordFacts, startMs } from './lines.ts';

const settings: OversightSettings = {
  ...noOversight,
  blame: { quarantineBoards: 3, rejectSlots: 2, sameCodeSlots: 4, sameCodeMinutes: 10 },
};
const seen = (lines: readonly HistoryLine[], changed: Partial<OversightSettings['blame']> = {}) => {
  const used = { ...settings, blame: { ...settings.blame, ...changed } };
  const standing = standingOf(lines, used);
  return {
    quarantined: [...standing.blame.quarantined.values()],
    rejected: (number: number) => rejectionOf(standing.blame, imeiOf(number), used.blame),
    patterns: (minutes = 0) => findPatterns(standing.recent, startMs + minutes * 60_000, used.blame),
  };
};
const failed = (board: number, slot = 1, facts: RecordFacts = {}) =>
  aRecord({ slot, imei: imeiOf(board), code: 'burn-failed', ...facts });
const passed = (board: number, slot = 1) => aRecord({ slot, imei: imeiOf(board) });

describe('a slot', () => {
  it('is quarantined when so many different boards failed in it, none passing in between', () => {
    expect(seen([failed(1), failed(2)]).quarantined).toEqual([]);
    expect(seen([failed(1), failed(2), failed(3)]).quarantined).toEqual([
      { slot: 1, usbPath: 'a/1.1', boards: 3, code: 'burn-failed' },
    ]);
    expect(seen([failed(1), failed(2), passed(9), failed(3)]).quarantined).toEqual([]);
  });

  it('is not quarantined for one board that fails again and again in it', () => {
    expect(seen([failed(1), failed(1), failed(1), failed(1)]).quarantined).toEqual([]);
  });

  it('counts boards that told no name by their insertions, not by their jobs', () => {
    const mute = (insertion: number, job: number) =>
      aRecord({ code: 'rom-silent', imei: null, insertion, jobId: `run-1-${job}` });
    expect(seen([mute(1, 1), mute(1, 2), mute(1, 3)]).quarantined).toEqual([]);
    expect(seen([mute(1, 1), mute(2, 2), mute(3, 3)]).quarantined).toHaveLength(1);
  });

  it('answers for what is its own also where nothing was written, and never for what the operator or the station did', () => {
    const aborted = (board: number, code: 'serial-path-missing' | 'removed-early' | 'window-missed') =>
      failed(board, 1, { verdict: 'ABORTED', code });
    expect(seen([1, 2, 3].map((board) => aborted(board, 'serial-path-missing'))).quarantined).toHaveLength(1);
    expect(seen([1, 2, 3].map((board) => aborted(board, 'removed-early'))).quarantined).toEqual([]);
    expect(seen([1, 2, 3].map((board) => failed(board, 1, { code: 'model-not-allowed' }))).quarantined).toEqual([]);
    expect(seen([1, 2, 3].map((board) => failed(board, 1, { code: 'process-killed', verdict: 'UNKNOWN' }))).quarantined).toEqual(
      [],
    );
  });

  it('is not blamed by golden units and restores', () => {
    expect(seen([1, 2, 3].map((board) => failed(board, 1, { kind: 'golden' }))).quarantined).toEqual([]);
  });

  it('is known by its place, whatever number it has', () => {
    const renumbered = [failed(1, 1), failed(2, 1), failed(3, 7, { usbPath: 'a/1.1' })];
    expect(seen(renumbered).quarantined).toEqual([{ slot: 7, usbPath: 'a/1.1', boards: 3, code: 'burn-failed' }]);
  });

  it('starts anew when it is released', () => {
    const release = anOverride({ rule: 'slot-quarantined', slot: { number: 1, usbPath: 'a/1.1' } });
    expect(seen([failed(1), failed(2), failed(3), release]).quarantined).toEqual([]);
    expect(seen([failed(1), failed(2), failed(3), release, failed(4), failed(5)]).quarantined).toEqual([]);
  });

  it('is acquitted of a board that failed elsewhere too, but a quarantine that stands is a person’s to lift', () => {
    expect(seen([failed(1, 1), failed(2, 1), failed(1, 2), failed(3, 1)]).quarantined).toEqual([]);
    expect(seen([failed(1), failed(2), failed(3), failed(3, 2)]).quarantined).toHaveLength(1);
  });

  it('is never quarantined where the station file says 0', () => {
    expect(seen([failed(1), failed(2), failed(3)], { quarantineBoards: 0 }).quarantined).toEqual([]);
  });
});

describe('a board', () => {
  it('is rejected when it failed in two slots', () => {
    const found = seen([failed(1, 1), failed(1, 2)]);
    expect(found.rejected(1)).toEqual({ unit: imeiOf(1), slots: [1, 2], code: 'burn-failed' });
    expect(found.rejected(2)).toBeNull();
  });

  it('is not rejected for two failures in one slot, nor when it passed in between', () => {
    expect(seen([failed(1, 1), failed(1, 1)]).rejected(1)).toBeNull();
    expect(seen([failed(1, 1), passed(1, 3), failed(1, 2)]).rejected(1)).toBeNull();
  });

  it('may be tried again when it is released', () => {
    const release = anOverride({ rule: 'board-rejected', unit: imeiOf(1) });
    expect(seen([failed(1, 1), failed(1, 2), release]).rejected(1)).toBeNull();
  });

  it('without identity data is not taken for another one', () => {
    const blank = (slot: number) => aRecord({ slot, imei: '000000000000000', sn: '0000', code: 'imei-invalid' });
    const standing = standingOf([blank(1), blank(2)], settings);
    expect([...standing.blame.boards.keys()]).toEqual([]);
  });
});

describe('the same code in many slots', () => {
  const inSlots = (slots: readonly number[], facts: RecordFacts = {}) => slots.map((slot) => failed(slot, slot, facts));

  it('points at the hub where they all are on one, though others pass elsewhere', () => {
    const lines = [...inSlots([1, 2, 3, 4]), ...[5, 6, 7, 8].map((slot) => aRecord({ slot, usbPath: `a/2.${slot}` }))];
    expect(seen(lines).patterns()).toEqual([
      { code: 'burn-failed', slots: [1, 2, 3, 4], suspect: { kind: 'hub', usbPath: 'a/1' } },
    ]);
  });

  it('points at the package where they are on several hubs', () => {
    const lines = [1, 2, 3, 4].map((slot) => failed(slot, slot, { usbPath: `a/${slot}.1`, package: 'B' }));
    const good = [5, 6, 7, 8].map((slot) => aRecord({ slot, usbPath: `a/${slot - 4}.2`, package: 'A' }));
    expect(seen([...lines, ...good]).patterns()).toEqual([
      { code: 'burn-failed', slots: [1, 2, 3, 4], suspect: { kind: 'package', name: 'package B', sha256: 'BBBB' } },
    ]);
  });

  it('points at the station where neither hub nor package explains it', () => {
    const lines = [1, 2, 3, 4].map((slot) => failed(slot, slot, { usbPath: `a/${slot}.1`, package: String(slot % 2) }));
    expect(
      seen(lines)
        .patterns()
        .map(({ suspect }) => suspect.kind),
    ).toEqual(['station']);
  });

  it('is chance in a few of many slots, in too few slots, and when it is long ago', () => {
    const good = Array.from({ length: 20 }, (_, index) => aRecord({ slot: index + 10, usbPath: `a/1.${index + 10}` }));
    expect(seen([...inSlots([1, 2, 3, 4]), ...good]).patterns()).toEqual([]);
    expect(seen(inSlots([1, 2, 3])).patterns()).toEqual([]);
    expect(seen(inSlots([1, 2, 3, 4])).patterns(9)).toHaveLength(1);
    expect(seen(inSlots([1, 2, 3, 4])).patterns(11)).toEqual([]);
  });

  it('sees a hub that dropped its boards, and not what an operator did', () => {
    expect(seen(inSlots([1, 2, 3, 4], { verdict: 'ABORTED', code: 'removed-early' })).patterns()).toHaveLength(1);
    expect(seen(inSlots([1, 2, 3, 4], { verdict: 'ABORTED', code: 'operator-cancelled' })).patterns()).toEqual([]);
  });
});

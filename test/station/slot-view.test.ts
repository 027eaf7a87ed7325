// The read model of one slot, folded from its facts.
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { createSlotRow } from '../../src/station/slot-view.ts';

const plan: Plan = {
  platform: 'eigencomm',
  package: { name: 'p', version: '1', sha256: '' },
  steps: [
    { name: 'handshake', kind: 'handshake', bytes: 0 },
    { name: 'load', kind: 'load', bytes: 1_000 },
    { name: 'erase', kind: 'erase', bytes: 64_000 },
    { name: 'write', kind: 'write', bytes: 9_000 },
  ],
  firstWrite: 'erase',
  userData: 'replaced',
  totalBytes: 10_000,
  notes: [],
};

function rowInProgress() {
  const row = createSlotRow(3, 'a/1');
  row.apply({ type: 'job.opened', jobId: 'job', insertion: 1 }, 0);
  row.apply({ type: 'profile.chosen', profileId: 'p', plan }, 0);
  row.apply({ type: 'window.opened', windowMs: 10_000, ageMs: 400 }, 100);
  row.apply({ type: 'step.started', step: 'load' }, 200);
  row.apply({ type: 'step.finished', step: 'load', bytes: 1_000 }, 300);
  return row;
}

describe('a slot’s row', () => {
  it('knows when the slot gives a prompt up, and keeps that time when the same wait asks again', () => {
    const row = createSlotRow(3, 'a/1');
    const ask = (prompt: { kind: 'closeStrap'; withinMs: number } | null, nowMs: number) =>
      row.apply({ type: 'state.changed', state: 'waitingForBoot', prompt }, nowMs);
    const endsAtMs = () => row.view(0).promptEndsAtMs;
    ask({ kind: 'closeStrap', withinMs: 60_000 }, 1_000);
    expect(endsAtMs()).toBe(61_000);
    ask(null, 5_000);
    expect(endsAtMs()).toBeNull();
    ask({ kind: 'closeStrap', withinMs: 60_000 }, 9_000);
    expect(endsAtMs()).toBe(61_000);
    row.apply({ type: 'state.changed', state: 'restarting', prompt: { kind: 'releaseStrap', withinMs: 30_000 } }, 20_000);
    expect(endsAtMs()).toBe(50_000);
    row.apply({ type: 'state.changed', state: 'passed', prompt: { kind: 'removeBoard' } }, 40_000);
    expect(endsAtMs()).toBeNull();
  });

  it('counts loads and writes, not erases, and never beyond the total', () => {
    const row = rowInProgress();
    row.apply({ type: 'step.started', step: 'erase' }, 400);
    row.apply({ type: 'step.progressed', step: 'erase', bytes: 64_000 }, 500);
    expect(row.view(500)).toMatchObject({ bytesDone: 1_000, bytesTotal: 10_000, step: 'erase' });
    row.apply({ type: 'step.started', step: 'write' }, 1_000);
    row.apply({ type: 'step.progressed', step: 'write', bytes: 3_000 }, 2_000);
    row.apply({ type: 'step.progressed', step: 'write', bytes: 6_000 }, 3_000);
    expect(row.view(3_000)).toMatchObject({ bytesDone: 7_000, bytesPerSecond: 2_500 });
    row.apply({ type: 'step.finished', step: 'write', bytes: 9_000 }, 4_000);
    expect(row.view(4_000).bytesDone).toBe(10_000);
  });

  it('tells the window by its end, and its margin once it is closed', () => {
    const row = rowInProgress();
    expect(row.view(200).window).toEqual({ endsAtMs: 9_700, windowMs: 10_000, marginMs: null });
    row.apply({ type: 'window.closed', marginMs: 9_000, handshakeMs: 1_000 }, 700);
    expect(row.view(700).window?.marginMs).toBe(9_000);
  });

  it('tells nothing of the unit that passed once another device is in the slot', () => {
    const row = rowInProgress();
    const identification = { model: 'EC800E', revision: 'r', imei: '861234567890127' };
    row.apply({ type: 'board.identified', identification }, 400);
    row.apply({ type: 'record.written', recordId: 'r1', kind: 'flash', verdict: 'PASS', failure: null, forRework: false }, 500);
    row.apply({ type: 'state.changed', state: 'passed', prompt: { kind: 'removeBoard' } }, 500);
    expect(row.view(500)).toMatchObject({ verdict: 'PASS', imei: '861234567890127' });
    row.apply({ type: 'state.changed', state: 'replaced', prompt: { kind: 'removeBoard' } }, 600);
    expect(row.view(600)).toMatchObject({ state: 'replaced', prompt: { kind: 'removeBoard' } });
    expect(row.view(600)).toMatchObject({ verdict: null, recordId: null, imei: null, jobId: null });
  });

  it('says DO NOT UNPLUG exactly while it is programming', () => {
    const row = rowInProgress();
    const seen = (['holding', 'programming', 'restarting'] as const).map((state) => {
      row.apply({ type: 'state.changed', state, prompt: null }, 1_000);
      return row.view(1_000).beingWritten;
    });
    expect(seen).toEqual([false, true, false]);
  });

  it('forgets everything of the board, its bytes too, when the slot is empty again', () => {
    const row = rowInProgress();
    row.apply({ type: 'record.written', recordId: 'r', kind: 'flash', forRework: false, verdict: 'PASS', failure: null }, 5_000);
    row.apply({ type: 'state.changed', state: 'empty', prompt: null }, 9_000);
    expect(row.view(9_000)).toMatchObject({
      jobId: null,
      verdict: null,
      recordId: null,
      bytesDone: 0,
      bytesTotal: 0,
      bytesPerSecond: 0,
      window: null,
      insertion: 1,
    });
  });

  it('starts a retry with nothing of the job before', () => {
    const row = rowInProgress();
    row.apply(
      {
        type: 'record.written',
        recordId: 'r',
        kind: 'flash',
        forRework: false,
        verdict: 'FAIL',
        failure: { code: 'burn-failed', step: 'write' },
      },
      5_000,
    );
    row.apply({ type: 'job.opened', jobId: 'job-2', insertion: 1 }, 6_000);
    expect(row.view(6_000)).toMatchObject({
      verdict: null,
      failure: null,
      bytesDone: 0,
      jobStartedAtMs: 6_000,
      jobFinishedAtMs: null,
    });
  });

  it('is a value that survives serialisation', () => {
    const view = rowInProgress().view(300);
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  });
});

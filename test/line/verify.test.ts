// `flashrack verify`: a look at a unit over AT, against its profile and its record; nothing is written unless it is asked for.
import { describe, expect, it } from 'vitest';
import type { RecordBody } from '../../src/domain/record.ts';
import { foldReport } from '../../src/reports/report.ts';
import { runPlainView } from '../../src/views/cli/plain-lines.ts';
import { stationLine } from '../../src/views/dashboard/station-lines.ts';
import { machineRig } from '../slot/machine-rig.ts';
import { replayed, transcriptKeeper } from '../slot/transcript-keeper.ts';
import { flashOf, type Line, type LineOptions, newRevision, oldRevision, startLine, unit } from './rules-run.ts';

const looking = { changed: { purpose: { kind: 'verify', reflash: false } } } as const satisfies LineOptions;
const reflashing = { changed: { purpose: { kind: 'verify', reflash: true } } } as const satisfies LineOptions;

/** The same records and the same time: QA, after production. */
async function thenVerify(line: Line, options: LineOptions = looking): Promise<Line> {
  await line.stop();
  return startLine({ ...options, clock: line.clock, disk: line.disk });
}

describe('a look at a unit', () => {
  it('that this station has flashed passes by its revision, its identity and its record; its download mode is never asked for', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A');
    const flashed = await line.visit(board, 'passed');
    const qa = await thenVerify(line);
    const before = flashOf(board);
    const record = await qa.visit(board, 'passed');
    expect(record).toMatchObject({
      kind: 'verify',
      verdict: 'PASS',
      written: 'none',
      failure: null,
      entry: { method: null },
      unit: { imeiAfter: board.identity.imei, revisionAfter: newRevision },
      evidence: { 'record.found': true, 'record.id': flashed.recordId, 'record.verdict': 'PASS', 'record.revision': newRevision },
    });
    expect(record.steps.map(({ name }) => name)).toEqual(['identifying']);
    expect(flashOf(board)).toEqual(before);
    await qa.stop();
    expect(await qa.station.ended).toBe(0);
  });

  it('that is in no record is judged by revision and identity, and its record says so', async () => {
    const qa = await startLine(looking);
    expect(await qa.visit(unit(qa.clock, 'A', { revision: newRevision }), 'passed')).toMatchObject({
      kind: 'verify',
      evidence: { 'record.found': false },
    });
  });

  it('with another revision fails, and is left as it is', async () => {
    const qa = await startLine(looking);
    const board = unit(qa.clock, 'A');
    const before = flashOf(board);
    expect(await qa.visit(board, 'failed')).toMatchObject({
      kind: 'verify',
      verdict: 'FAIL',
      written: 'none',
      failure: { code: 'revision-mismatch', step: 'verifying', expected: newRevision, actual: oldRevision },
    });
    expect(flashOf(board)).toEqual(before);
    expect(board.report().commands).toEqual({});
  });

  it('whose last flashing is UNKNOWN fails though it tells the right revision', async () => {
    const line = await startLine();
    const stalled = [{ kind: 'stall', when: { command: 'FDL2 MIDST_DATA', count: 3 } }] as const;
    const last = await line.visit(unit(line.clock, 'A', { faults: stalled }), 'unknown');
    const qa = await thenVerify(line);
    expect(await qa.visit(unit(qa.clock, 'A', { revision: newRevision }), 'failed')).toMatchObject({
      failure: { code: 'record-not-passed', actual: `UNKNOWN, ${last.failure?.code}` },
    });
  });

  it('whose record tells another model, or another revision of the same profile, fails', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A');
    const flashed = await line.visit(board, 'passed');
    const otherwise = (changed: Partial<RecordBody['unit']>): LineOptions => ({
      changed: {
        ...looking.changed,
        history: { recordsOf: () => Promise.resolve([{ ...flashed, unit: { ...flashed.unit, ...changed } }]) },
      },
    });
    const byRevision = await thenVerify(line, otherwise({ revisionAfter: oldRevision }));
    expect(await byRevision.visit(board, 'failed')).toMatchObject({
      failure: { code: 'record-differs', expected: oldRevision, actual: newRevision },
    });
    const byImei = await thenVerify(byRevision, otherwise({ imeiAfter: '490154203237518' }));
    expect(await byImei.visit(board, 'failed')).toMatchObject({
      failure: { code: 'record-differs', expected: '490154203237518', actual: board.identity.imei },
    });
  });

  it('says nothing of a unit while its history cannot be read', async () => {
    const qa = await startLine({
      changed: { ...looking.changed, history: { recordsOf: () => Promise.reject(new Error('the index is behind')) } },
    });
    expect(await qa.visit(unit(qa.clock, 'A', { revision: newRevision }), 'aborted')).toMatchObject({
      kind: 'verify',
      verdict: 'ABORTED',
      failure: { code: 'history-unavailable' },
    });
  });

  it('in download mode is told to release its strap, and nothing is sent to it', async () => {
    const qa = await startLine(looking);
    const board = unit(qa.clock, 'A');
    qa.insert(1, board, 'strapped');
    await qa.until(1, 'aborted');
    expect((await qa.records()).at(-1)).toMatchObject({ kind: 'verify', failure: { code: 'strap-still-closed' } });
    expect(board.report().commands).toEqual({});
  });

  it('finds a mute module: it fails, and nobody is asked to strap it', async () => {
    const rig = machineRig({ purpose: { kind: 'verify', reflash: true } });
    await rig.attach('normal');
    await rig.done('identify', 'silent');
    expect(rig.path()).toBe('recording');
    expect(rig.context().decision).toMatchObject({ verdict: 'FAIL', written: 'none', failure: { code: 'module-silent' } });
    await rig.done('record', { verdict: 'FAIL', released: true });
    expect(rig.path()).toBe('failed.present');
  });

  it('is in no yield, and the plain line says what it is', async () => {
    const lines: string[] = [];
    const qa = await startLine(looking);
    runPlainView(qa.station.console, { write: (line) => lines.push(line), lang: 'en', json: false });
    const record = await qa.visit(unit(qa.clock, 'A', { revision: newRevision }), 'passed');
    expect(lines.filter((line) => line.includes('PASS kind=verify'))).toHaveLength(1);
    const heading = (lang: 'en' | 'zh') =>
      stationLine(qa.station.console.view(), lang, 120)
        .map(({ text }) => text)
        .join('');
    expect(heading('en')).toContain('VERIFY, READ ONLY');
    expect(heading('zh')).toContain('检验（只读）');
    const report = foldReport();
    report.add(record);
    expect(report.result().units).toMatchObject({ attempted: 0 });
  });
});

describe('the transcripts of a run that verifies', () => {
  it('replay to the same end: the look, and the flash after it', async () => {
    const keeper = transcriptKeeper();
    const qa = await startLine({ changed: { ...reflashing.changed, keepTranscript: keeper.keepTranscript } });
    const refusing = [{ kind: 'nak', when: { command: 'FDL2 MIDST_DATA', count: 3 }, errorCode: 0x82 }] as const;
    qa.insert(1, unit(qa.clock, 'A', { faults: refusing }));
    await qa.clock.advance(120_000);
    const transcripts = keeper.transcripts();
    expect(transcripts.map(({ header }) => header.job.kind)).toEqual(['verify', 'flash']);
    for (const transcript of transcripts)
      expect(await replayed(transcript, [qa.kit])).toEqual({ kind: 'same', end: transcript.end });
  });
});

describe('--reflash', () => {
  it('flashes what failed for its revision, in the same insertion; the records say why', async () => {
    const qa = await startLine(reflashing);
    const board = unit(qa.clock, 'A');
    qa.insert(1, board);
    await qa.until(1, 'passed');
    const records = await qa.records();
    expect(records).toMatchObject([
      { kind: 'verify', verdict: 'FAIL', failure: { code: 'revision-mismatch' }, slot: { insertions: 1 } },
      { kind: 'flash', verdict: 'PASS', attempt: 1, retestReason: 'verify-failed', slot: { insertions: 1 } },
    ]);
    expect(board.report().violations).toEqual([]);
    await qa.remove(1);
    expect(await qa.visit(board, 'passed')).toMatchObject({ kind: 'verify', verdict: 'PASS' });
  });

  it('lets a unit in that has passed in the order, once a look has found its revision wrong', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A');
    await line.visit(board, 'passed');
    const qa = await thenVerify(line, reflashing);
    qa.insert(1, unit(qa.clock, 'A'));
    await qa.until(1, 'passed');
    expect((await qa.records()).slice(1)).toMatchObject([
      { kind: 'verify', failure: { code: 'revision-mismatch' } },
      { kind: 'flash', verdict: 'PASS', attempt: 2, retestReason: 'verify-failed' },
    ]);
  });

  it('leaves alone a unit whose identity is not that of its record', async () => {
    const line = await startLine();
    const board = unit(line.clock, 'A');
    const flashed = await line.visit(board, 'passed');
    const unit2 = { ...flashed.unit, imeiAfter: '490154203237518' };
    const qa = await thenVerify(line, {
      changed: { ...reflashing.changed, history: { recordsOf: () => Promise.resolve([{ ...flashed, unit: unit2 }]) } },
    });
    expect(await qa.visit(board, 'failed')).toMatchObject({ kind: 'verify', failure: { code: 'record-differs' } });
  });
});

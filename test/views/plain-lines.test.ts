// The plain view: one line per event, exactly one verdict line per record, and an output that may go away.
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SlotView } from '../../src/station/read-model.ts';
import { lineWriter } from '../../src/views/cli/output.ts';
import { runPlainView } from '../../src/views/cli/plain-lines.ts';
import type { Language } from '../../src/views/words/language.ts';
import { aConsole, aFailure, anEvent, aRack, aSlot, aView, slotThat, startedWallMs } from './station-view.ts';

function watch(slots: readonly SlotView[], { lang = 'en' as Language, json = false } = {}) {
  const lines: string[] = [];
  const station = aConsole(aView(slots));
  const view = runPlainView(station, { write: (line) => lines.push(line), lang, json });
  return { lines, station, view };
}

const passed = (slot: number, recordId = `R${slot}`) =>
  anEvent(slot, { type: 'record.written', recordId, kind: 'flash', forRework: false, verdict: 'PASS', failure: null }, 43_000);
const failed = (slot: number) =>
  anEvent(
    slot,
    { type: 'record.written', recordId: 'RF', kind: 'flash', forRework: false, verdict: 'FAIL', failure: aFailure },
    4_000,
  );
const progress = (afterMs: number) => anEvent(1, { type: 'step.progressed', step: 'write-ap', bytes: 1 }, afterMs);

describe('a verdict line', () => {
  it('tells a PASS with board, duration and record', () => {
    const { lines, station } = watch([slotThat.passed(3)]);
    station.tell(passed(3));
    expect(lines).toEqual([
      expect.stringMatching(/^06:00:43 {2}slot 03 {2}PASS model=EC800E imei=861234567890127 sn=SN3 duration=42\.0s record=R3$/),
    ]);
  });

  it('tells code, blame, facts and action of anything else', () => {
    const { lines, station } = watch([slotThat.failed(4)]);
    station.tell(failed(4));
    expect(lines[0]).toMatch(
      / {2}slot 04 {2}FAIL code=model-not-allowed blame=operator .*record=RF .*expected=EC800E actual=EC200U/,
    );
    expect(lines[0]).toContain('Do: Take the board out');
  });

  it('is in Chinese with the same keys where Chinese is chosen', () => {
    const { lines, station } = watch([slotThat.failed(4)], { lang: 'zh' });
    station.tell(failed(4));
    expect(lines[0]).toMatch(/FAIL 不合格 code=model-not-allowed blame=operator .*处理：请取出模块/);
  });

  it('comes exactly once per record, whatever else is told', () => {
    const { lines, station, view } = watch(aRack(8));
    station.tell(passed(2));
    station.tell(anEvent(2, { type: 'state.changed', state: 'passed', prompt: { kind: 'removeBoard' } }));
    station.tell(passed(2));
    station.tell(anEvent(2, { type: 'note.added', text: 'x' }));
    station.tell(passed(2, 'second'));
    station.tell(failed(3));
    view.stop();
    expect(lines.filter((line) => /\bPASS\b/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /\bFAIL\b/.test(line))).toHaveLength(1);
  });

  it('tells a record that recovery made', () => {
    const { lines, station } = watch([]);
    const board = { slot: 5, unit: '860000000000001', step: 'write-ap' };
    station.tell(anEvent(null, { type: 'job.recovered', jobId: 'job-9', verdict: 'UNKNOWN', board }));
    expect(lines[0]).toMatch(
      / {2}station {2}UNKNOWN .*job-9.*check this board first: slot 5, unit 860000000000001, step write ap/,
    );
  });

  it('tells a torn tail that was cut off, and an outbox that is late', () => {
    const { lines, station } = watch([]);
    station.tell(anEvent(null, { type: 'tail.cutOff', file: 'a.jsonl', copiedTo: 'a.jsonl.torn-1', bytes: 12 }));
    const outbox = { name: 'mes', ageMs: 61_000, trouble: 'away', demand: 'block' } as const;
    station.tell(anEvent(null, { type: 'outbox.changed', outbox }));
    expect(lines[0]).toMatch(/journal a\.jsonl: 12 B .*kept in a\.jsonl\.torn-1/);
    expect(lines[1]).toMatch(/outbox mes: late, no new job starts, oldest record waits 1:01: away/);
  });
});

describe('progress', () => {
  const at = (bytesDone: number): SlotView => aSlot(1, { ...slotThat.isWritten(1), bytesDone });

  it('is told once per 10 % or 2 s of a slot', () => {
    const { lines, station } = watch([at(0)]);
    for (let tick = 0; tick <= 40; tick++) {
      station.show(aView([at(tick * 7_000)]));
      station.tell(progress(tick * 250));
    }
    // 10 s at 1 % in 4 ticks: the first one, then five by the clock.
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toMatch(/write ap: 10 %, 0\.28\/2\.80 MB, 64 kB\/s/);
  });

  it('is told by share when it is fast, and starts anew with the next job', () => {
    const { lines, station } = watch([at(0)]);
    for (let tick = 0; tick <= 100; tick++) {
      station.show(aView([at(tick * 28_000)]));
      station.tell(progress(tick));
    }
    expect(lines).toHaveLength(11);
    station.show(aView([{ ...at(0), jobId: 'next' }]));
    station.tell(progress(101));
    expect(lines).toHaveLength(12);
  });
});

describe('the plain view', () => {
  it('ends with one summary, at station.ended or when stopped', () => {
    const { lines, station, view } = watch(aRack(2));
    station.tell(anEvent(null, { type: 'station.ended', exitCode: 1 }));
    view.stop();
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('summary: 16 boards, 12 passed, 1 failed, 1 unknown, 2 aborted, yield 85.7 %');
    expect(station.listeners()).toBe(0);
  });

  it('never lets a device act on the terminal', () => {
    const evil = '\u001b[2J\u009b31m\u202e\r\n';
    for (const json of [false, true]) {
      const { lines, station } = watch([aSlot(1, { ...slotThat.passed(1), model: evil, sn: evil })], { json });
      station.tell(anEvent(1, { type: 'note.added', text: evil }));
      station.tell(anEvent(1, { type: 'board.identified', identification: { model: evil, revision: evil } }));
      station.tell(anEvent(null, { type: 'device.unusable', usbPath: evil, reason: evil, cure: evil }));
      station.tell(passed(1));
      expect(lines).toHaveLength(4);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    }
  });

  it('writes one JSON value per event with stable keys', () => {
    const { lines, station, view } = watch([slotThat.failed(4)], { json: true });
    station.tell(anEvent(null, { type: 'station.started', slots: 1 }));
    station.tell(failed(4));
    view.stop();
    const [started, verdict, summary] = lines.map((line): unknown => JSON.parse(line));
    expect(started).toEqual({ time: new Date(startedWallMs).toISOString(), slot: null, type: 'station.started', slots: 1 });
    expect(verdict).toMatchObject({
      slot: 4,
      type: 'record.written',
      verdict: 'FAIL',
      recordId: 'RF',
      code: 'model-not-allowed',
    });
    expect(verdict).toMatchObject({ blame: 'operator', imei: '861234567890127', model: 'EC800E', durationMs: 3_000 });
    expect(summary).toMatchObject({ type: 'summary', counts: { PASS: 12 }, yield: 12 / 14 });
  });

  it('goes quiet when its output is gone, by exception or by an error of the stream', async () => {
    const station = aConsole(aView([slotThat.passed(1)]));
    let calls = 0;
    const broken = () => {
      calls++;
      throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    };
    runPlainView(station, { write: broken, lang: 'en', json: false });
    let writes = 0;
    const stream = new Writable({
      autoDestroy: false,
      write: (_chunk, _encoding, done) => {
        writes++;
        done(Object.assign(new Error('write EIO'), { code: 'EIO' }));
      },
    });
    runPlainView(station, { write: lineWriter(stream), lang: 'en', json: false });
    for (let count = 0; count < 3; count++) {
      station.tell(anEvent(1, { type: 'note.added', text: 'x' }));
      await turn();
    }
    expect([calls, writes]).toEqual([1, 1]);
  });
});

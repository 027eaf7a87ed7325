// What a report says of a few records whose answer is known.
import { describe, expect, it } from 'vitest';
import type { RecordBody } from '../../src/domain/record.ts';
import { phaseTimes } from '../../src/reports/cycle.ts';
import { reportHtml } from '../../src/reports/html.ts';
import { foldReport } from '../../src/reports/report.ts';
import { type ReportSpeech, reportWords } from '../../src/reports/report-words.ts';
import { reportText } from '../../src/reports/text.ts';
import { jobFacts, recordOf } from '../trace/rig.ts';

let number = 0;
function record(unit: string, verdict: RecordBody['verdict'], more: Partial<RecordBody> = {}): RecordBody {
  const job = jobFacts(`J${++number}`, 1);
  const body = recordOf({ ...job, unit: { ...job.unit, imeiBefore: unit } }, `R${number}`, verdict === 'PASS' ? 'PASS' : 'FAIL');
  return { ...body, verdict, ...more };
}

const foldOf = (records: readonly RecordBody[]) => {
  const fold = foldReport();
  for (const one of records) fold.add(one);
  return fold.result();
};

const speech: ReportSpeech = { meaningOf: (code) => `<${code}>`, stepName: (step) => step };
const failure = (code: 'stalled' | 'unplugged') => ({ code, step: 'write-ap', blame: 'slot' }) as const;

describe('a report', () => {
  it('tells first-pass from final yield, by unit; an aborted job is no attempt', () => {
    const report = foldOf([
      record('a', 'PASS'),
      record('b', 'FAIL'),
      record('b', 'PASS'),
      record('c', 'PASS'),
      record('c', 'UNKNOWN'),
      record('d', 'ABORTED'),
      record('e', 'ABORTED'),
      record('e', 'PASS'),
    ]);
    expect(report.verdicts).toEqual({ PASS: 4, FAIL: 1, UNKNOWN: 1, ABORTED: 2 });
    expect(report.units).toEqual({ attempted: 4, firstPass: 3, finallyPassed: 3, firstPassYield: 0.75, finalYield: 0.75 });
    expect(report.unknown.map(({ unit }) => unit)).toEqual(['c']);
  });

  it('takes boards without any identity as units of their own, and counts flashing only', () => {
    const nameless = { unit: { ...jobFacts('x').unit, imeiBefore: null } };
    const report = foldOf([record('', 'FAIL', nameless), record('', 'FAIL', nameless), record('v', 'PASS', { kind: 'verify' })]);
    expect(report.records).toBe(2);
    expect(report.units.attempted).toBe(2);
  });

  it('orders failures by how often they came, with the running share', () => {
    const report = foldOf([
      record('a', 'FAIL', { failure: failure('unplugged') }),
      record('b', 'FAIL', { failure: failure('stalled') }),
      record('c', 'UNKNOWN', { failure: failure('stalled') }),
      record('d', 'FAIL', { failure: failure('stalled') }),
    ]);
    expect(report.pareto).toEqual([
      { code: 'stalled', blame: 'slot', count: 3, cumulative: 0.75 },
      { code: 'unplugged', blame: 'slot', count: 1, cumulative: 1 },
    ]);
  });

  it('shows every hour between the first and the last, also the idle ones, by the clock of the station', () => {
    const at = (hour: string): Partial<RecordBody> => ({ finishedAt: `2026-11-22T${hour}:59:00.000+08:00` });
    const report = foldOf([record('a', 'PASS', at('07')), record('b', 'FAIL', at('07')), record('c', 'PASS', at('09'))]);
    expect(report.hours).toEqual([
      { hour: '2026-11-22T07', passed: 1, other: 1 },
      { hour: '2026-11-22T08', passed: 0, other: 0 },
      { hour: '2026-11-22T09', passed: 1, other: 0 },
    ]);
  });

  it('gives each slot its yield, its wear and its least margin', () => {
    const inSlot = (slot: number, insertions: number, marginMs: number): Partial<RecordBody> => ({
      slot: { number: slot, usbPath: `p${slot}`, insertions },
      entry: { method: 'strap', windowMs: 10_000, handshakeMs: 1, marginMs },
    });
    const report = foldOf([
      record('a', 'PASS', inSlot(2, 7, 5_200)),
      record('b', 'FAIL', inSlot(2, 8, 1_100)),
      record('c', 'ABORTED', inSlot(1, 3, 900)),
    ]);
    expect(report.slots).toMatchObject([
      { slot: 1, attempts: 0, aborted: 1, yield: null, insertions: 3, worstMarginMs: 900 },
      { slot: 2, attempts: 2, passed: 1, yield: 0.5, insertions: 8, worstMarginMs: 1_100 },
    ]);
    expect(report.marginSeconds.map(({ count }) => count)).toEqual([1, 1, 0, 0, 0, 1]);
  });

  it('splits the time of a cycle by step', () => {
    const step = (name: string, at: string, durationMs: number) =>
      ({ name, startedAt: `2026-11-22T07:30:${at}+08:00`, durationMs, bytes: 0, result: 'done' }) as const;
    const one = record('a', 'PASS', {
      startedAt: '2026-11-22T07:30:00.000+08:00',
      finishedAt: '2026-11-22T07:30:40.000+08:00',
      steps: [
        step('handshake', '04.000', 100),
        step('load-agentboot', '04.100', 900),
        step('write-ap', '05.000', 20_000),
        step('reset', '25.000', 10),
      ],
    });
    const previous = Date.parse('2026-11-22T07:29:50.000+08:00');
    expect(phaseTimes(one, previous)).toEqual({
      load: 10_000,
      enter: 4_000,
      connect: 1_000,
      program: 20_000,
      restart: 15_000,
      verify: 0,
    });
    expect(phaseTimes(one, previous - 3_600_000).load).toBeNull();
  });
});

describe('the HTML page', () => {
  const hostile = '</td><script>alert(1)</script>\u202E';
  const report = foldOf([record('a', 'PASS'), record(hostile, 'UNKNOWN', { failure: failure('stalled'), workOrder: hostile })]);

  it.each(['en', 'zh'] as const)('in %s needs no other file, holds its charts, and escapes what records say', (lang) => {
    const html = reportHtml(report, { subject: hostile, made: 'now' }, reportWords[lang], speech);
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:(?!\/\/www\.w3\.org)/);
    expect(html).not.toContain('\u202E');
    expect(html).toContain(`<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}">`);
    expect(html.match(/<svg /g)?.length).toBeGreaterThanOrEqual(2);
    expect(html).toContain(reportWords[lang].finalYield);
    expect(html).toContain('&#60;stalled&#62;');
  });

  it('of nothing says so', () => {
    const html = reportHtml(foldOf([]), { subject: 'x', made: 'now' }, reportWords.en, speech);
    expect(html).toContain('no records');
    expect(html).not.toContain('NaN');
    expect(html).not.toContain('Infinity');
  });
});

it('the text keeps its columns under wide characters', () => {
  const lines = reportText(foldOf([record('a', 'PASS'), record('b', 'FAIL')]), 'WO-1', reportWords.zh, speech);
  expect(lines).toContain('一次合格率    50.0 %');
  expect(lines).toContain('合格 PASS     1');
});

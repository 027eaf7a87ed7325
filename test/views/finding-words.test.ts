// What the station concluded, in words: both languages say where, how many, and who lifts it.
import { describe, expect, it } from 'vitest';
import type { FindingEvent, GoldenState, Margins, ReleaseRefusal } from '../../src/domain/finding.ts';
import { renderFrame } from '../../src/views/dashboard/frame.ts';
import { eventText } from '../../src/views/words/event-words.ts';
import { aView, nothingFound, slotThat } from './station-view.ts';

const margins: Margins = { by: 'hub', name: 'a/1', entries: 40, lastMs: 900, p95Ms: 1_200, windowMs: 10_000, isLow: true };
const pattern = { code: 'burn-failed', slots: [1, 2, 3, 7], suspect: { kind: 'hub', usbPath: 'a/1' } } as const;
const stop = { rule: 'firstPassYield', passed: 30, attempts: 50, belowPercent: 70, at: '' } as const;
const target = { kind: 'slot', slot: 7 } as const;
const refusals: readonly ReleaseRefusal[] = [
  { reason: 'codeNeeded' },
  { reason: 'codeWrong', waitMs: 4_000, wrongCodes: 3 },
  { reason: 'tooSoon', waitMs: 4_000 },
  { reason: 'nothingToRelease' },
  { reason: 'notRecorded' },
];

const events: readonly [FindingEvent, readonly string[]][] = [
  [{ type: 'slot.quarantined', slot: 7, usbPath: 'a/1.7', boards: 3, code: 'burn-failed' }, ['7', '3', 'burn-failed']],
  [{ type: 'board.rejected', unit: 'SN\u001b[2J1', slots: [1, 2], code: 'burn-failed' }, ['1-2', 'burn-failed']],
  [{ type: 'pattern.found', pattern }, ['burn-failed', '4', '1-3 7', 'a/1']],
  [
    { type: 'pattern.found', pattern: { ...pattern, suspect: { kind: 'package', name: 'QPY', sha256: 'abcdef0123456789' } } },
    ['QPY', 'abcdef012345'],
  ],
  [{ type: 'pattern.found', pattern: { ...pattern, suspect: { kind: 'station' } } }, ['burn-failed', '4']],
  [{ type: 'production.stopped', stop }, ['30', '50', '70']],
  [{ type: 'production.stopped', stop: { rule: 'failuresInRow', failures: 10, lastCode: 'stalled', at: '' } }, ['10', 'stalled']],
  ...(['needed', 'failed', 'passed', 'off'] as const).map((state: GoldenState): [FindingEvent, string[]] => [
    { type: 'golden.changed', state },
    [],
  ]),
  [{ type: 'margin.shrinking', margins }, ['a/1', '1.2', '10.0']],
  [{ type: 'margin.recovered', margins }, ['a/1', '1.2']],
  [{ type: 'release.granted', target, by: 'wang', authority: 'supervisor' }, ['7', 'wang']],
  ...refusals.map((refusal): [FindingEvent, string[]] => [{ type: 'release.refused', target, refusal }, ['7']]),
];

describe('the words of findings', () => {
  it.each(events)('tell %o in both languages', (event, facts) => {
    const [en, zh] = [eventText(event, 'en'), eventText(event, 'zh')];
    expect(en).not.toMatch(/\p{Script=Han}/u);
    expect(zh).toMatch(/\p{Script=Han}/u);
    for (const fact of facts) for (const text of [en, zh]) expect(text).toContain(fact);
    for (const text of [en, zh]) expect(text).not.toMatch(/\p{Cc}/u);
    for (const text of [en, zh]) expect(text).not.toMatch(/\b(PASS|FAIL|UNKNOWN|ABORTED)\b/);
  });

  it.each(['en', 'zh'] as const)('stand on the screen while they last: stop, golden unit, pattern (%s)', (lang) => {
    const oversight = { ...nothingFound, stop, golden: 'needed', patterns: [pattern] } as const;
    const lines = renderFrame(aView([slotThat.passed(1)], { oversight }), {
      columns: 120,
      rows: 30,
      lang,
      selectedSlot: 1,
      colour: false,
    });
    const text = lines.join('\n');
    expect(text).toMatch(lang === 'en' ? /PRODUCTION STOPPED/ : /生产已停止/);
    expect(text).toMatch(lang === 'en' ? /Golden unit first/ : /请先测标准件/);
    expect(text).toContain('burn-failed');
  });
});

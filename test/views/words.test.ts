// The words: complete in both languages, short enough for their place, and safe for every terminal.
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { failureCodes } from '../../src/domain/failure.ts';
import { eventText } from '../../src/views/words/event-words.ts';
import { failureWords } from '../../src/views/words/failure-words.ts';
import { percent, share, size, sizeOf, slotList, stopwatch } from '../../src/views/words/format.ts';
import { scanWords } from '../../src/views/words/scan-words.ts';
import { screenWords } from '../../src/views/words/screen-words.ts';
import { promptWords, stateWords, verdictWords } from '../../src/views/words/state-words.ts';
import { stepWords } from '../../src/views/words/step-words.ts';
import { ladder, taskWords } from '../../src/views/words/task-words.ts';

const cjk = /\p{Script=Han}/u;
const speeches = Object.entries(failureWords).map(([code, words]) => ({ code, ...words }));

describe('the words of failures', () => {
  it('are there for every code and for no other', () => {
    expect(Object.keys(failureWords).sort()).toEqual(Object.keys(failureCodes).sort());
  });

  it.each(speeches)('$code says what it means and one thing to do, in English and Chinese', ({ en, zh }) => {
    for (const text of [en.says, en.action]) {
      expect(text).toMatch(/^[A-Za-z].*\.$/);
      expect(text).not.toMatch(cjk);
    }
    for (const text of [zh.says, zh.action]) {
      expect(text).toMatch(cjk);
      expect(text).toMatch(/。$/);
    }
    expect(en.action.match(/\.( |$)/g)).toHaveLength(1);
    expect(zh.action.match(/。/g)).toHaveLength(1);
  });

  it.each(speeches)('$code does not name a verdict: lines are told apart by that word', ({ en, zh }) => {
    expect([en.says, en.action, zh.says, zh.action].join(' ')).not.toMatch(/\b(PASS|FAIL|UNKNOWN|ABORTED)\b/);
  });
});

const leaves = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
};

describe('all words', () => {
  const all = [failureWords, stateWords, promptWords, verdictWords, screenWords, scanWords, taskWords, ladder].flatMap(leaves);

  it('are never empty', () => {
    expect(all.length).toBeGreaterThan(400);
    expect(all.filter((text) => text.trim() === '')).toEqual([]);
  });

  it('hold no character whose width depends on the terminal', () => {
    expect(all.filter((text) => stringWidth(text) !== stringWidth(text, { ambiguousIsNarrow: false }))).toEqual([]);
  });

  it('fit into their columns of the table', () => {
    const words = [stateWords.en, stateWords.zh, promptWords.en, promptWords.zh].flatMap((each) =>
      Object.values<{ name: string }>(each),
    );
    expect(words.map(({ name }) => name).filter((name) => stringWidth(name) > 14)).toEqual([]);
    expect(Object.values(screenWords).filter(({ number }) => stringWidth(number) > 3)).toEqual([]);
  });
});

describe('words of events and steps', () => {
  it('give a prompt in the carrier’s own step', () => {
    const prompt = { kind: 'closeStrap', carrierStep: { en: 'Bridge IO19 to GND', zh: '短接 IO19' } } as const;
    expect(eventText({ type: 'state.changed', state: 'waitingForBoot', prompt }, 'en')).toContain('Bridge IO19 to GND');
    expect(eventText({ type: 'state.changed', state: 'waitingForBoot', prompt }, 'zh')).toContain('短接 IO19');
  });

  it('name the slots that must not be unplugged when a stop is refused', () => {
    expect(eventText({ type: 'stop.refused', writing: [1, 2, 3, 7] }, 'en')).toContain('slots 1-3 7');
    expect(eventText({ type: 'stop.refused', writing: [4] }, 'zh')).toMatch(/禁止拔出.*4/);
  });

  it('show a step they do not know as it is', () => {
    expect(stepWords('frobnicate', 'zh')).toBe('frobnicate');
    expect(stepWords('constructor', 'en')).toBe('constructor');
    expect(stepWords('write-ap', 'zh')).toBe('写入 ap');
  });
});

describe('numbers', () => {
  it('never round up to a whole that is not there', () => {
    expect(percent(2_799_999, 2_800_000)).toBe(99);
    expect(percent(5, 0)).toBe(0);
    expect(percent(9, 8)).toBe(100);
    expect(share(9_999 / 10_000)).toBe('99.9 %');
    expect(share(1)).toBe('100.0 %');
    expect(share(null)).toBe('-');
  });

  it('read as sizes, times and slot lists', () => {
    expect([size(999), size(64_000), size(1_250_000)]).toEqual(['999 B', '64 kB', '1.25 MB']);
    expect(sizeOf(1_204_000, 2_800_000)).toBe('1.20/2.80 MB');
    expect([stopwatch(7_900), stopwatch(3_723_000)]).toEqual(['0:07', '1:02:03']);
    expect(slotList([9, 1, 2, 3, 10, 7])).toBe('1-3 7 9-10');
  });
});

// `flashrack codes`: no gap, in either language, for any code of the closed list.
import { describe, expect, it } from 'vitest';
import { allCodes, codeLines } from '../../src/commands/codes.ts';
import { failureCodes } from '../../src/domain/failure.ts';

const cjk = /\p{Script=Han}/u;
const every = allCodes();

describe('the list of codes', () => {
  it('is the closed list, whole and once', () => {
    expect(every.map(({ code }) => code)).toEqual(Object.keys(failureCodes));
    expect(every.length).toBeGreaterThan(80);
  });

  it.each(every)('$code has blame, whether it is retried, cause and action in English and Chinese', (facts) => {
    const { code, blame, retryable, en, zh } = facts;
    expect({ blame, retryable }).toEqual(failureCodes[code]);
    for (const text of [en.cause, en.action]) expect(text).toMatch(/^[A-Z][^\p{Script=Han}]+\.$/u);
    for (const text of [zh.cause, zh.action]) expect(text).toMatch(/\p{Script=Han}.*。$/u);
    const printed = codeLines(facts).join('\n');
    for (const text of [
      code,
      `blame ${blame}`,
      retryable ? 'may be retried' : 'not retried',
      en.cause,
      en.action,
      zh.cause,
      zh.action,
    ])
      expect(printed).toContain(text);
    expect(codeLines(facts)[1]).toMatch(cjk);
  });

  it('never calls anything an unknown error', () => {
    expect(every.filter(({ code, en }) => /unknown.error/i.test(`${code} ${en.cause}`))).toEqual([]);
  });
});

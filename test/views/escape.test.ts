// Text from devices: whatever bytes it holds, the terminal shows characters and does nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson } from '../../src/views/words/escape.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const dangerous = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/u;

describe('text of a device', () => {
  it('shows an escape sequence as its code points', () => {
    expect(printable('EC800E\u001b[2J')).toBe('EC800E<1B>[2J');
    expect(printable('a\r\nb\tc\u0007')).toBe('a<0D><0A>b<09>c<07>');
    expect(printable('\u009b31m\u202eevil\u2066')).toBe('<9B>31m<202E>evil<2066>');
  });

  it('leaves Chinese and plain text as they are', () => {
    expect(printable('模块 EC800E-CN #7')).toBe('模块 EC800E-CN #7');
  });

  it('is cut to its bound and says so', () => {
    expect(printable('x'.repeat(600))).toHaveLength(500);
    expect(printable('abcdef', 4)).toBe('abc~');
    expect(printable('\u001b'.repeat(10_000_000), 20)).toHaveLength(20);
  });

  it('never holds a control, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 100 }), (text, bound) => {
        const shown = printable(text, bound);
        expect(shown).not.toMatch(dangerous);
        expect([...shown].length).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it('comes back from JSON as it was, without a control in the JSON text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = printableJson({ text });
        expect(json).not.toMatch(dangerous);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, readJsonText } from '../../src/config/json-text.ts';

describe('reading JSON text', () => {
  it('reads what JSON.parse reads, in whatever layout', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom('', '  ', '\t'), (value, layout) => {
        const text = JSON.stringify(value, null, layout);
        expect(readJsonText(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses, always with a place inside the text', () => {
    const broken = fc.tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.string({ maxLength: 2 })).map(([value, at, noise]) => {
      const text = JSON.stringify(value, null, 1);
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + noise + text.slice(cut + 1);
    });
    fc.assert(
      fc.property(broken, (text) => {
        if (parses(text)) return;
        const thrown = thrownBy(() => readJsonText(text));
        expect(thrown).toBeInstanceOf(JsonSyntaxError);
        if (!(thrown instanceof JsonSyntaxError)) return;
        const line = text.split('\n')[thrown.place.line - 1];
        expect(line).toBeDefined();
        expect(thrown.place.column).toBeLessThanOrEqual((line ?? '').length + 1);
      }),
      { numRuns: 500 },
    );
  });

  it('knows where each value stands, and where the parent of an absent one does', () => {
    const { placeOf } = readJsonText('{\n  "a": [\n    1,\n    { "b": true }\n  ]\n}');
    expect(placeOf(['a', 1, 'b'])).toEqual({ line: 4, column: 12 });
    expect(placeOf(['a', 1, 'c'])).toEqual({ line: 4, column: 5 });
    expect(placeOf([])).toEqual({ line: 1, column: 1 });
  });
});

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (thrown) {
    return thrown;
  }
};

const parses = (text: string): boolean => !(thrownBy(() => JSON.parse(text)) instanceof SyntaxError);

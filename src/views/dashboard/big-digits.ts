// Numbers five lines high, of characters in the colour of their ground: `#` where there is no colour. Knows no slot.
import type { Style } from './ansi.ts';
import { type Line, span } from './line.ts';

export const digitRows = 5;

/** Three pixels a row, `#` or space; a pixel is two columns wide, which makes it square. */
const glyphs: Readonly<Record<string, readonly string[]>> = {
  0: ['###', '# #', '# #', '# #', '###'],
  1: [' # ', '## ', ' # ', ' # ', '###'],
  2: ['###', '  #', '###', '#  ', '###'],
  3: ['###', '  #', '###', '  #', '###'],
  4: ['# #', '# #', '###', '  #', '  #'],
  5: ['###', '#  ', '###', '  #', '###'],
  6: ['###', '#  ', '###', '# #', '###'],
  7: ['###', '  #', '  #', '  #', '  #'],
  8: ['###', '# #', '###', '# #', '###'],
  9: ['###', '# #', '###', '  #', '###'],
  '-': ['   ', '   ', '###', '   ', '   '],
  '!': [' # ', ' # ', ' # ', '   ', ' # '],
};

/** Columns of a text of `count` digits. */
export const digitColumns = (count: number): number => count * 8 - 2;

/** One of its five rows; a character without a glyph is blank. */
export function digitRow(text: string, row: number, style: Style): Line {
  const pixels = [...text].map((character) => glyphs[character]?.[row] ?? '   ').join(' ');
  const runs = pixels.match(/#+| +/g) ?? [];
  return runs.map((run) => span(run.replace(/./g, '$&$&'), run.startsWith('#') ? style : 'plain'));
}

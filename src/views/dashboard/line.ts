// A line of the screen as spans of escaped text with a style, measured in display columns (a Chinese character is two).
// Knows no slot and no station. `span` is the only way in, and escapes; `paint` is the only way out.
import stringWidth from 'string-width';
import { printable } from '../words/escape.ts';
import { type Style, styled } from './ansi.ts';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

export const span = (text: string, style: Style = 'plain'): Span => ({ text: printable(text), style });

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** ASCII, the verdict symbols, Chinese and its punctuation: each character is one unit and one or two columns by its number alone. */
const plainWidth = /^[\x20-\x7e\u2713\u2717\u3000-\u3029\u4e00-\u9fff\uff01-\uff60]*$/;
const firstWide = 0x3000;

/** Nearly all text is plain, and measuring it by `stringWidth` would make a frame of 64 slots take 40 ms. */
export function textWidth(text: string): number {
  if (!plainWidth.test(text)) return stringWidth(text);
  let width = text.length;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) >= firstWide) width++;
  return width;
}

function charactersOf(text: string): Iterable<string> {
  return plainWidth.test(text) ? text : Array.from(graphemes.segment(text), ({ segment }) => segment);
}

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + textWidth(text), 0);

/** As much of `text` as fits into `columns`, ending in `~` where something was cut off. */
export function clipText(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (textWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of charactersOf(text)) {
    width += textWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}~`;
}

export function clip(line: Line, columns: number): Line {
  const kept: Span[] = [];
  let left = columns;
  for (const { text, style } of line) {
    if (left <= 0) break;
    const clipped = clipText(text, left);
    kept.push({ text: clipped, style });
    left -= textWidth(clipped);
  }
  return kept;
}

/** Exactly `columns` wide: clipped, or filled with spaces. */
export function cell(line: Line, columns: number, align: 'left' | 'right' = 'left'): Line {
  const clipped = clip(line, columns);
  const missing = columns - lineWidth(clipped);
  if (missing <= 0) return clipped;
  const space = span(' '.repeat(missing));
  return align === 'left' ? [...clipped, space] : [space, ...clipped];
}

/** The parts that fit into `columns` side by side, in their order; a part that does not fit is left out, the first is clipped. */
export function fitting(parts: readonly Line[], columns: number, gap = '  '): Line {
  const [first, ...rest] = parts.filter((part) => lineWidth(part) > 0);
  if (!first) return [];
  let line = clip(first, columns);
  for (const part of rest) {
    const longer = [...line, span(gap), ...part];
    if (lineWidth(longer) <= columns) line = longer;
  }
  return line;
}

/** `left` at the left, `right` at the right edge; `right` is kept whole before `left`. */
export function spread(left: Line, right: Line, columns: number): Line {
  const kept = clip(right, columns);
  return [...cell(left, columns - lineWidth(kept)), ...kept];
}

export function paint(line: Line, colour: boolean): string {
  return line.map(({ text, style }) => (colour ? styled(text, style) : text)).join('');
}

/** Latin text breaks at spaces, Chinese anywhere. At most `rows` lines of `columns`; `~` ends the last where more was cut off. */
export function wrapText(text: string, columns: number, rows: number): string[] {
  const pieces = text.match(/[\u3000-\u9fff\uff01-\uff60]|[^\s\u3000-\u9fff\uff01-\uff60]+\s*|\s+/g) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const [index, piece] of pieces.entries()) {
    if (line !== '' && textWidth((line + piece).trimEnd()) > columns) {
      if (lines.length === rows - 1) {
        line += pieces.slice(index).join('');
        break;
      }
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return rows <= 0 ? [] : [...lines, line.trimEnd()].map((each) => clipText(each, columns));
}

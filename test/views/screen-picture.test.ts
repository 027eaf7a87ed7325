// Pictures of a captured screen: every piece of text stands in the cells that the terminal gave it.
import { expect, it } from 'vitest';
import { screenPicture } from './screen-picture.ts';

const esc = '\u001B';
const options = { columns: 40, rows: 2, title: 'a < b' };
const texts = (svg: string) =>
  [...svg.matchAll(/<text x="(\d+)" y="(\d+)" textLength="(\d+)" fill="([^"]+)"[^>]*>([^<]*)</g)].map(
    ([, x, y, length, fill, text]) => ({
      x: Number(x),
      y: Number(y),
      length: Number(length),
      fill,
      text,
    }),
  );

it('gives a Chinese character two cells, and what follows its own place', () => {
  const [number, state, rest] = texts(screenPicture('06 烧录中 ap', options));
  expect(number).toMatchObject({ x: 10, length: 16, text: '06' });
  expect(state).toMatchObject({ x: 10 + 3 * 8, length: 6 * 8, text: '烧录中' });
  expect(rest).toMatchObject({ x: 10 + 10 * 8, length: 16, text: 'ap' });
});

it('carries a look over the line end, as tmux tells it, and escapes what is text', () => {
  const [first, second] = texts(screenPicture(`${esc}[31m<a>\nb${esc}[0m`, options));
  expect(first?.text).toBe('&lt;a&gt;');
  expect(second).toMatchObject({ text: 'b', fill: first?.fill });
});

it('draws a bar as its ground alone', () => {
  const svg = screenPicture(`${esc}[32;42m####${esc}[0m`, options);
  expect(texts(svg)).toEqual([]);
  expect(svg).toContain('width="32"');
});

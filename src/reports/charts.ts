// Charts as SVG text: bars, stacked bars, a histogram. They print in grey as well: shapes and numbers carry what colour says.
// Knows numbers and labels, no report.

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '\uFFFD');

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** On top of `value`, in the second colour. */
  readonly more?: number;
}

const width = 720;
const number = (value: number): string => String(Math.round(value * 100) / 100);
const open = (height: number, name: string): string =>
  `<svg viewBox="0 0 ${width} ${number(height)}" role="img" aria-label="${escapeHtml(name)}" xmlns="http://www.w3.org/2000/svg">`;

/** A round number at or above the largest value: the top of the axis. */
function niceTop(largest: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(largest, 1)));
  return [1, 2, 4, 5, 8, 10].map((step) => step * unit).find((top) => top >= largest) ?? largest;
}

/** Upright bars along an axis; as many labels as fit. */
export function columns(name: string, bars: readonly Bar[], height = 190): string {
  const [left, bottom, top] = [44, height - 34, 12];
  const highest = niceTop(Math.max(...bars.map(({ value, more }) => value + (more ?? 0)), 1));
  const slot = (width - left - 8) / Math.max(bars.length, 1);
  const tall = (value: number): number => (value / highest) * (bottom - top);
  const labelEvery = Math.ceil(46 / slot);
  const lines = [0, 0.25, 0.5, 0.75, 1]
    .filter((part) => Number.isInteger(highest * part))
    .map((part) => {
      const y = bottom - part * (bottom - top);
      return `<line class="grid" x1="${left}" x2="${width}" y1="${number(y)}" y2="${number(y)}"/><text class="axis" x="${left - 6}" y="${number(y + 4)}" text-anchor="end">${number(highest * part)}</text>`;
    });
  const shapes = bars.map(({ label, value, more = 0 }, index) => {
    const x = left + index * slot + slot * 0.12;
    const bar = Math.min(slot * 0.76, 60);
    const middle = number(x + bar / 2);
    const rect = (kind: string, from: number, size: number): string =>
      size === 0
        ? ''
        : `<rect class="${kind}" x="${number(x)}" y="${number(bottom - tall(from + size))}" width="${number(bar)}" height="${number(tall(size))}"/>`;
    const title = `<title>${escapeHtml(label)}: ${value}${more > 0 ? ` + ${more}` : ''}</title>`;
    const total =
      bars.length > 30 || value + more === 0
        ? ''
        : `<text class="value" x="${middle}" y="${number(bottom - tall(value + more) - 3)}" text-anchor="middle">${value + more}</text>`;
    const mark =
      index % labelEvery === 0
        ? `<text class="axis" x="${middle}" y="${bottom + 15}" text-anchor="middle">${escapeHtml(label)}</text>`
        : '';
    return `<g>${title}${rect('first', 0, value)}${rect('second', value, more)}${total}${mark}</g>`;
  });
  return `${open(height, name)}${lines.join('')}${shapes.join('')}</svg>`;
}

/** Lying bars with the running total as a line, as a Pareto chart is drawn. `cumulative` is 0 to 1. */
export function pareto(name: string, bars: readonly (Bar & { readonly cumulative: number })[]): string {
  const [left, right, row] = [210, 70, 22];
  const height = bars.length * row + 26;
  const most = Math.max(...bars.map(({ value }) => value), 1);
  const room = width - left - right;
  const middle = (index: number): number => index * row + row / 2 + 4;
  const shapes = bars.map(({ label, value }, index) => {
    const long = (value / most) * room;
    return `<text class="label" x="${left - 8}" y="${middle(index) + 4}" text-anchor="end">${escapeHtml(label)}</text><rect class="second" x="${left}" y="${middle(index) - 7}" width="${number(long)}" height="14"/><text class="value" x="${number(left + long + 5)}" y="${middle(index) + 4}">${value}</text>`;
  });
  const points = bars.map(({ cumulative }, index) => `${number(left + cumulative * room)},${middle(index)}`);
  const dots = bars.map(
    ({ cumulative }, index) => `<circle class="dot" cx="${number(left + cumulative * room)}" cy="${middle(index)}" r="2.5"/>`,
  );
  const scale = [0, 0.5, 1].map(
    (part) =>
      `<text class="axis" x="${number(left + part * room)}" y="${height - 4}" text-anchor="middle">${part * 100} %</text>`,
  );
  return `${open(height, name)}${shapes.join('')}<polyline class="running" points="${points.join(' ')}"/>${dots.join('')}${scale.join('')}</svg>`;
}

/** One bar cut into the parts of a whole, each with its name and number under it. */
export function parts(
  name: string,
  all: readonly { readonly label: string; readonly value: number; readonly text: string }[],
): string {
  const total = all.reduce((sum, { value }) => sum + value, 0);
  if (total <= 0) return '';
  let x = 0;
  const shapes = all.map(({ value }, index) => {
    const long = (value / total) * width;
    const shape = `<rect class="part part${index}" x="${number(x)}" y="4" width="${number(long)}" height="30"/>`;
    x += long;
    return shape;
  });
  const each = width / all.length;
  const legend = all.map(({ label, text }, index) => {
    const at = number(index * each);
    return `<rect class="part part${index}" x="${at}" y="46" width="11" height="11"/><text class="label" x="${number(index * each + 16)}" y="56">${escapeHtml(label)} ${escapeHtml(text)}</text>`;
  });
  return `${open(66, name)}${shapes.join('')}${legend.join('')}</svg>`;
}

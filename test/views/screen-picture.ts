// Draws a captured terminal screen (`tmux capture-pane -e -p`) as an SVG: text in its cells, a Chinese character on two, colours of a
// dark terminal. Knows no station and no tmux.
import stringWidth from 'string-width';

interface Look {
  readonly ink: string;
  readonly ground: string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly reverse: boolean;
}

/** Text without a gap that stands in cells of one width: what an SVG can stretch to fit them exactly. */
interface Piece {
  readonly column: number;
  readonly columns: number;
  readonly text: string;
  readonly look: Look;
}

const cellWidth = 8;
const cellHeight = 17;
const baseline = 13;
const margin = 10;

const background = '#16191d';
const ordinaryInk = '#c9d1d9';
const ordinary: Look = { ink: ordinaryInk, ground: null, bold: false, dim: false, reverse: false };

/** Black, red, green, yellow, blue, magenta, cyan, white; then the bright ones. */
const colours = ['#16191d', '#c93c37', '#3fa34d', '#c9a227', '#4a86d6', '#a371c9', '#3aa3b0', '#e6e9ec'] as const;
const brightColours = ['#5c6570', '#ff6b63', '#6fd67c', '#f0cf5a', '#79b0ff', '#d2a8ff', '#6fd3de', '#ffffff'] as const;

/** `columns` by `rows` cells; what of `screen` is outside is left out. */
export function screenPicture(
  screen: string,
  { columns, rows, title }: { columns: number; rows: number; title: string },
): string {
  const [width, height] = [columns * cellWidth + 2 * margin, rows * cellHeight + 2 * margin];
  const drawn = piecesOf(screen).slice(0, rows).map(drawRow);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    '<style>text{font:14px "DejaVu Sans Mono","Noto Sans Mono CJK SC","Noto Sans CJK SC",Menlo,Consolas,"Microsoft YaHei",monospace;white-space:pre}.b{font-weight:700}.d{opacity:.6}</style>',
    `<rect width="${width}" height="${height}" rx="6" fill="${background}"/>`,
    ...drawn.filter((row) => row !== ''),
    '</svg>',
    '',
  ].join('\n');
}

function drawRow(pieces: readonly Piece[], row: number): string {
  const top = margin + row * cellHeight;
  const grounds = pieces.map(({ column, columns, look }) => {
    const { ground } = painted(look);
    return ground === null
      ? ''
      : `<rect x="${margin + column * cellWidth}" y="${top}" width="${columns * cellWidth}" height="${cellHeight}" fill="${ground}"/>`;
  });
  const texts = pieces.map(({ column, columns, text, look }) => {
    const { ink, ground } = painted(look);
    // A bar and a big digit are characters in the colour of their ground: only the ground is seen.
    if (text.trim() === '' || ink === ground) return '';
    const styles = [look.bold ? 'b' : '', look.dim ? 'd' : ''].filter((name) => name !== '').join(' ');
    const className = styles === '' ? '' : ` class="${styles}"`;
    return `<text x="${margin + column * cellWidth}" y="${top + baseline}" textLength="${columns * cellWidth}" fill="${ink}"${className}>${escaped(text)}</text>`;
  });
  return [...grounds, ...texts].join('');
}

const painted = ({ ink, ground, reverse }: Look): { readonly ink: string; readonly ground: string | null } =>
  reverse ? { ink: ground ?? background, ground: ink } : { ink, ground };

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Pieces of each line, from left to right. tmux does not repeat at the head of a line the look in which the one before ended. */
function piecesOf(screen: string): Piece[][] {
  let look = ordinary;
  return screen.split('\n').map((line) => {
    const pieces: Piece[] = [];
    let column = 0;
    for (const [index, part] of line.split('\u001B[').entries()) {
      const [codes, text] = index === 0 ? ['', part] : [part.slice(0, part.indexOf('m')), part.slice(part.indexOf('m') + 1)];
      if (index > 0) look = codes.split(';').reduce((before, code) => changed(before, Number(code)), look);
      for (const run of runsOf(text)) {
        pieces.push({ ...run, column, look });
        column += run.columns;
      }
    }
    return pieces;
  });
}

/** Broken between narrow and wide characters and around gaps, so that each run fits its cells whatever the font. */
function runsOf(text: string): { readonly text: string; readonly columns: number }[] {
  const runs: { text: string; columns: number; kind: string }[] = [];
  for (const { segment } of graphemes.segment(text)) {
    const columns = stringWidth(segment);
    const kind = segment === ' ' ? 'gap' : columns === 1 && segment <= '~' ? 'ascii' : columns === 1 ? 'sign' : 'wide';
    const last = runs.at(-1);
    if (last?.kind === kind) {
      last.text += segment;
      last.columns += columns;
    } else runs.push({ text: segment, columns, kind });
  }
  return runs;
}

function changed(look: Look, code: number): Look {
  if (code === 0) return ordinary;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 7) return { ...look, reverse: true };
  if (code === 27) return { ...look, reverse: false };
  if (code === 39) return { ...look, ink: ordinaryInk };
  if (code === 49) return { ...look, ground: null };
  const [ten, one] = [Math.floor(code / 10), code % 10];
  const ink = ten === 3 ? colours[one] : ten === 9 ? brightColours[one] : undefined;
  const ground = ten === 4 ? colours[one] : ten === 10 ? brightColours[one] : undefined;
  return { ...look, ...(ink !== undefined && { ink }), ...(ground !== undefined && { ground }) };
}

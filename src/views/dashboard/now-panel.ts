// Draws what to do now: the largest thing on the screen. The slot's number and the seconds left stand in big digits; beside them
// the step in words, and what comes after it. Knows tasks and a width, no slot.
import { slotList } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { taskWords } from '../words/task-words.ts';
import type { Style } from './ansi.ts';
import { digitColumns, digitRow, digitRows } from './big-digits.ts';
import { cell, clip, fitting, type Line, lineWidth, span, wrapText } from './line.ts';
import type { Task } from './tasks.ts';

export interface PanelOptions {
  readonly nowMs: number;
  readonly lang: Language;
  readonly columns: number;
  /** Of the panel: with fewer than five no digits are drawn. */
  readonly rows: number;
}

const titleStyle = { good: 'titleGood', bad: 'titleBad', call: 'titleCall', info: 'titleInfo', dim: 'titleDim' } as const;
const pixelStyle = { good: 'pixelGood', bad: 'pixelBad', call: 'pixelCall', info: 'pixelInfo', dim: 'pixelDim' } as const;
const textStyle = { good: 'good', bad: 'bad', call: 'call', info: 'info', dim: 'dim' } as const;

export function nowPanel([now, ...then]: readonly [Task, ...Task[]], options: PanelOptions): Line[] {
  if (options.rows <= 0) return [];
  return options.rows < digitRows ? [onOneLine(now, then, options)] : withDigits(now, then, options);
}

const slotsText = ({ slots }: Task): string => (slots.length === 0 ? '' : slotList(slots));
const secondsLeft = ({ endsAtMs }: Task, nowMs: number): number | null =>
  endsAtMs === null ? null : Math.ceil(Math.max(endsAtMs - nowMs, 0) / 1000);

/** Red where little time is left. */
const hurry: Readonly<Record<'pixel' | 'text', Style>> = { pixel: 'pixelBad', text: 'bad' };
const hurrySeconds = 10;
const isHurry = ({ tone }: Task, left: number | null): boolean => tone === 'call' && left !== null && left <= hurrySeconds;

/** Farther away a countdown would not be seen as the step's. */
const mostTextColumns = 66;

function titleLine(task: Task, { lang }: PanelOptions): Line {
  const slots = slotsText(task);
  return [
    span(` ${task.title} `, titleStyle[task.tone]),
    span(slots === '' ? '' : `  ${screenWords[lang].slot} ${slots}`, 'bold'),
  ];
}

function onOneLine(now: Task, then: readonly Task[], options: PanelOptions): Line {
  const { lang, columns, nowMs } = options;
  const left = secondsLeft(now, nowMs);
  const countdown: Line = left === null ? [] : [span(`${left} s `, isHurry(now, left) ? hurry.text : 'call')];
  const head = [...titleLine(now, options), span(' '), ...countdown, span(now.step)];
  return fitting([head, ...then.map((task) => nextLine(task, lang))], columns);
}

const nextLine = (task: Task, lang: Language): Line => [
  span(`${taskWords[lang].next} `, 'dim'),
  span(`${slotsText(task)} `, 'bold'),
  span(task.title, textStyle[task.tone]),
];

function withDigits(now: Task, then: readonly Task[], options: PanelOptions): Line[] {
  const { columns, nowMs } = options;
  const [slot] = now.slots;
  const number = slot === undefined ? (now.tone === 'bad' ? '!!' : '--') : String(slot).padStart(2, '0');
  const left = secondsLeft(now, nowMs);
  const countdown = left === null ? '' : String(left).padStart(2, '0');
  const numberColumns = digitColumns(number.length) + 3;
  const countColumns = countdown === '' ? 0 : digitColumns(countdown.length) + 3;
  const room = Math.max(columns - numberColumns - countColumns - 1, 0);
  const space = countdown === '' ? room : Math.min(room, mostTextColumns);
  const countStyle = isHurry(now, left) ? hurry.pixel : pixelStyle[now.tone];
  const texts = textLines(now, then, options, space);
  return Array.from({ length: digitRows }, (_, row): Line => {
    const digits: Line = [span(' '), ...digitRow(number, row, pixelStyle[now.tone]), span('  ')];
    // The unit stands at the foot of its number.
    const unit = span(row === digitRows - 1 ? ' s' : '');
    const count: Line = countdown === '' ? [] : [span(' '), ...digitRow(countdown, row, countStyle), unit];
    return clip([...digits, ...cell(texts[row] ?? [], space), ...count], columns);
  });
}

/** Title, the step on up to two lines, or on all of them where nothing comes after it. */
function textLines(now: Task, then: readonly Task[], options: PanelOptions, space: number): Line[] {
  const { lang } = options;
  const step = wrapText(now.step, space, then.length === 0 ? digitRows - 1 : 2).map((text): Line => [span(text, 'bold')]);
  const free = digitRows - 1 - step.length;
  const next = then.map((task) => nextLine(task, lang));
  const gathered = next.length <= free ? next : [...next.slice(0, free - 1), fitting(next.slice(free - 1), space)];
  return [titleLine(now, options), ...step, ...gathered.filter((line) => lineWidth(line) > 0)];
}

// Draws one slot: as two lines, as one line, or as a cell of the grid. Knows a `SlotView`, the time and a width, no screen.
import type { Verdict } from '../../domain/verdict.ts';
import type { SlotView } from '../../station/read-model.ts';
import { failureWords } from '../words/failure-words.ts';
import { percent, rate, seconds, sizeOf, stopwatch } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { promptWords, stateWords, verdictWords } from '../words/state-words.ts';
import { stepWords } from '../words/step-words.ts';
import { adviceFor } from './advice.ts';
import type { Style } from './ansi.ts';
import { wholeLineColumns } from './layout.ts';
import { cell, clip, fitting, type Line, lineWidth, span, spread } from './line.ts';
import { shownVerdict, verdictLook } from './verdict-look.ts';

export interface SlotFrame {
  readonly slot: SlotView;
  readonly nowMs: number;
  readonly lang: Language;
  readonly selected: boolean;
}

export const columnsOf = { number: 4, model: 8, imei: 16, state: 15, time: 8 } as const;
const headColumns = columnsOf.number + columnsOf.model + columnsOf.imei + columnsOf.state;

export function verdictPart(verdict: Verdict, lang: Language): Line {
  const { symbol, style } = verdictLook[verdict];
  return [span(`${symbol} ${verdict}${lang === 'en' ? '' : ` ${verdictWords[lang][verdict]}`}`, style)];
}

const hasVerdictState = ({ state }: SlotView): boolean =>
  state === 'passed' || state === 'failed' || state === 'unknown' || state === 'aborted';

/** DO NOT UNPLUG before everything; the verdict once there is one; else the state. */
function statePart({ slot, lang }: SlotFrame): Line {
  if (slot.beingWritten) return [span(screenWords[lang].doNotUnplug, 'hazard')];
  const verdict = shownVerdict(slot);
  if (verdict && hasVerdictState(slot)) return verdictPart(verdict, lang);
  return [span(stateWords[lang][slot.state].name, stateStyle(slot))];
}

function stateStyle({ state, prompt }: SlotView): Style {
  if (prompt) return 'call';
  if (state === 'empty') return 'dim';
  return state === 'locked' || state === 'quarantined' || state === 'outOfService' ? 'bad' : 'info';
}

const numberPart = ({ slot, selected }: SlotFrame): Line => [
  span(`${selected ? '>' : ' '}${String(slot.number).padStart(2, '0')} `, selected ? 'call' : 'bold'),
];

function headPart(frame: SlotFrame): Line {
  const { slot } = frame;
  return [
    ...cell(numberPart(frame), columnsOf.number),
    ...cell([...clip([span(slot.model ?? '-', slot.model ? 'plain' : 'dim')], columnsOf.model - 1)], columnsOf.model),
    ...cell([...clip([span(slot.imei ?? slot.sn ?? '-', slot.imei ? 'plain' : 'dim')], columnsOf.imei - 1)], columnsOf.imei),
    ...cell([...clip(statePart(frame), columnsOf.state - 1)], columnsOf.state),
  ];
}

function elapsedPart({ slot, nowMs }: SlotFrame): Line {
  if (slot.jobStartedAtMs === null) return [];
  return [span(stopwatch((slot.jobFinishedAtMs ?? nowMs) - slot.jobStartedAtMs))];
}

/** Bytes go to the board and nothing else at the slot wants the place of the bar. */
const isMoving = (slot: SlotView): boolean =>
  slot.beingWritten || (slot.state === 'connecting' && slot.prompt === null && slot.bytesDone > 0);

function bar(slot: SlotView, columns: number): Line {
  const filled = Math.round((percent(slot.bytesDone, slot.bytesTotal) / 100) * columns);
  return [span('#'.repeat(filled), 'filled'), span('.'.repeat(columns - filled), 'unfilled')];
}

const percentPart = (slot: SlotView): Line => [span(`${String(percent(slot.bytesDone, slot.bytesTotal)).padStart(3)}%`)];
const ratePart = (slot: SlotView): Line => [span(rate(slot.bytesPerSecond).replace(' ', '').padStart(7), 'info')];
const bytesPart = (slot: SlotView): Line => [span(sizeOf(slot.bytesDone, slot.bytesTotal))];
const stepPart = ({ slot, lang }: SlotFrame): Line => (slot.step === null ? [] : [span(stepWords(slot.step, lang), 'info')]);

function windowPart({ slot, nowMs, lang }: SlotFrame): Line {
  if (!slot.window || slot.window.marginMs !== null || slot.jobFinishedAtMs !== null) return [];
  const leftMs = Math.max(slot.window.endsAtMs - nowMs, 0);
  return [span(`${screenWords[lang].window} ${seconds(leftMs)}`, leftMs < 3_000 ? 'bad' : 'call')];
}

/** What the slot asks of the operator, in the carrier's own words. */
export function promptText({ prompt }: SlotView, lang: Language): string | null {
  if (!prompt) return null;
  const words = promptWords[lang][prompt.kind];
  if (prompt.reason) return `${failureWords[prompt.reason.code][lang].says} ${words.step}`;
  return prompt.carrierStep ? `${words.name}: ${prompt.carrierStep[lang]}` : words.step;
}

/** Beside or under the head: what matters most at the slot now, but for the window. */
function messageParts(frame: SlotFrame): Line[] {
  const { slot, lang } = frame;
  const verdict = shownVerdict(slot);
  const prompt: Line = [span(promptText(slot, lang) ?? '', 'call')];
  if (!verdict || slot.state === 'empty') return [prompt, stepPart(frame)];
  // The action of a failure says already where the board goes.
  const isSaid = slot.failure !== null && slot.prompt?.kind === 'removeBoard';
  return isSaid ? verdictParts(slot, verdict, lang) : [...verdictParts(slot, verdict, lang), prompt];
}

function verdictParts(slot: SlotView, verdict: Verdict, lang: Language): Line[] {
  const repeated = hasVerdictState(slot) ? [] : [...verdictPart(verdict, lang), span(' ')];
  if (!slot.failure) return [[...repeated, span(slot.recordId ?? '', 'dim')]];
  const action = adviceFor(slot, lang)?.text ?? '';
  return [[...repeated, span(slot.failure.code, verdictLook[verdict].style), span(' '), span(action)]];
}

/** Bar, percentage, rate, then what fits of `extras`; the bar takes what the others leave. */
function progressLine(slot: SlotView, extras: readonly Line[], columns: number): Line {
  const leastBar = 6;
  if (columns < leastBar + 5) return clip(percentPart(slot), columns);
  const numbers = fitting([percentPart(slot), ratePart(slot), ...extras], columns - leastBar - 1, ' ');
  const barColumns = Math.min(columns - lineWidth(numbers) - 1, 30);
  return [...bar(slot, barColumns), span(' '), ...numbers];
}

function withElapsed(frame: SlotFrame, middle: (columns: number) => Line, columns: number): Line {
  const space = columns - headColumns - columnsOf.time;
  return clip([...headPart(frame), ...cell(middle(space), space), ...cell(elapsedPart(frame), columnsOf.time, 'right')], columns);
}

export function oneLine(frame: SlotFrame, columns: number): Line {
  const { slot } = frame;
  const extras = [bytesPart(slot), stepPart(frame)];
  const middle = (space: number): Line =>
    isMoving(slot) ? progressLine(slot, extras, space) : fitting([windowPart(frame), ...messageParts(frame)], space);
  return withElapsed(frame, middle, columns);
}

/** The bar in the first line; the message, or bytes and step, in the second. */
export function twoLines(frame: SlotFrame, columns: number): readonly [Line, Line] {
  const { slot } = frame;
  const first = withElapsed(frame, (space) => (isMoving(slot) ? progressLine(slot, [], space) : windowPart(frame)), columns);
  const below = isMoving(slot) ? [bytesPart(slot), ...messageParts(frame)] : messageParts(frame);
  return [first, [span(' '.repeat(columnsOf.number)), ...fitting(below, columns - columnsOf.number)]];
}

/** Of the grid, `lines` lines high: number and state, then what matters most, then who the board is. A wide one is a line of the table. */
export function tile(frame: SlotFrame, columns: number, lines: number): Line[] {
  if (lines === 1 && columns >= wholeLineColumns) return [cell(oneLine(frame, columns), columns)];
  const { slot } = frame;
  const space = columns - columnsOf.number;
  const indent = span(' '.repeat(columnsOf.number));
  const number = cell(numberPart(frame), columnsOf.number);
  if (lines === 1) return [cell([...number, ...fitting(lowTileParts(frame), space, ' ')], columns)];
  const head = fitting([statePart(frame), slot.beingWritten ? percentPart(slot) : []], space, ' ');
  const elapsed = elapsedPart(frame);
  const hasRoom = lineWidth(head) + 1 + lineWidth(elapsed) < space;
  const state: Line = [...number, ...(hasRoom ? spread(head, elapsed, space - 1) : head)];
  const matter = isMoving(slot) ? progressLine(slot, [], space - 1) : fitting(matterParts(frame), space - 1);
  const board = fitting([[span(slot.model ?? '')], [span(slot.imei ?? slot.sn ?? '', 'dim')]], space - 1, ' ');
  return [state, [indent, ...matter], [indent, ...board]].slice(0, lines).map((line) => cell(line, columns));
}

/** What the head of a tile does not say: how long is left, what to do, what went wrong, the step. */
function matterParts(frame: SlotFrame): Line[] {
  const { slot, lang } = frame;
  if (shownVerdict(slot) && slot.failure) return [[span(slot.failure.code)]];
  return [windowPart(frame), [span(promptText(slot, lang) ?? '', 'call')], stepPart(frame)];
}

function lowTileParts(frame: SlotFrame): Line[] {
  const { slot, lang } = frame;
  if (slot.beingWritten) return [statePart(frame), percentPart(slot), ratePart(slot)];
  if (shownVerdict(slot) && hasVerdictState(slot))
    return [[...statePart(frame), span(` ${slot.failure?.code ?? slot.imei ?? ''}`)]];
  const open = windowPart(frame);
  if (open.length > 0) return [open, statePart(frame)];
  if (slot.prompt) return [[span(`! ${promptWords[lang][slot.prompt.kind].name}`, 'call')], [span(slot.model ?? '')]];
  return [statePart(frame), isMoving(slot) ? percentPart(slot) : [], [span(slot.model ?? '')]];
}

/** Everything known of a chosen slot without a failure that its own line has no room for. */
export function detailLine({ slot, lang }: SlotFrame, columns: number): Line {
  const head: Line = [
    span(`${screenWords[lang].slot} ${String(slot.number).padStart(2, '0')}  `, 'bold'),
    span(promptText(slot, lang) ?? '', 'call'),
  ];
  const rest = [slot.revision, slot.recordId, slot.usbPath].map((text): Line => [span(text ?? '', 'dim')]);
  return fitting([head, ...rest], columns);
}

export function headingLine(lang: Language, columns: number): Line {
  const words = screenWords[lang];
  const head: Line = [
    ...cell([span(` ${words.number}`, 'dim')], columnsOf.number),
    ...cell([span(words.model, 'dim')], columnsOf.model),
    ...cell([span('IMEI', 'dim')], columnsOf.imei),
    ...cell([span(words.state, 'dim')], columnsOf.state),
    span(words.progress, 'dim'),
  ];
  return spread(head, [span(words.time, 'dim')], columns);
}

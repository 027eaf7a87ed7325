// The whole screen as lines of text: a pure function of the read model, the size and what the operator chose. Knows no Ink.
import type { SlotView, StationView } from '../../station/read-model.ts';
import { slotList } from '../words/format.ts';
import type { Language } from '../words/language.ts';
import { screenWords } from '../words/screen-words.ts';
import { faultCard, faultCards } from './fault-card.ts';
import { helpLines } from './help.ts';
import { type Layout, layoutOf, pageOf, type Size } from './layout.ts';
import { cell, clip, fitting, type Line, paint, span } from './line.ts';
import { nowPanel } from './now-panel.ts';
import { detailLine, headingLine, oneLine, type SlotFrame, tile, twoLines } from './slot-lines.ts';
import { alertLines, countsLine, eventLines, keysLine, slotsWriting, stationLine } from './station-lines.ts';
import { tasksOf } from './tasks.ts';

export interface FrameOptions extends Size {
  readonly lang: Language;
  /** A slot number; null or a number of no slot: none is chosen, the first page is shown. */
  readonly selectedSlot: number | null;
  /** True unless given. */
  readonly colour?: boolean;
  readonly screen?: 'rack' | 'help';
  readonly helpPage?: number;
  /** Stands in place of the keys: label being typed, or a notice. */
  readonly bottom?: string | null;
}

/** At most `rows - 1` lines, each at most `columns` wide on the display. No text of a device reaches them unescaped. */
export function renderFrame(view: StationView, options: FrameOptions): string[] {
  const { columns, rows, lang, colour = true } = options;
  const lines = options.screen === 'help' ? helpLines(lang, options, options.helpPage ?? 0) : rackLines(view, options);
  return lines.slice(0, Math.max(rows - 1, 0)).map((line) => paint(clip(line, columns), colour));
}

/** The layout `renderFrame` uses: the keys that move the choice need it too. */
export function layoutFor(view: StationView, size: Size, lang: Language): Layout {
  return layoutOf(view.slots.length, size, alertLines(view, lang, size.columns).length);
}

function rackLines(view: StationView, options: FrameOptions): Line[] {
  const { columns, rows, lang, selectedSlot, bottom } = options;
  const alerts = alertLines(view, lang, columns);
  const layout = layoutFor(view, options, lang);
  const chosen = view.slots.find(({ number }) => number === selectedSlot);
  const page = pageOf(chosen ? view.slots.indexOf(chosen) : 0, layout);
  const panel = { nowMs: view.nowMs, lang, columns, rows: layout.panelLines };
  const top = [
    stationLine(view, lang, columns),
    countsLine(view, lang, columns),
    ...alerts,
    ...nowPanel(tasksOf(view, lang), panel),
    tableHead(view, layout, page, options),
  ];
  const body = slotLines(view, layout, page, options);
  const keys = bottom ? clip([span(bottom, 'call')], columns) : keysLine(lang, columns);
  const left = rows - 1 - top.length - body.length - 1;
  const cards = cardLines(view, chosen, Math.max(left - leastEvents, layout.cardLines), options);
  const events = eventLines(view.events, left - cards.length, lang, columns);
  const blank: Line[] = Array.from({ length: Math.max(left - cards.length - events.length, 0) }, () => []);
  return [...top, ...body, ...cards, ...events, ...blank, keys];
}

/** Cards leave so many lines to the events where there is room for both. */
const leastEvents = 3;

/** The headings of the table; over a grid its pages, and the slots being written that the page does not show. */
function tableHead(view: StationView, layout: Layout, page: number, { lang, columns }: FrameOptions): Line {
  if (layout.kind !== 'grid') return headingLine(lang, columns);
  if (layout.pages === 1) return [];
  const words = screenWords[lang];
  const shown = view.slots.slice(page * layout.perPage, (page + 1) * layout.perPage);
  const hidden = slotsWriting(view.slots.filter((slot) => !shown.includes(slot)));
  const pageNumber = span(`${words.page} ${page + 1}/${layout.pages} (${words.pageKey})`, 'call');
  const hazard = [span('  '), span(words.doNotUnplug, 'hazard'), span(` ${words.alsoWriting} ${slotList(hidden)}`, 'bold')];
  const range: Line = [span(`${words.slot} ${slotList(shown.map(({ number }) => number))}`, 'dim')];
  return fitting([hidden.length > 0 ? [pageNumber, ...hazard] : [pageNumber], range], columns);
}

function slotLines(view: StationView, layout: Layout, page: number, { columns, lang, selectedSlot }: FrameOptions): Line[] {
  const frames = view.slots.map((slot): SlotFrame => ({ slot, nowMs: view.nowMs, lang, selected: slot.number === selectedSlot }));
  switch (layout.kind) {
    case 'two':
      return frames.flatMap((frame) => twoLines(frame, columns));
    case 'one':
      return frames.map((frame) => oneLine(frame, columns));
    case 'grid':
      return gridLines(frames.slice(page * layout.perPage, (page + 1) * layout.perPage), layout);
  }
}

/** Slots run down the first column, then down the next. */
function gridLines(frames: readonly SlotFrame[], { gridColumns, perColumn, cellColumns, cellLines }: Layout): Line[] {
  return Array.from({ length: Math.min(perColumn, frames.length) }, (_, row) => row).flatMap((row) => {
    const tiles = Array.from({ length: gridColumns }, (_, column) => {
      const frame = frames[column * perColumn + row];
      return frame ? tile(frame, cellColumns, cellLines) : [];
    });
    return Array.from({ length: cellLines }, (_, line) =>
      tiles.flatMap((lines, column): Line => [...(column === 0 ? [] : [span(' ')]), ...(lines[line] ?? cell([], cellColumns))]),
    );
  });
}

/** The chosen slot, and the cards of the slots that failed. */
function cardLines(view: StationView, chosen: SlotView | undefined, count: number, { columns, lang }: FrameOptions): Line[] {
  if (count <= 0) return [];
  if (chosen?.failure && count < 3) return faultCard([chosen], view, { columns, lang }, count);
  const cards = faultCards(view, chosen, count, { columns, lang });
  if (!chosen || chosen.failure || cards.length === count) return cards;
  return [detailLine({ slot: chosen, nowMs: view.nowMs, lang, selected: true }, columns), ...cards];
}

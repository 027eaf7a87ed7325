// How many lines and columns each part of a screen of a given size gets. Knows counts, no slot.

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Layout {
  /** Two lines per slot, one, or tiles of a grid. */
  readonly kind: 'two' | 'one' | 'grid';
  /** What to do now: five lines with big digits, one line, or none where there is no room for both it and a slot. */
  readonly panelLines: number;
  /** Of the slots, side by side; slots run down each. */
  readonly gridColumns: number;
  readonly cellColumns: number;
  /** Of one slot. */
  readonly cellLines: number;
  /** Slots under each other. */
  readonly perColumn: number;
  readonly perPage: number;
  readonly pages: number;
  /** Kept free under the slots for fault cards or the chosen slot. */
  readonly cardLines: number;
}

/** Station line, counts, heading of the table, keys. */
const fixedLines = 4;
const tileColumns = 26;
/** A tile as wide as this is a whole line of the table. */
export const wholeLineColumns = 76;
const mostTileLines = 3;
const panelLines = 5;
/** Below this the table would push DO NOT UNPLUG off the line, and big digits the words. */
const tableColumns = 60;

/**
 * What to do now first; then two lines per slot while they fit with a fault card and one event; then one line; then a grid of
 * tiles, as high as they can be; then pages of that grid. `alertLines` is what the station's own alerts take off the height.
 * `rows - 1` lines are ever drawn.
 */
export function layoutOf(slots: number, { columns, rows }: Size, alertLines: number): Layout {
  const isWide = columns >= tableColumns;
  const below = rows - 1 - fixedLines - alertLines;
  const panel = isWide && below >= panelLines + 6 ? panelLines : below >= 3 ? 1 : 0;
  const free = Math.max(below - panel, 1);
  const list = {
    panelLines: panel,
    gridColumns: 1,
    cellColumns: columns,
    perColumn: slots,
    perPage: Math.max(slots, 1),
    pages: 1,
  };
  if (isWide && slots * 2 + 4 <= free) return { kind: 'two', ...list, cellLines: 2, cardLines: 3 };
  if (isWide && slots + 3 <= free) return { kind: 'one', ...list, cellLines: 1, cardLines: 3 };
  return { kind: 'grid', panelLines: panel, ...gridOf(slots, columns, free) };
}

type Grid = Omit<Layout, 'kind' | 'panelLines'>;

/** Whole lines side by side if they fit; else all slots in tiles, the higher the better; else pages of the lowest tiles. */
function gridOf(slots: number, columns: number, free: number): Grid {
  const cardLines = free >= 6 ? 2 : free >= 4 ? 1 : 0;
  const height = Math.max(free - cardLines, 1);
  const mostColumns = Math.max(Math.floor((columns + 1) / (tileColumns + 1)), 1);
  const wholeLines = Math.floor((columns + 1) / (wholeLineColumns + 1));
  if (wholeLines > 0 && wholeLines * height >= slots)
    return gridWith(Math.ceil(slots / height), 1, slots, columns, height, cardLines);
  for (let cellLines = mostTileLines; cellLines > 1; cellLines--) {
    const perColumn = Math.floor(height / cellLines);
    if (perColumn * mostColumns >= slots)
      return gridWith(Math.ceil(slots / perColumn), cellLines, slots, columns, height, cardLines);
  }
  return gridWith(Math.min(mostColumns, Math.max(Math.ceil(slots / height), 1)), 1, slots, columns, height, cardLines);
}

function gridWith(
  gridColumns: number,
  cellLines: number,
  slots: number,
  columns: number,
  height: number,
  cardLines: number,
): Grid {
  const most = Math.max(Math.floor(height / cellLines), 1);
  const pages = Math.max(Math.ceil(slots / (gridColumns * most)), 1);
  const perColumn = pages > 1 ? most : Math.min(most, Math.max(Math.ceil(slots / gridColumns), 1));
  const cellColumns = Math.floor((columns - (gridColumns - 1)) / gridColumns);
  return { gridColumns, cellColumns, cellLines, perColumn, perPage: gridColumns * perColumn, pages, cardLines };
}

export const pageOf = (index: number, layout: Layout): number => Math.floor(Math.max(index, 0) / layout.perPage);

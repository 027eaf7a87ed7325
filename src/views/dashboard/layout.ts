// How many lines and columns each slot gets on a screen of a given size. Knows counts, no slot.

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Layout {
  /** Two lines per slot, one, or a cell of a grid. */
  readonly kind: 'two' | 'one' | 'grid';
  /** Of the slots, side by side; slots run down each. */
  readonly gridColumns: number;
  readonly cellColumns: number;
  /** Slots under each other. */
  readonly perColumn: number;
  readonly perPage: number;
  readonly pages: number;
  /** Under the slots: the chosen slot and the gathered prompts. */
  readonly detailLines: number;
}

/** Station line, counts, heading of the table, keys. */
const fixedLines = 4;
const gridCellColumns = 26;
/** Below this the table would push DO NOT UNPLUG off the line. */
const tableColumns = 60;

/**
 * Two lines per slot while they fit with one line left for events; then one line; then a grid; then pages of that grid.
 * `alertLines` is what the station's own alerts take off the height. `rows - 1` lines are ever drawn.
 */
export function layoutOf(slots: number, { columns, rows }: Size, alertLines: number): Layout {
  const free = Math.max(rows - 1 - fixedLines - alertLines, 1);
  const list = { gridColumns: 1, cellColumns: columns, perColumn: slots, perPage: Math.max(slots, 1), pages: 1 };
  if (slots * 2 + 1 <= free && columns >= tableColumns)
    return { kind: 'two', ...list, detailLines: slots * 2 + 4 <= free ? 2 : 0 };
  if (slots + 3 <= free && columns >= tableColumns) return { kind: 'one', ...list, detailLines: 2 };

  const detailLines = free >= 6 ? 2 : 0;
  const height = Math.max(free - detailLines - (free >= 8 ? 1 : 0), 1);
  const mostColumns = Math.max(Math.floor((columns + 1) / (gridCellColumns + 1)), 1);
  const gridColumns = Math.min(mostColumns, Math.max(Math.ceil(slots / height), 1));
  const pages = Math.max(Math.ceil(slots / (gridColumns * height)), 1);
  const perColumn = pages > 1 ? height : Math.min(height, Math.max(Math.ceil(slots / gridColumns), 1));
  const cellColumns = Math.floor((columns - (gridColumns - 1)) / gridColumns);
  return { kind: 'grid', gridColumns, cellColumns, perColumn, perPage: gridColumns * perColumn, pages, detailLines };
}

export const pageOf = (index: number, layout: Layout): number => Math.floor(Math.max(index, 0) / layout.perPage);

// CSV as Excel and every other reader takes it, and a record's row in it. Knows no file.
import type { WrittenRecord } from '../trace/line.ts';

/** UTF-8 byte order mark: without it Excel reads Chinese text in the computer's old code page. */
export const byteOrderMark = '\uFEFF';

type Cell = string | number | boolean | null | undefined;

/** Text that a spreadsheet would run as a formula is shown with an apostrophe before it. */
const formula = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`;

const columns: readonly (readonly [name: string, of: (record: WrittenRecord) => Cell])[] = [
  ['recordId', ({ recordId }) => recordId],
  ['seq', ({ seq }) => seq],
  ['finishedAt', ({ finishedAt }) => finishedAt],
  ['startedAt', ({ startedAt }) => startedAt],
  ['durationMs', ({ durationMs }) => durationMs],
  ['station', ({ station }) => station.id],
  ['line', ({ station }) => station.line],
  ['slot', ({ slot }) => slot.number],
  ['insertions', ({ slot }) => slot.insertions],
  ['kind', ({ kind }) => kind],
  ['verdict', ({ verdict }) => verdict],
  ['written', ({ written }) => written],
  ['code', ({ failure }) => failure?.code],
  ['step', ({ failure }) => failure?.step],
  ['blame', ({ failure }) => failure?.blame],
  ['attempt', ({ attempt }) => attempt],
  ['workOrder', ({ workOrder }) => workOrder],
  ['lot', ({ lot }) => lot],
  ['operator', ({ operator }) => operator],
  ['shift', ({ shift }) => shift],
  ['model', ({ unit }) => unit.model],
  ['imeiBefore', ({ unit }) => unit.imeiBefore],
  ['imeiAfter', ({ unit }) => unit.imeiAfter],
  ['sn', ({ unit }) => unit.sn],
  ['labelSn', ({ unit }) => unit.labelSn],
  ['revisionBefore', ({ unit }) => unit.revisionBefore],
  ['revisionAfter', ({ unit }) => unit.revisionAfter],
  ['profile', ({ profile }) => profile?.id],
  ['package', (record) => record.package?.name],
  ['packageSha256', (record) => record.package?.sha256],
  ['windowMs', ({ entry }) => entry.windowMs],
  ['marginMs', ({ entry }) => entry.marginMs],
  ['powerCycles', ({ powerCycles }) => powerCycles],
  ['hash', ({ hash }) => hash],
  // Everything: no column can lose what stands here.
  ['record', (record) => JSON.stringify(record)],
];

export const recordCsvHead = csvLine(columns.map(([name]) => name));
export const recordCsvLine = (record: WrittenRecord): string => csvLine(columns.map(([, of]) => of(record)));

// `flashrack log query`, `log reindex`, and the index that both and `log show` use. Knows no station; the journal stays untouched.
import { dirname, join } from 'node:path';
import type { RecordFilter } from '../sinks/record-filter.ts';
import { type IndexedRecord, openRecordIndex, type RecordIndex } from '../sinks/record-index.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson } from './print.ts';
import { table } from './table.ts';

export interface QueryOptions {
  readonly folder: string;
  readonly json: boolean;
  readonly imei?: string;
  readonly sn?: string;
  readonly order?: string;
  readonly lot?: string;
  readonly slot?: number;
  readonly operator?: string;
  readonly shift?: string;
  readonly verdict?: string;
  readonly code?: string;
  readonly package?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

/** Opens the index beside the journal folder and lets `use` have it when it has reached the journal's end. */
export async function withIndex<Result>(folder: string, use: (index: RecordIndex) => Result | Promise<Result>): Promise<Result> {
  const index = openRecordIndex({ disk: nodeDisk, folder, path: indexPath(folder) });
  try {
    await index.catchUp();
    return await use(index);
  } finally {
    index.close();
  }
}

export const indexPath = (folder: string): string => join(dirname(folder), 'index.sqlite');

export async function logQuery(options: QueryOptions): Promise<number> {
  const filter = filterOf(options);
  return withIndex(options.folder, async (index) => {
    const rows = index.query(filter, options.limit);
    if (options.json) for (const row of rows) printJson(await index.read(row));
    else {
      for (const line of table(head, rows.map(cells))) print(line);
      const total = index.count(filter);
      print(total > rows.length ? `the newest ${rows.length} of ${total} records; --limit shows more` : `${total} records`);
      for (const { file, offset } of index.damaged()) print(`damaged, not believed: ${file} at byte ${offset}; see log verify`);
    }
    return rows.length > 0 ? exitCodes.pass : exitCodes.notPass;
  });
}

export async function logReindex({ folder, json }: { readonly folder: string; readonly json: boolean }): Promise<number> {
  const index = openRecordIndex({ disk: nodeDisk, folder, path: indexPath(folder) });
  try {
    const records = await index.rebuild();
    const damaged = index.damaged().length;
    if (json) printJson({ records, seq: index.seq(), damaged });
    else
      print(
        `${records} records indexed, up to line ${index.seq()} of the chain${damaged > 0 ? `; ${damaged} damaged lines` : ''}`,
      );
    return damaged === 0 ? exitCodes.pass : exitCodes.notPass;
  } finally {
    index.close();
  }
}

export function filterOf(options: Omit<QueryOptions, 'folder' | 'json' | 'limit'>): RecordFilter {
  const { from, to, verdict, imei, sn, order, lot, slot, operator, shift, code, package: sha256 } = options;
  const given = { imei, sn, order, lot, slot, operator, shift, code, package: sha256, verdict: verdict?.toUpperCase() };
  const times = {
    ...(from === undefined ? {} : { fromMs: startOf(from) }),
    ...(to === undefined ? {} : { toMs: endOf(to) }),
  };
  return { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), ...times };
}

const oneDay = /^\d{4}-\d{2}-\d{2}$/;

/** A day, or a time as `Date` reads it; without an offset it is local time. NaN for anything else. */
export const startOf = (text: string): number => new Date(oneDay.test(text) ? `${text}T00:00:00` : text).getTime();

/** Of a day: the midnight that ends it. */
export function endOf(text: string): number {
  const start = new Date(startOf(text));
  if (oneDay.test(text)) start.setDate(start.getDate() + 1);
  return start.getTime();
}

const head = ['finished', 'slot', 'verdict', 'code', 'model', 'IMEI', 'SN', 'order', 'lot', 'operator', 'record'];

const cells = (row: IndexedRecord): string[] =>
  [
    row.finished_at.slice(0, 19).replace('T', ' '),
    row.slot,
    row.verdict,
    row.code,
    row.model,
    row.imei,
    row.sn,
    row.work_order,
    row.lot,
    row.operator,
    row.record_id,
  ].map((value) => printable(String(value ?? '-'), 60));

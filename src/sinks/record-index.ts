// The index: finds records in a journal of any size. Derived from the journal and nothing else, so it may be deleted at any time.
// Several processes may use one index at once. Knows SQLite; node:sqlite is synchronous, so work is cut into batches.
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Disk } from '../bench/disk.ts';
import { fault } from '../domain/failure.ts';
import { readLine, type WrittenRecord } from '../trace/line.ts';
import { type LinePlace, looksLikeRecord, type RawLine, readJournal } from '../trace/read-journal.ts';
import { conditionsOf, type RecordFilter } from './record-filter.ts';
import {
  createIndexes,
  createTables,
  dropIndexes,
  dropTables,
  indexVersion,
  insertKey,
  insertRecord,
  keysOf,
  rowOf,
} from './record-index-schema.ts';

export interface RecordIndexOptions {
  readonly disk: Disk;
  /** The journal's. */
  readonly folder: string;
  /** The index's own file, e.g. `logs/index.sqlite`; its folder must be there. */
  readonly path: string;
}

/** What a row of the index says; the record itself is in the journal. */
export interface IndexedRecord {
  readonly seq: number;
  readonly record_id: string;
  readonly station: string;
  readonly slot: number;
  readonly kind: string;
  readonly verdict: string;
  readonly code: string | null;
  readonly operator: string | null;
  readonly work_order: string | null;
  readonly lot: string | null;
  readonly model: string | null;
  readonly imei: string | null;
  readonly sn: string | null;
  readonly finished_at: string;
  readonly duration_ms: number;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface RecordIndex {
  /** The last line of the journal that the index has seen. */
  seq(): number;
  /**
   * Takes in what the journal holds beyond; makes the index anew where it does not fit this journal. Resolves with `seq()`: at least the
   * journal's head at the time of the call. Calls share one run.
   */
  catchUp(): Promise<number>;
  /** Forgets everything and reads the whole journal again. Resolves with the number of records. */
  rebuild(progress?: (records: number) => void): Promise<number>;
  /** Newest first. */
  query(filter: RecordFilter, limit: number): readonly IndexedRecord[];
  count(filter: RecordFilter): number;
  /**
   * The matching records themselves, oldest first, read from the journal as a stream: any number of them in bounded memory. Rejects
   * `journal-damaged` when a line is no longer as it was written. Do not close the index before the end.
   */
  select(filter: RecordFilter): AsyncGenerator<WrittenRecord>;
  /** Records of the units known by any of these IMEIs or serial numbers, oldest first. */
  ofUnit(keys: readonly string[]): readonly IndexedRecord[];
  /** The record itself. Rejects `journal-damaged` when its line is no longer as it was written. */
  read(place: LinePlace): Promise<WrittenRecord>;
  /** Lines that are not as they were written: what they say is not in the index. */
  damaged(): readonly { readonly file: string; readonly offset: number }[];
  close(): void;
}

/** A rebuild commits as rarely as it can: every commit costs, and what is lost is read again. */
const rebuildChunkBytes = 8 << 20;

/** Throws SQLite's own error when the file cannot be opened. */
export function openRecordIndex({ disk, folder, path }: RecordIndexOptions): RecordIndex {
  const database = openDatabase(path);
  let run: Promise<number> | null = null;

  const progress = (): (LinePlace & { seq: number; hash: string }) | null =>
    (database.prepare('SELECT * FROM progress').get() as (LinePlace & { seq: number; hash: string }) | undefined) ?? null;
  const seq = (): number => progress()?.seq ?? 0;

  const takeIn = async (told: (records: number) => void, chunkBytes?: number): Promise<number> => {
    const insert = { record: database.prepare(insertRecord), key: database.prepare(insertKey) };
    let records = 0;
    for await (const lines of readJournal(disk, folder, progress(), chunkBytes)) {
      records += inTransaction(database, () => addLines(database, insert, lines));
      told(records);
    }
    return records;
  };

  const rebuild = async (told: (records: number) => void = () => undefined): Promise<number> => {
    inTransaction(database, () => database.exec(dropIndexes + dropTables + createTables));
    const records = await takeIn(told, rebuildChunkBytes);
    inTransaction(database, () => database.exec(createIndexes));
    return records;
  };

  const fits = async (): Promise<boolean> => {
    const last = progress();
    if (last === null) return true;
    const line = await disk.readRange(join(folder, last.file), last.offset, last.length).catch(() => new Uint8Array());
    const read = readLine(line);
    return typeof read === 'object' && read.hash === last.hash;
  };

  const catchUp = async (): Promise<number> => {
    if (progress() === null || !(await fits())) await rebuild();
    else await takeIn(() => undefined);
    return seq();
  };

  return {
    seq,
    async catchUp() {
      // A run that is under way may have passed the place where the caller's line has just been written.
      if (run !== null) await run.catch(() => undefined);
      run ??= catchUp().finally(() => {
        run = null;
      });
      return run;
    },
    rebuild,
    query(filter, limit) {
      const { where, values } = conditionsOf(filter);
      const statement = database.prepare(`SELECT * FROM records ${where} ORDER BY finished_ms DESC, seq DESC LIMIT ?`);
      return statement.all(...values, limit) as unknown[] as IndexedRecord[];
    },
    count(filter) {
      const { where, values } = conditionsOf(filter);
      return (database.prepare(`SELECT count(*) AS n FROM records ${where}`).get(...values) as { n: number }).n;
    },
    async *select(filter) {
      const { where, values } = conditionsOf(filter);
      const wanted = database.prepare(`SELECT file, offset, length FROM records ${where} ORDER BY seq`).iterate(...values);
      let next = nextPlace(wanted);
      if (next === null) return;
      for await (const lines of readJournal(disk, folder, { file: next.file, offset: next.offset - 1, length: 0 })) {
        for (const line of lines) {
          if (line.file !== next.file || line.offset !== next.offset) continue;
          yield recordAt(line.bytes, next);
          next = nextPlace(wanted);
          if (next === null) return;
        }
      }
      throw damagedAt(next);
    },
    ofUnit(keys) {
      const marks = keys.map(() => '?').join(', ');
      const sql = `SELECT * FROM records WHERE seq IN (SELECT seq FROM unit_keys WHERE key IN (${marks})) ORDER BY seq`;
      return database.prepare(sql).all(...keys) as unknown[] as IndexedRecord[];
    },
    async read(place) {
      return recordAt(await disk.readRange(join(folder, place.file), place.offset, place.length), place);
    },
    damaged: () => database.prepare('SELECT file, offset FROM damaged').all() as unknown[] as { file: string; offset: number }[],
    close: () => database.close(),
  };
}

function nextPlace(rows: Iterator<unknown>): LinePlace | null {
  const { done, value } = rows.next();
  return done === true ? null : (value as LinePlace);
}

function recordAt(bytes: Uint8Array, place: LinePlace): WrittenRecord {
  const line = readLine(bytes);
  if (typeof line === 'object' && line.type === 'record') return line;
  throw damagedAt(place);
}

const damagedAt = ({ file, offset }: LinePlace): Error =>
  fault('journal-damaged', 'read-record', { address: `${file}@${offset}`, detail: 'see flashrack log verify' });

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  // Losing the last transactions to a power cut loses nothing: they are taken from the journal again.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA temp_store = FILE;');
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version !== indexVersion) database.exec(`${dropIndexes}${dropTables}PRAGMA user_version = ${indexVersion};`);
  database.exec(createTables);
  return database;
}

function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

interface Inserts {
  readonly record: StatementSync;
  readonly key: StatementSync;
}

/** Returns how many records the lines held. Lines that another process has taken in meanwhile only replace themselves. */
function addLines(database: DatabaseSync, insert: Inserts, lines: readonly RawLine[]): number {
  let records = 0;
  for (const line of lines) {
    if (!looksLikeRecord(line)) continue;
    const read = readLine(line.bytes, 'withoutSteps');
    if (typeof read === 'string') {
      database.prepare('INSERT OR IGNORE INTO damaged VALUES (?, ?)').run(line.file, line.offset);
    } else if (read.type === 'record') {
      insert.record.run(...rowOf(read, line));
      for (const key of keysOf(read)) insert.key.run(key, read.seq);
      records++;
    }
  }
  noteProgress(database, lines);
  return records;
}

/** Up to the last line that can be read: what stands behind it is looked at again the next time. */
function noteProgress(database: DatabaseSync, lines: readonly RawLine[]): void {
  for (const { bytes, file, offset, length } of lines.toReversed()) {
    const read = readLine(bytes);
    if (typeof read === 'string') continue;
    database
      .prepare('INSERT OR REPLACE INTO progress VALUES (1, ?, ?, ?, ?, ?, ?)')
      .run(indexVersion, file, offset, length, read.seq, read.hash);
    return;
  }
}

// The tables of the record index. Knows SQLite's dialect; everything in them comes from the journal and can be made again.
import type { WrittenRecord } from '../trace/line.ts';

/** Changed whenever the tables change: an index of another version is made anew. */
export const indexVersion = 2;

export const createTables = `
  CREATE TABLE IF NOT EXISTS progress (
    id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,
    file TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS damaged (file TEXT NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (file, offset));
  CREATE TABLE IF NOT EXISTS unit_keys (key TEXT NOT NULL, seq INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY, record_id TEXT NOT NULL, station TEXT NOT NULL, slot INTEGER NOT NULL, kind TEXT NOT NULL,
    verdict TEXT NOT NULL, written TEXT NOT NULL, code TEXT, step TEXT, operator TEXT, shift TEXT, work_order TEXT, lot TEXT,
    model TEXT, imei TEXT, sn TEXT, profile TEXT, package_sha256 TEXT, attempt INTEGER NOT NULL, margin_ms REAL,
    finished_at TEXT NOT NULL, finished_ms INTEGER NOT NULL, duration_ms REAL NOT NULL,
    file TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL
  );
`;

/** Made after a rebuild's bulk load: sorting once is several times faster than keeping the order. */
export const createIndexes = `
  CREATE INDEX IF NOT EXISTS by_key ON unit_keys (key, seq);
  CREATE INDEX IF NOT EXISTS by_record_id ON records (record_id);
  CREATE INDEX IF NOT EXISTS by_time ON records (finished_ms);
  CREATE INDEX IF NOT EXISTS by_order ON records (work_order, finished_ms) WHERE work_order IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_lot ON records (lot, finished_ms) WHERE lot IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_operator ON records (operator, finished_ms) WHERE operator IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_slot ON records (slot, finished_ms);
  CREATE INDEX IF NOT EXISTS by_verdict ON records (verdict, finished_ms);
  CREATE INDEX IF NOT EXISTS by_code ON records (code, finished_ms) WHERE code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_package ON records (package_sha256, finished_ms) WHERE package_sha256 IS NOT NULL;
`;

export const dropIndexes = ['key', 'record_id', 'time', 'order', 'lot', 'operator', 'slot', 'verdict', 'code', 'package']
  .map((name) => `DROP INDEX IF EXISTS by_${name};`)
  .join('\n');

export const dropTables = ['progress', 'damaged', 'unit_keys', 'records']
  .map((name) => `DROP TABLE IF EXISTS ${name};`)
  .join('\n');

export const insertRecord = `INSERT OR REPLACE INTO records VALUES (${Array(26).fill('?').join(', ')})`;
/** A line that is taken in twice leaves a pair twice: nobody asks how often. */
export const insertKey = 'INSERT INTO unit_keys VALUES (?, ?)';

export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** In the order of the columns of `records`. */
export function rowOf(record: WrittenRecord, place: Place): (string | number | null)[] {
  const { unit, failure } = record;
  return [
    record.seq,
    record.recordId,
    record.station.id,
    record.slot.number,
    record.kind,
    record.verdict,
    record.written,
    failure?.code ?? null,
    failure?.step ?? null,
    record.operator,
    record.shift,
    record.workOrder,
    record.lot,
    unit.model,
    unit.imeiAfter ?? unit.imeiBefore,
    unit.sn ?? unit.labelSn,
    record.profile?.id ?? null,
    record.package?.sha256 ?? null,
    record.attempt,
    record.entry.marginMs,
    record.finishedAt,
    Date.parse(record.finishedAt),
    record.durationMs,
    place.file,
    place.offset,
    place.length,
  ];
}

/** Everything the unit is known by. */
export function keysOf({ unit }: Pick<WrittenRecord, 'unit'>): readonly string[] {
  const keys = [unit.imeiBefore, unit.imeiAfter, unit.sn, unit.labelSn];
  return [...new Set(keys.filter((key): key is string => key !== null && key !== ''))];
}

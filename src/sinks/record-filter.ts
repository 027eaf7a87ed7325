// What a question to the index may ask for, and the SQL conditions of it. Knows no journal.

/** Every field that is given must match. */
export interface RecordFilter {
  /** Any IMEI or serial number of the unit: before, after, read or from the label. */
  readonly unit?: string;
  readonly imei?: string;
  readonly sn?: string;
  readonly recordId?: string;
  readonly order?: string;
  readonly lot?: string;
  readonly slot?: number;
  readonly operator?: string;
  readonly shift?: string;
  readonly verdict?: string;
  readonly code?: string;
  readonly model?: string;
  /** SHA-256 of the package, or how it begins. */
  readonly package?: string;
  /** Unix milliseconds of the record's end: from (included) to (not included). */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** `2026-11-22` by the station's own clock, wherever the question is asked. */
  readonly day?: string;
}

interface Conditions {
  /** Empty, or begins with WHERE. */
  readonly where: string;
  readonly values: readonly (string | number)[];
}

const ofUnit = 'seq IN (SELECT seq FROM unit_keys WHERE key = ?)';

const conditions: { readonly [Field in keyof RecordFilter]-?: string } = {
  unit: ofUnit,
  imei: ofUnit,
  sn: ofUnit,
  recordId: 'record_id = ?',
  order: 'work_order = ?',
  lot: 'lot = ?',
  slot: 'slot = ?',
  operator: 'operator = ?',
  shift: 'shift = ?',
  verdict: 'verdict = ?',
  code: 'code = ?',
  model: 'model = ?',
  package: 'package_sha256 GLOB ?',
  fromMs: 'finished_ms >= ?',
  toMs: 'finished_ms < ?',
  day: 'substr(finished_at, 1, 10) = ?',
};

export function conditionsOf(filter: RecordFilter): Conditions {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  for (const field of Object.keys(conditions) as (keyof RecordFilter)[]) {
    const value = filter[field];
    if (value === undefined) continue;
    parts.push(conditions[field]);
    values.push(
      field === 'package'
        ? `${String(value)
            .replace(/[^0-9a-fA-F]/g, '?')
            .toLowerCase()}*`
        : value,
    );
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

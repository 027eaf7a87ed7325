// Delivers records to PostgreSQL, a batch in one transaction, each record once by its `recordId`. Knows no journal.
import type { WrittenRecord } from '../../trace/line.ts';
import type { Destination } from '../outbox/outbox.ts';
import { migrate } from './migrations.ts';
import { inTransaction, type SqlClient, type SqlConnect } from './sql-client.ts';

export interface PostgresOptions {
  readonly name: string;
  readonly connect: SqlConnect;
  readonly batchRecords: number;
}

export function postgresDestination({ name, connect, batchRecords }: PostgresOptions): Destination {
  let client: SqlClient | null = null;
  const ready = async (): Promise<SqlClient> => {
    if (client !== null) return client;
    const opened = await connect();
    try {
      await migrate(opened);
    } catch (error) {
      await opened.end().catch(() => undefined);
      throw error;
    }
    client = opened;
    return opened;
  };
  /** After any doubt nothing is asked of this connection again. */
  const drop = async (): Promise<void> => {
    const old = client;
    client = null;
    await old?.end().catch(() => undefined);
  };
  return {
    name,
    batchRecords,
    async deliver(records, signal) {
      const abort = (): void => void drop();
      signal.addEventListener('abort', abort, { once: true });
      try {
        const open = await ready();
        signal.throwIfAborted();
        await insert(open, records);
      } catch (error) {
        await drop();
        throw error;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    close: drop,
  };
}

const columns: readonly (readonly [name: string, type: string, of: (record: WrittenRecord) => string | number | null])[] = [
  ['record_id', 'text', ({ recordId }) => recordId],
  ['station', 'text', ({ station }) => station.id],
  ['seq', 'bigint', ({ seq }) => seq],
  ['hash', 'text', ({ hash }) => hash],
  ['kind', 'text', ({ kind }) => kind],
  ['verdict', 'text', ({ verdict }) => verdict],
  ['written', 'text', ({ written }) => written],
  ['code', 'text', ({ failure }) => failure?.code ?? null],
  ['slot', 'integer', ({ slot }) => slot.number],
  ['operator', 'text', ({ operator }) => operator],
  ['shift', 'text', ({ shift }) => shift],
  ['work_order', 'text', ({ workOrder }) => workOrder],
  ['lot', 'text', ({ lot }) => lot],
  ['model', 'text', ({ unit }) => unit.model],
  ['imei', 'text', ({ unit }) => unit.imeiAfter ?? unit.imeiBefore],
  ['sn', 'text', ({ unit }) => unit.sn],
  ['label_sn', 'text', ({ unit }) => unit.labelSn],
  ['package_sha256', 'text', (record) => record.package?.sha256 ?? null],
  ['finished_at', 'timestamptz', ({ finishedAt }) => finishedAt],
  ['body', 'json', (record) => JSON.stringify(record)],
];

const insertSql = `
  INSERT INTO flashrack.records (${columns.map(([name]) => name).join(', ')})
  SELECT * FROM unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})
  ON CONFLICT (record_id) DO NOTHING`;

/** PostgreSQL's text cannot hold a NUL, which a device may send; the body keeps it escaped. */
const storable = (value: string | number | null): string | number | null =>
  typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;

async function insert(client: SqlClient, records: readonly WrittenRecord[]): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(
      insertSql,
      columns.map(([, , of]) => records.map((record) => storable(of(record)))),
    );
    const { rows } = await client.query(
      'SELECT count(*)::int AS n FROM flashrack.records JOIN unnest($1::text[], $2::text[]) AS sent (id, h) ON record_id = id AND hash = h',
      [records.map(({ recordId }) => recordId), records.map(({ hash }) => hash)],
    );
    const there = Number(rows[0]?.['n']);
    if (there !== records.length) {
      throw new Error(`${records.length - there} of ${records.length} record ids are in the database with other contents`);
    }
  });
}

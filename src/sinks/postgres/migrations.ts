// The schema of the line's PostgreSQL database, as migrations in order. A migration that was ever released is never changed.
import { inTransaction, type SqlClient } from './sql-client.ts';

export interface Migration {
  readonly id: number;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE flashrack.records (
        record_id text PRIMARY KEY,
        station text NOT NULL, seq bigint NOT NULL, hash text NOT NULL,
        kind text NOT NULL, verdict text NOT NULL, written text NOT NULL, code text,
        slot integer NOT NULL, operator text, shift text, work_order text, lot text,
        model text, imei text, sn text, label_sn text, package_sha256 text,
        finished_at timestamptz NOT NULL, delivered_at timestamptz NOT NULL DEFAULT now(),
        -- json and not jsonb: the text as it was written, and device text may hold what jsonb refuses.
        body json NOT NULL
      );
      CREATE INDEX records_imei ON flashrack.records (imei) WHERE imei IS NOT NULL;
      CREATE INDEX records_sn ON flashrack.records (sn) WHERE sn IS NOT NULL;
      CREATE INDEX records_label_sn ON flashrack.records (label_sn) WHERE label_sn IS NOT NULL;
      CREATE INDEX records_order ON flashrack.records (work_order, finished_at) WHERE work_order IS NOT NULL;
      CREATE INDEX records_station ON flashrack.records (station, seq);
      -- Filled by the line's own system: which units an order has, and what other steps said of a unit.
      CREATE TABLE flashrack.order_units (work_order text NOT NULL, unit text NOT NULL, PRIMARY KEY (work_order, unit));
      CREATE TABLE flashrack.steps (
        unit text NOT NULL, step text NOT NULL, passed boolean NOT NULL, at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX steps_unit ON flashrack.steps (unit, step, at);
    `,
  },
];

/**
 * Any number of stations may do this at once: one works, the others wait. Where everything is there already nothing is asked for that a
 * user without the right to make tables may not do.
 */
export async function migrate(client: SqlClient): Promise<void> {
  if ((await missing(client)).length === 0) return;
  await inTransaction(client, async () => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('flashrack.migrations'))`);
    await client.query('CREATE SCHEMA IF NOT EXISTS flashrack');
    await client.query(
      'CREATE TABLE IF NOT EXISTS flashrack.migrations (id integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    for (const { id, sql } of await missing(client)) {
      await client.query(sql);
      await client.query('INSERT INTO flashrack.migrations (id) VALUES ($1)', [id]);
    }
  });
}

async function missing(client: SqlClient): Promise<readonly Migration[]> {
  const { rows } = await client.query("SELECT to_regclass('flashrack.migrations') IS NOT NULL AS there");
  if (rows[0]?.['there'] !== true) return migrations;
  const applied = new Set((await client.query('SELECT id FROM flashrack.migrations')).rows.map(({ id }) => Number(id)));
  return migrations.filter(({ id }) => !applied.has(id));
}

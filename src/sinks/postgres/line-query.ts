// What the line's database knows of a unit beyond this station. Knows no rule and no policy; it only answers.
import type { SqlClient } from './sql-client.ts';

export interface LineQuestion {
  /** IMEI, serial number, label: whatever is known. */
  readonly unit: readonly string[];
  /** The station that asks: its own records do not count as elsewhere. */
  readonly station: string;
  readonly workOrder: string | null;
  /** The step that must have passed before, as the line's system names it; null where none is asked for. */
  readonly previousStep: string | null;
}

export interface LineAnswer {
  /** The last PASS of the unit at another station, if any. */
  readonly passedElsewhere: { readonly station: string; readonly recordId: string; readonly finishedAt: string } | null;
  /** Null where the order has no list of units, or no order is set. */
  readonly inOrder: boolean | null;
  /** By the step's newest entry; null where none is asked for. A unit without an entry has not passed. */
  readonly previousStepPassed: boolean | null;
}

/** Rejects when the database cannot answer: the asker must not decide then. */
export async function askLine(client: SqlClient, question: LineQuestion): Promise<LineAnswer> {
  const { unit, station, workOrder, previousStep } = question;
  const passed = await client.query(
    `SELECT station, record_id, finished_at FROM flashrack.records
     WHERE verdict = 'PASS' AND kind = 'flash' AND station <> $2 AND (imei = ANY($1) OR sn = ANY($1) OR label_sn = ANY($1))
     ORDER BY finished_at DESC LIMIT 1`,
    [unit, station],
  );
  const found = passed.rows[0];
  return {
    passedElsewhere: found
      ? { station: String(found['station']), recordId: String(found['record_id']), finishedAt: isoOf(found['finished_at']) }
      : null,
    inOrder: workOrder === null ? null : await isInOrder(client, workOrder, unit),
    previousStepPassed: previousStep === null ? null : await hasPassed(client, previousStep, unit),
  };
}

async function isInOrder(client: SqlClient, workOrder: string, unit: readonly string[]): Promise<boolean | null> {
  const { rows } = await client.query(
    'SELECT count(*)::int AS listed, count(*) FILTER (WHERE unit = ANY($2))::int AS found FROM flashrack.order_units WHERE work_order = $1',
    [workOrder, unit],
  );
  return Number(rows[0]?.['listed']) === 0 ? null : Number(rows[0]?.['found']) > 0;
}

async function hasPassed(client: SqlClient, step: string, unit: readonly string[]): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT passed FROM flashrack.steps WHERE step = $1 AND unit = ANY($2) ORDER BY at DESC LIMIT 1',
    [step, unit],
  );
  return rows[0]?.['passed'] === true;
}

const isoOf = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value));

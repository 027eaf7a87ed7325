// `flashrack outbox`: delivers a station's records to other systems, beside the station or without it. The journal is the queue, so
// this process may be stopped, restarted or be away for days. Knows no station.
import { dirname, join } from 'node:path';
import { realClock } from '../bench/hardware/real-clock.ts';
import { csvDropDestination } from '../sinks/outbox/csv-drop.ts';
import { httpDestination } from '../sinks/outbox/http.ts';
import { type Destination, type Outbox, type OutboxState, startOutbox } from '../sinks/outbox/outbox.ts';
import { postgresConnect } from '../sinks/postgres/connect.ts';
import { postgresDestination } from '../sinks/postgres/destination.ts';
import { migrations } from '../sinks/postgres/migrations.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import { printable } from '../views/words/escape.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printJson } from './print.ts';

export interface OutboxCommandOptions {
  readonly folder: string;
  readonly json: boolean;
  readonly http?: string;
  readonly csvFolder?: string;
  /** True: the URL is in FLASHRACK_POSTGRES. Secrets are never arguments: every user of the computer can read those. */
  readonly postgres: boolean;
  readonly timeoutMs: number;
  /** Ends when everything that is in the journal now has been delivered. */
  readonly once: boolean;
}

export async function outbox(options: OutboxCommandOptions): Promise<number> {
  const destinations = destinationsOf(options);
  if (destinations.length === 0) {
    process.stderr.write(
      'flashrack: give at least one of --http, --csv-folder, --postgres (with its URL in FLASHRACK_POSTGRES)\n',
    );
    return exitCodes.refused;
  }
  const tell = changesOnly((state) => {
    if (options.json) printJson(state);
    else print(stateText(state));
  });
  const boxes = await Promise.all(
    destinations.map((destination) =>
      startOutbox({
        disk: nodeDisk,
        clock: realClock,
        folder: options.folder,
        cursorPath: join(dirname(options.folder), 'outbox', `${destination.name}.json`),
        destination,
        deliveryTimeoutMs: options.timeoutMs,
        onChange: tell,
      }),
    ),
  );
  const stopped = untilSignal();
  await (options.once ? Promise.race([Promise.all(boxes.map((box) => box.drained())), stopped]) : stopped);
  const left = boxes.filter((box) => box.state().waitingSinceMs !== null);
  for (const box of boxes) await box.stop();
  for (const box of boxes) report(box, options.json);
  return left.length === 0 ? exitCodes.pass : exitCodes.notPass;
}

/** The SQL of the database, for an administrator who does not let stations make tables. */
export function outboxSchema(): number {
  process.stdout.write('CREATE SCHEMA IF NOT EXISTS flashrack;\n');
  process.stdout.write(
    'CREATE TABLE IF NOT EXISTS flashrack.migrations (id integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());\n',
  );
  for (const { id, sql } of migrations) process.stdout.write(`${sql}\nINSERT INTO flashrack.migrations (id) VALUES (${id});\n`);
  return exitCodes.pass;
}

function destinationsOf({ http, csvFolder, postgres }: OutboxCommandOptions): readonly Destination[] {
  const url = process.env['FLASHRACK_POSTGRES'];
  const token = process.env['FLASHRACK_HTTP_TOKEN'] ?? null;
  return [
    ...(http === undefined ? [] : [httpDestination({ name: 'http', url: http, token })]),
    ...(csvFolder === undefined
      ? []
      : [csvDropDestination({ name: 'csv', disk: nodeDisk, folder: csvFolder, batchRecords: 500 })]),
    ...(postgres && url !== undefined
      ? [postgresDestination({ name: 'postgres', connect: postgresConnect(url), batchRecords: 100 })]
      : []),
  ];
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** A line when a destination's trouble begins, changes or ends; not one per record. */
function changesOnly(tell: (state: OutboxState) => void): (state: OutboxState) => void {
  const last = new Map<string, string | null>();
  return (state) => {
    if (last.has(state.name) ? last.get(state.name) === state.trouble : state.trouble === null) return;
    last.set(state.name, state.trouble);
    tell(state);
  };
}

function report(box: Outbox, json: boolean): void {
  if (json) printJson(box.state());
  else print(stateText(box.state()));
}

function stateText({ name, delivered, deliveredSeq, waitingSinceMs, trouble, damaged }: OutboxState): string {
  const waiting = waitingSinceMs === null ? 'nothing waits' : `waiting since ${new Date(waitingSinceMs).toISOString()}`;
  const said = trouble === null ? '' : `; ${printable(trouble)}`;
  const bad = damaged === 0 ? '' : `; ${damaged} damaged lines cannot be delivered`;
  return `${name}: ${delivered} records delivered, up to line ${deliveredSeq} of the chain; ${waiting}${said}${bad}`;
}

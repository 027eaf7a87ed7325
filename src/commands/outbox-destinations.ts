// From the outboxes of a station file to destinations, with the secrets from the environment. Composes; knows no station.
import type { LinkSettings, OutboxSettings } from '../config/station-links.ts';
import { fault } from '../domain/failure.ts';
import { csvDropDestination } from '../sinks/outbox/csv-drop.ts';
import { httpDestination } from '../sinks/outbox/http.ts';
import type { Destination } from '../sinks/outbox/outbox.ts';
import { postgresConnect } from '../sinks/postgres/connect.ts';
import { postgresDestination } from '../sinks/postgres/destination.ts';
import { nodeDisk } from '../trace/node-disk.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `station-file-invalid` when the variable that the station file names is not set. */
export function secretOf(environment: Environment, name: string, asker: string): string {
  const value = environment[name];
  if (value === undefined || value === '')
    throw fault('station-file-invalid', asker, { expected: `the environment variable ${name}`, actual: 'not set' });
  return value;
}

/** Throws like `secretOf`, so that a missing secret is told before a board is touched. */
export function requireSecrets({ outboxes, interlock }: LinkSettings, environment: Environment): void {
  for (const outbox of outboxes) destinationOf(outbox, environment);
  if (interlock !== null) secretOf(environment, interlock.urlFrom, 'interlock');
}

/** Opens nothing. */
export function destinationOf(outbox: OutboxSettings, environment: Environment): Destination {
  const { name } = outbox;
  const secret = (variable: string): string => secretOf(environment, variable, `outbox ${name}`);
  switch (outbox.kind) {
    case 'http':
      return httpDestination({ name, url: outbox.url, token: outbox.tokenFrom === undefined ? null : secret(outbox.tokenFrom) });
    case 'csvFolder':
      return csvDropDestination({ name, disk: nodeDisk, folder: outbox.folder, batchRecords: 500 });
    case 'postgres':
      return postgresDestination({ name, connect: postgresConnect(secret(outbox.urlFrom)), batchRecords: 100 });
  }
}

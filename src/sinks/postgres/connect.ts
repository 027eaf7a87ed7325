// Opens a PostgreSQL connection with the package `pg`, loaded only where a station has a database. Knows no query.
import { createRequire } from 'node:module';
import type { SqlClient, SqlConnect } from './sql-client.ts';

/** The part of `pg` that is used. */
interface PgClient extends SqlClient {
  connect(): Promise<void>;
  on(event: 'error', listener: () => void): void;
}
interface Pg {
  readonly Client: new (options: {
    readonly connectionString: string;
    readonly connectionTimeoutMillis: number;
    readonly keepAlive: boolean;
    readonly application_name: string;
  }) => PgClient;
}

const connectionTimeoutMillis = 10_000;

/** `url`: `postgresql://user:password@host:5432/database`. Rejects what `pg` rejects, or when the package is not there. */
export function postgresConnect(url: string): SqlConnect {
  return async () => {
    const { Client } = createRequire(import.meta.url)('pg') as Pg;
    const client = new Client({ connectionString: url, connectionTimeoutMillis, keepAlive: true, application_name: 'flashrack' });
    // A lost connection is told by the next query; without a listener it would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return {
      query: (text, values) => client.query(text, values),
      end() {
        // Not awaited: the good-bye to a server that is gone may take minutes.
        client.end().catch(() => undefined);
        return Promise.resolve();
      },
    };
  };
}

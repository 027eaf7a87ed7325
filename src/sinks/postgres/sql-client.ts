// What the program needs of a PostgreSQL connection: the package `pg` fits as it is. Knows no query.

export interface SqlClient {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
  end(): Promise<void>;
}

/** Opens a connection or rejects; every call a new one. */
export type SqlConnect = () => Promise<SqlClient>;

/** All or nothing. */
export async function inTransaction<Result>(client: SqlClient, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** Runs statements with full control of the database: no trigger stops them. */
export const intruder =
  (sql: Sql) =>
  async (...statements: readonly string[]): Promise<void> => {
    await sql.unsafe(['set local session_replication_role = replica', ...statements].join(';'));
  };

import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** Runs statements as somebody who has the database in their hands: no trigger stops them. */
export const intruder =
  (sql: Sql) =>
  async (...statements: readonly string[]): Promise<void> => {
    await sql.unsafe(['set local session_replication_role = replica', ...statements].join(';'));
  };

import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * How many connections to this database wait for a lock; other databases of the server do not
 * count.
 */
export const lockWaits = async (sql: Sql): Promise<number> => {
  const [row] = await sql<[{ waiting: number }]>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return row.waiting;
};

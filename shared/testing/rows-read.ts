import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * Counts the rows of tables and their partitions that work reads: those of scans, and the index
 * entries that it goes through.
 * @param sql a pool of one connection, which does the work: Postgres reports what a connection has
 * read once it is idle
 */
export const rowsRead = async (
  sql: Sql,
  tables: readonly string[],
  work: () => Promise<unknown>,
): Promise<number> => {
  const before = await read(sql, tables);
  await work();
  return (await read(sql, tables)) - before;
};

const read = async (sql: Sql, tables: readonly string[]): Promise<number> => {
  await sql`select pg_stat_force_next_flush()`;
  await sql`select pg_stat_clear_snapshot()`;
  const [row] = await sql<[{ rows: number }]>`
    select coalesce(sum(seq_tup_read + coalesce(entries, 0)), 0)::bigint as rows
    from pg_stat_user_tables
    left join (select relid, sum(idx_tup_read) as entries from pg_stat_user_indexes group by relid) index using (relid)
    where relname = any(${tables}::text[])
      or relname in (select partition from partitions where table_name = any(${tables}::text[]))`;
  return row.rows;
};

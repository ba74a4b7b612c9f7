import { eventually } from '#scripts/services/eventually.ts';
import { assert } from '#shared/domain/assert.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * Counts the rows of tables and their partitions that work reads: those of scans, and the index
 * entries that it goes through. First summarizes new pages in BRIN indexes, which autovacuum might
 * otherwise do meanwhile and Postgres would count.
 * @param sql a pool of one connection, which does the work: Postgres reports what a connection has
 * read once it is idle
 */
export const rowsRead = async (
  sql: Sql,
  tables: readonly string[],
  work: () => Promise<unknown>,
): Promise<number> => {
  await summarize(sql, tables);
  const before = await read(sql, tables);
  await work();
  return (await read(sql, tables)) - before;
};

const summarize = async (sql: Sql, tables: readonly string[]): Promise<void> => {
  await sql`
    select brin_summarize_new_values(indexrelid)
    from pg_index join pg_class index on index.oid = indexrelid join pg_am on pg_am.oid = index.relam
    where amname = 'brin' and index.relkind = 'i' and indrelid in (
      select relid from pg_stat_user_tables where ${isOf(sql, tables)})`;
  // A worker reports what it has read when it ends.
  const isAlone = async () =>
    (
      await sql`select from pg_stat_activity
        where backend_type = 'autovacuum worker' and datname = current_database()`
    ).length === 0;
  assert(await eventually(isAlone, { timeoutMs: 60_000 }), 'autovacuum has left the database');
};

const isOf = (sql: Sql, tables: readonly string[]) => sql`
  (relname = any(${tables}::text[])
    or relname in (select partition from partitions where table_name = any(${tables}::text[])))`;

const read = async (sql: Sql, tables: readonly string[]): Promise<number> => {
  await sql`select pg_stat_force_next_flush()`;
  await sql`select pg_stat_clear_snapshot()`;
  const [row] = await sql<[{ rows: number }]>`
    select coalesce(sum(seq_tup_read + coalesce(entries, 0)), 0)::bigint as rows
    from pg_stat_user_tables
    left join (select relid, sum(idx_tup_read) as entries from pg_stat_user_indexes group by relid) index using (relid)
    where ${isOf(sql, tables)}`;
  return row.rows;
};

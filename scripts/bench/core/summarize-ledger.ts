import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * Summarizes the newest pages of the ledger in its block range indexes, as autovacuum does later.
 */
export const summarizeLedger = async (sql: Sql): Promise<void> => {
  await sql`
    select brin_summarize_new_values(indexrelid) from pg_index
    join pg_class index on index.oid = indexrelid join pg_am access on access.oid = relam
    join partitions on partition::regclass = indrelid
    where table_name = 'points_ledger' and amname = 'brin'`;
};

import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * Brings the block range indexes of the ledger up to its newest pages, as autovacuum does a while
 * later.
 */
export const summarizeLedger = async (sql: Sql): Promise<void> => {
  await sql`
    select brin_summarize_new_values(indexrelid) from pg_index
    join pg_class index on index.oid = indexrelid join pg_am access on access.oid = relam
    join partitions on partition::regclass = indrelid
    where table_name = 'points_ledger' and amname = 'brin'`;
};

import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * Adds the keys of entries that were inserted without recordEntries; without its key, an entry is
 * not found by its business key.
 */
export const addLedgerKeys = async (sql: Sql): Promise<void> => {
  await sql`
    insert into ledger_keys (key, entry_no, recorded_at, customer_id)
    select ledger_key(tenant_id, program, kind, cause_id), entry_no, recorded_at, customer_id from points_ledger
    on conflict (key) do nothing`;
};

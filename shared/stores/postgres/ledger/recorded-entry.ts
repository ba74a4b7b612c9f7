import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';

/**
 * Selects, in a lateral query, the entry with the business key in a row `wanted (tenant_id,
 * program, kind, cause_id)`: by the index of its customer's entries, in the one partition that has
 * it. No row where nothing was booked under that key.
 */
export const recordedEntry = (sql: Sql | Transaction): Fragment => sql`
  select entry.* from ledger_keys known
  join points_ledger entry on entry.recorded_at = known.recorded_at and entry.customer_id = known.customer_id
    and entry.entry_no = known.entry_no and entry.tenant_id = wanted.tenant_id and entry.program = wanted.program
  where known.key = ledger_key(wanted.tenant_id, wanted.program, wanted.kind, wanted.cause_id)
  limit 1`;

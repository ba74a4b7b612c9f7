import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import { rowsOf, type Sql } from '../../driver/connect.ts';
import { withPostgres } from '../../driver/transaction.ts';
import { byIndex } from './by-index.ts';

/**
 * The names of those of records of a tenant that are stored.
 * @throws Unavailable when Postgres is unavailable
 */
export const storedNames = async (
  sql: Sql,
  tenantId: string,
  records: readonly RecordId[],
): Promise<ReadonlySet<string>> => {
  const columns = { source: 'text', recordId: 'text' } as const;
  const rows = await withPostgres(
    async () => sql<RecordId[]>`
      select own.* from ${rowsOf(sql, { wanted: records }, columns)} cross join lateral (
        select source, record_id from customer_records
        where tenant_id = ${tenantId} and source = wanted.source and record_id = wanted.record_id
        ${byIndex(sql)}) own`,
  );
  return new Set(rows.map(recordName));
};

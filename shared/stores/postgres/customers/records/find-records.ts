import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { rowsOf, type Sql, type Transaction } from '../../driver/connect.ts';
import { byIndex } from './by-index.ts';

/** Those of records of a tenant that are stored, by name, with their numbers. */
export const findRecords = async (
  sql: Sql | Transaction,
  tenantId: string,
  records: readonly RecordId[],
): Promise<readonly (RecordId & Readonly<{ recordNo: number }>)[]> => {
  const columns = { source: 'text', recordId: 'text' } as const;
  return sql<(RecordId & { recordNo: number })[]>`
    select own.* from ${rowsOf(sql, { wanted: records }, columns)} cross join lateral (
      select record_no, source, record_id from customer_records
      where tenant_id = ${tenantId} and source = wanted.source and record_id = wanted.record_id
      ${byIndex(sql)}) own`;
};

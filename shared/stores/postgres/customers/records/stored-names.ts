import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import type { Sql } from '../../driver/connect.ts';
import { withPostgres } from '../../driver/transaction.ts';
import { findRecords } from './find-records.ts';

/**
 * The names of those of records of a tenant that are stored.
 * @throws Unavailable when Postgres is unavailable
 */
export const storedNames = async (
  sql: Sql,
  tenantId: string,
  records: readonly RecordId[],
): Promise<ReadonlySet<string>> => {
  const found = await withPostgres(() => findRecords(sql, tenantId, records));
  return new Set(found.map(recordName));
};

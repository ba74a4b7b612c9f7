import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import type { Transaction } from '../../driver/connect.ts';

/** Where a page of a tenant's records ended, in the order of their names. */
export type RecordPlace = Readonly<{ source: Source | ''; recordId: string }>;

/** Before the first record. */
export const firstPlace: RecordPlace = { source: '', recordId: '' };

type KeyedRow = RecordId &
  Readonly<{
    recordNo: number;
    accountId: string | null;
    content: string;
    blockKeys: readonly string[];
  }>;

/**
 * The next records of a tenant, in the order of the index that has their names. Records that arrive
 * before the place meanwhile are not among them.
 */
export const readRecordPage = (
  tx: Transaction,
  {
    tenantId,
    after: { source, recordId },
    recordsMax,
  }: Readonly<{ tenantId: string; after: RecordPlace; recordsMax: number }>,
): Promise<readonly KeyedRow[]> => tx<KeyedRow[]>`
  select record_no, source, record_id, account_id, encode(content, 'hex') as content,
    block_keys::text[] as block_keys
  from customer_records
  where tenant_id = ${tenantId} and (source, record_id) > (${source}, ${recordId})
  order by customer_records.source, customer_records.record_id limit ${recordsMax}`;

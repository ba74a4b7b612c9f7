import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import type { StoredDetails } from '#shared/domain/matching/record-details.ts';
import type { Transaction } from '../../driver/connect.ts';
import { type MasterKeys, personKeysIn } from '../../privacy/person-keys.ts';
import { recordField, recordPerson } from '../customer-record.ts';
import { byIndex } from './by-index.ts';
import { openDetails } from './open-details.ts';

/** Details of records by number. */
export type KnownDetails = Map<number, LoadedDetails>;

type LoadedDetails = RecordId & Readonly<{ changedAt: Date; details: StoredDetails }>;

/**
 * Reads and decrypts the details of records that are not known yet. A record whose key was
 * destroyed has none: it is being erased.
 */
export const loadDetails = async (
  tx: Transaction,
  { tenantId, masterKeys }: Readonly<{ tenantId: string; masterKeys: MasterKeys }>,
  { recordNos, known }: Readonly<{ recordNos: Iterable<number>; known: KnownDetails }>,
): Promise<void> => {
  const missing = [...new Set(recordNos)].filter((recordNo) => !known.has(recordNo));
  if (missing.length === 0) return;
  const rows = await tx<
    (RecordId & { recordNo: number; changedAt: Date; details: string })[]
  >`select own.record_no, source, record_id, changed_at, details
    from unnest(${missing}::bigint[]) as wanted (record_no) cross join lateral (
      select * from customer_records where record_no = wanted.record_no ${byIndex(tx)}) own
    where tenant_id = ${tenantId}`;
  const opened = await openDetails<StoredDetails>(
    personKeysIn(tx, masterKeys),
    recordField,
    rows.map((row) => ({ person: recordPerson(tenantId, row), details: row.details })),
  );
  for (const [index, { recordNo, ...row }] of rows.entries()) {
    const details = opened[index];
    if (details !== undefined) known.set(recordNo, { ...row, details });
  }
};

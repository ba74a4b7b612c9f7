import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { rowsOf, type Transaction } from '../driver/connect.ts';
import { isErased } from '../privacy/erased-persons.ts';
import type { CustomerRecord } from './customer-record.ts';

/** A record with its details encrypted. */
export type EncryptedRecord = CustomerRecord & Readonly<{ ciphertext: string }>;

/** A record that was written, and the keys that it has gained and lost. */
export type WrittenRecord = Readonly<{
  recordNo: number;
  record: EncryptedRecord;
  isNew: boolean;
  gained: readonly string[];
  lost: readonly string[];
}>;

/**
 * Writes the records that are new or newer than what is stored, with their rows in
 * `matching_blocks`, and returns them. Of equal times the greater content is newer, so that the
 * order of arrival decides nothing. Records of persons who are erased are left out.
 */
export const writeRecords = async (
  tx: Transaction,
  records: readonly EncryptedRecord[],
): Promise<readonly WrittenRecord[]> => {
  const stored = await readStored(tx, records);
  const newer = records.flatMap((record): readonly WrittenRecord[] => {
    const own = stored.get(nameOf(record));
    if (own === undefined || (own.content !== null && !isNewer(record, own))) return [];
    const before = new Set(own.blockKeys);
    const after = new Set(record.blockKeys);
    return [
      {
        ...{ recordNo: own.recordNo, record, isNew: own.content === null },
        gained: record.blockKeys.filter((key) => !before.has(key)),
        lost: own.blockKeys.filter((key) => !after.has(key)),
      },
    ];
  });
  const writtenNos = await upsert(tx, newer);
  const written = newer.filter(({ recordNo }) => writtenNos.has(recordNo));
  await writeBlocks(tx, written);
  return written;
};

type Stored = RecordId &
  Readonly<{
    recordNo: number;
    /** Null of a record that is not stored yet. */
    content: string | null;
    changedAt: Date;
    blockKeys: readonly string[];
  }>;

const nameOf = ({ source, recordId }: RecordId): string => `${source} ${recordId}`;

/** Whether one version of a record replaces another. */
export const isNewer = (
  one: Readonly<{ changedAt: Date; content: string }>,
  other: Readonly<{ changedAt: Date; content: string | null }>,
): boolean => {
  const laterMs = one.changedAt.getTime() - other.changedAt.getTime();
  return laterMs > 0 || (laterMs === 0 && one.content > (other.content ?? ''));
};

/** What is stored under the names of records; a new one gets a number. */
const readStored = async (
  tx: Transaction,
  records: readonly EncryptedRecord[],
): Promise<ReadonlyMap<string, Stored>> => {
  const columns = { tenantId: 'text', source: 'text', recordId: 'text' } as const;
  const rows = await tx<Stored[]>`
    select source, record_id, coalesce(record_no, nextval('customer_records_record_no_seq')) as record_no,
      encode(content, 'hex') as content, changed_at, coalesce(block_keys, '{}')::text[] as block_keys
    from ${rowsOf(tx, { wanted: records }, columns)}
    left join customer_records using (tenant_id, source, record_id)`;
  return new Map(rows.map((row) => [nameOf(row), row]));
};

const upsert = async (
  tx: Transaction,
  newer: readonly WrittenRecord[],
): Promise<ReadonlySet<number>> => {
  if (newer.length === 0) return new Set();
  const rows = newer.map(({ recordNo, record: { blockKeys, ...record } }) => ({
    ...{ ...record, recordNo },
    blockKeys: `{${blockKeys.join(',')}}`,
  }));
  const columns = {
    recordNo: 'bigint',
    tenantId: 'text',
    source: 'text',
    recordId: 'text',
    accountId: 'text',
    changedAt: 'timestamptz',
    content: 'text',
    ciphertext: 'text',
    blockKeys: 'text',
  } as const;
  const person = tx`'record:' || newer.source || ':' || newer.record_id`;
  const written = await tx<{ recordNo: number }[]>`
    insert into customer_records as own (record_no, tenant_id, source, record_id, account_id, changed_at, content,
      details, block_keys, component)
    overriding system value
    select record_no, tenant_id, source, record_id, account_id, changed_at, decode(content, 'hex'), ciphertext,
      block_keys::bigint[], record_no
    from ${rowsOf(tx, { newer: rows }, columns)}
    where not ${isErased(tx, { tenant: tx`newer.tenant_id`, person })}
      and not ${isErased(tx, { tenant: tx`newer.tenant_id`, person: tx`coalesce(newer.account_id, '')` })}
    on conflict (record_no) do update set account_id = excluded.account_id, changed_at = excluded.changed_at,
      content = excluded.content, details = excluded.details, block_keys = excluded.block_keys
    returning record_no`;
  return new Set(written.map(({ recordNo }) => recordNo));
};

const writeBlocks = async (tx: Transaction, written: readonly WrittenRecord[]): Promise<void> => {
  const blocksOf = (which: 'gained' | 'lost') =>
    written.flatMap(({ recordNo, [which]: keys }) => keys.map((key) => ({ key, recordNo })));
  const columns = { key: 'bigint', recordNo: 'bigint' } as const;
  const lost = blocksOf('lost');
  if (lost.length > 0)
    await tx`
      delete from matching_blocks own using ${rowsOf(tx, { lost }, columns)}
      where own.key = lost.key and own.record_no = lost.record_no`;
  const gained = blocksOf('gained');
  if (gained.length > 0)
    // Sorted, so that neighbours in the index are written together. Checking for conflicts would
    // take as long as the rest: a record gains a key only if it did not have it.
    await tx`
      insert into matching_blocks select distinct * from ${rowsOf(tx, { gained }, columns)} order by 1, 2`;
};

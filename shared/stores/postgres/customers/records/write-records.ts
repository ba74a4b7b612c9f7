import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import { isErased } from '../../privacy/erased-persons.ts';
import type { CustomerRecord } from '../customer-record.ts';

/** A record with its details encrypted. */
export type EncryptedRecord = CustomerRecord & Readonly<{ ciphertext: string }>;

/** A record that is new or newer, and the keys that it has gained and lost. */
export type WrittenRecord = Readonly<{
  recordNo: number;
  record: EncryptedRecord;
  isNew: boolean;
  gained: readonly string[];
  lost: readonly string[];
}>;

/**
 * The records that are new or newer than what is stored. Of equal times the greater content is
 * newer, so that the order of arrival decides nothing. Records of persons who are erased are left
 * out.
 */
export const newerRecords = (
  records: readonly EncryptedRecord[],
  stored: ReadonlyMap<string, StoredRecord>,
): readonly WrittenRecord[] =>
  records.flatMap((record): readonly WrittenRecord[] => {
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

/**
 * Writes records that are newer, and the rows of all in `matching_blocks`. New ones have a number
 * only; `insertRecords` writes them once it is known whose they are, so that no row is written
 * twice. The statements are sent together.
 */
export const writeRecords = async (
  tx: Transaction,
  written: readonly WrittenRecord[],
): Promise<void> => {
  const newer = written.filter(({ isNew }) => !isNew);
  await Promise.all([updateRecords(tx, newer), dropBlocks(tx, newer), addBlocks(tx, written)]);
};

/** What is stored under the name of a record. */
export type StoredRecord = RecordId &
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

/** What is stored under the names of records, without erased persons; a new one gets a number. */
export const readStored = async (
  tx: Transaction,
  records: readonly EncryptedRecord[],
): Promise<ReadonlyMap<string, StoredRecord>> => {
  const columns = {
    tenantId: 'text',
    source: 'text',
    recordId: 'text',
    accountId: 'text',
  } as const;
  const tenant = tx`wanted.tenant_id`;
  const person = tx`'record:' || wanted.source || ':' || wanted.record_id`;
  const account = tx`wanted.account_id`;
  const rows = await tx<StoredRecord[]>`
    select wanted.source, wanted.record_id, coalesce(record_no, nextval('customer_records_record_no_seq')) as record_no,
      encode(content, 'hex') as content, changed_at, coalesce(block_keys, '{}')::text[] as block_keys
    from ${rowsOf(tx, { wanted: records }, columns)}
    left join customer_records own using (tenant_id, source, record_id)
    where not ${isErased(tx, { tenant, person })}
      and (wanted.account_id is null or not ${isErased(tx, { tenant, person: account })})`;
  return new Map(rows.map((row) => [nameOf(row), row]));
};

/** Columns of a record as its source delivered it. */
const delivered = {
  recordNo: 'bigint',
  accountId: 'text',
  changedAt: 'timestamptz',
  content: 'text',
  ciphertext: 'text',
  blockKeys: 'text',
} as const;

const rowOf = ({ recordNo, record: { blockKeys, ...record } }: WrittenRecord) => ({
  ...{ ...record, recordNo },
  blockKeys: `{${blockKeys.join(',')}}`,
});

const updateRecords = async (tx: Transaction, newer: readonly WrittenRecord[]): Promise<void> => {
  if (newer.length === 0) return;
  await tx`
    update customer_records own set account_id = newer.account_id, changed_at = newer.changed_at,
      content = decode(newer.content, 'hex'), details = ciphertext, block_keys = newer.block_keys::bigint[]
    from ${rowsOf(tx, { newer: newer.map(rowOf) }, delivered)} where own.record_no = newer.record_no`;
};

/** A new record with the component and the customer that it is of. */
export type PlacedRecord = Readonly<{
  written: WrittenRecord;
  component: number;
  customerId: number | null;
}>;

/** Inserts records that `writeRecords` found to be new, in the same transaction. */
export const insertRecords = async (
  tx: Transaction,
  placed: readonly PlacedRecord[],
): Promise<void> => {
  if (placed.length === 0) return;
  const rows = placed.map(({ written, ...place }) => ({ ...rowOf(written), ...place }));
  const columns = {
    ...delivered,
    tenantId: 'text',
    source: 'text',
    recordId: 'text',
    component: 'bigint',
    customerId: 'bigint',
  } as const;
  await tx`
    insert into customer_records (record_no, tenant_id, source, record_id, account_id, changed_at, content,
      details, block_keys, component, customer_id)
    overriding system value
    select record_no, tenant_id, source, record_id, account_id, changed_at, decode(content, 'hex'), ciphertext,
      block_keys::bigint[], component, customer_id
    from ${rowsOf(tx, { placed: rows }, columns)}`;
};

const blockColumns = { key: 'bigint', recordNo: 'bigint' } as const;

const blocksOf = (written: readonly WrittenRecord[], which: 'gained' | 'lost') =>
  written.flatMap(({ recordNo, [which]: keys }) => keys.map((key) => ({ key, recordNo })));

const dropBlocks = async (tx: Transaction, written: readonly WrittenRecord[]): Promise<void> => {
  const lost = blocksOf(written, 'lost');
  if (lost.length === 0) return;
  await tx`
    delete from matching_blocks own using ${rowsOf(tx, { lost }, blockColumns)}
    where own.key = lost.key and own.record_no = lost.record_no`;
};

/**
 * Sorted, so that neighbours in the index are written together. Checking for conflicts would take
 * as long as the rest: a record gains a key only if it did not have it.
 */
const addBlocks = async (tx: Transaction, written: readonly WrittenRecord[]): Promise<void> => {
  const gained = blocksOf(written, 'gained');
  if (gained.length === 0) return;
  await tx`
    insert into matching_blocks
    select distinct * from ${rowsOf(tx, { gained }, blockColumns)} order by 1, 2`;
};

import { Unavailable } from '#shared/domain/errors.ts';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import type { RecordHashes } from '../customer-record.ts';
import { byIndex } from './by-index.ts';

/** By which keys the records of a tenant are stored. */
export type IndexKeys = Readonly<{
  /** Records are looked up by this key: every record is stored under it. */
  current: string;
  /** Records are stored under this key, too. */
  next: string | null;
  /** Records may still be stored under the key before as well: `contractKeys`. */
  isContracting: boolean;
}>;

/**
 * By which keys a tenant's records are stored, in a transaction that has locked its customers.
 * @param keyIds keys that this process has, the newest first
 * @throws Unavailable when one of the keys is not among them
 */
export const readIndexKeys = async (
  tx: Transaction,
  tenantId: string,
  keyIds: readonly string[],
): Promise<IndexKeys> => {
  const [row] = await tx<IndexKeys[]>`
    select current_key as current, next_key as next, is_contracting from index_keys
    where tenant_id = ${tenantId}`;
  const state = row ?? { current: keyIds.at(-1) ?? '', next: null, isContracting: false };
  const missing = [state.current, state.next].find((id) => id !== null && !keyIds.includes(id));
  if (missing !== undefined)
    throw new Unavailable('self', `BLIND_INDEX_KEYS has no key ${missing}, which ${tenantId} uses`);
  return state;
};

/** Hashes of a stored record by the next key. */
export type NextHashes = RecordHashes & Readonly<{ recordNo: number }>;

/** Stores records under the next key, in place of what was stored under it before. */
export const writeNextKeys = async (
  tx: Transaction,
  records: readonly NextHashes[],
): Promise<void> => {
  if (records.length === 0) return;
  const rows = records.map(({ recordNo, content, blockKeys }) => ({
    ...{ recordNo, content },
    blockKeys: `{${blockKeys.join(',')}}`,
  }));
  const recordNos = records.map(({ recordNo }) => recordNo);
  await tx`
    delete from matching_blocks own using (
      select record_no, unnest(next_keys) as key, block_keys from customer_records
      where record_no = any(${recordNos}::bigint[]) and next_keys is not null) before
    where own.key = before.key and own.record_no = before.record_no
      and not own.key = any(before.block_keys)`;
  const columns = { recordNo: 'bigint', content: 'text', blockKeys: 'text' } as const;
  await tx`
    update customer_records own
    set next_keys = hashed.block_keys::bigint[], next_content = decode(hashed.content, 'hex')
    from ${rowsOf(tx, { hashed: rows }, columns)} where own.record_no = hashed.record_no`;
  await tx`
    insert into matching_blocks
    select distinct unnest(block_keys::bigint[]) as key, record_no
    from ${rowsOf(tx, { hashed: rows }, columns)} order by 1, 2 on conflict do nothing`;
};

/** Makes the keys of records that are stored under two keys those of the current one alone. */
export const contractKeys = async (
  tx: Transaction,
  recordNos: readonly number[],
): Promise<void> => {
  if (recordNos.length === 0) return;
  await tx`
    with own as materialized (
      select one.* from unnest(${recordNos}::bigint[]) as wanted (record_no) cross join lateral (
        select record_no, block_keys, next_keys, next_content from customer_records
        where record_no = wanted.record_no and next_keys is not null ${byIndex(tx)}) one
    ), dropped as (
      delete from matching_blocks block
      using (select record_no, unnest(block_keys) as key, next_keys from own) before
      where block.key = before.key and block.record_no = before.record_no
        and not block.key = any(before.next_keys))
    update customer_records record set block_keys = own.next_keys, content = own.next_content,
      next_keys = null, next_content = null
    from own where record.record_no = own.record_no`;
};

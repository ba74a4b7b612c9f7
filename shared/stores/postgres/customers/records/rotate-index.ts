import type { StoredDetails } from '#shared/domain/matching/record-details.ts';
import type { Sql, Transaction } from '../../driver/connect.ts';
import { inTransaction } from '../../driver/transaction.ts';
import type { MasterKeys } from '../../privacy/person-keys.ts';
import type { CustomerRecord, RecordHashes } from '../customer-record.ts';
import { lockCustomers } from '../lock-customers.ts';
import { contractKeys, type IndexKeys, readIndexKeys, writeNextKeys } from './index-keys.ts';
import { type KnownDetails, loadDetails } from './load-details.ts';
import { type RecordPlace, readRecordPage } from './record-page.ts';

type Options = Readonly<{
  masterKeys: MasterKeys;
  /** Keys that this process has, the newest first: the one to rotate to. */
  keyIds: readonly string[];
  /** The hashes of a stored record by a key. */
  hashRecord: (record: HashedRecord, keyId: string) => RecordHashes;
}>;

type HashedRecord = Pick<CustomerRecord, 'tenantId' | 'source' | 'accountId'> &
  Readonly<{ details: StoredDetails }>;

type Page = Readonly<{ after: RecordPlace; recordsMax: number }>;

/**
 * The steps of rotating the key by which a tenant's records are found, each under the lock of the
 * tenant; repeating one changes nothing. Between `begin` and `use` every record is stored under
 * both keys and looked up by the old one; from `use` on it is looked up by the new one, and `end`
 * follows once `contract` has taken every record out of the old one.
 * @throws Unavailable when Postgres is unavailable, or a key is missing; repeating is safe
 */
export type IndexRotation = Readonly<{
  /** What is left to do, from whatever step was done before. */
  begin: () => Promise<'expand' | 'contract' | 'nothing'>;
  /** Stores the next records under the new key, too; undefined after the last one. */
  expand: (page: Page) => Promise<RecordPlace | undefined>;
  /** Looks records up by the new key; false while some are not stored under it. */
  use: () => Promise<boolean>;
  /** Takes the next records out of the old key; undefined after the last one. */
  contract: (page: Page) => Promise<RecordPlace | undefined>;
  end: () => Promise<void>;
}>;

/** Rotates the key of a tenant's records, while records arrive. */
export const indexRotation = (sql: Sql, tenantId: string, options: Options): IndexRotation => {
  const { keyIds } = options;
  const [newest = ''] = keyIds;
  const locked = <Result>(work: (tx: Transaction, keys: IndexKeys) => Promise<Result>) =>
    inTransaction(sql, async (tx) => {
      await lockCustomers(tx, tenantId);
      return work(tx, await readIndexKeys(tx, tenantId, keyIds));
    });
  return {
    begin: () =>
      locked(async (tx, keys) => {
        if (keys.isContracting) return 'contract';
        if (keys.current === newest) return 'nothing';
        await tx`
          insert into index_keys (tenant_id, current_key, next_key)
          values (${tenantId}, ${keys.current}, ${newest})
          on conflict (tenant_id) do update set next_key = excluded.next_key`;
        return 'expand';
      }),
    expand: (page) =>
      locked(async (tx, { next }) =>
        next === null ? undefined : expandPage(tx, options, { ...page, tenantId, next }),
      ),
    use: async () => {
      // Not under the lock: it reads every record, and those that arrive are complete.
      const missing = await sql`
        select from customer_records where tenant_id = ${tenantId} and next_keys is null limit 1`;
      if (missing.length > 0) return false;
      await locked(
        (tx) => tx`
          update index_keys set current_key = next_key, next_key = null, is_contracting = true
          where tenant_id = ${tenantId} and next_key is not null`,
      );
      return true;
    },
    contract: (page) =>
      locked(async (tx) => {
        const records = await readRecordPage(tx, { tenantId, ...page });
        await contractKeys(
          tx,
          records.map(({ recordNo }) => recordNo),
        );
        return records.at(-1);
      }),
    end: async () => {
      await locked(
        (tx) => tx`update index_keys set is_contracting = false where tenant_id = ${tenantId}`,
      );
    },
  };
};

const expandPage = async (
  tx: Transaction,
  { masterKeys, hashRecord }: Options,
  { tenantId, next, ...page }: Page & Readonly<{ tenantId: string; next: string }>,
): Promise<RecordPlace | undefined> => {
  const records = await readRecordPage(tx, { tenantId, ...page });
  const known: KnownDetails = new Map();
  const recordNos = records.map(({ recordNo }) => recordNo);
  await loadDetails(tx, { tenantId, masterKeys }, { recordNos, known });
  const hashed = records.map(({ recordNo, source, accountId, content }) => {
    const details = known.get(recordNo)?.details;
    // The key of an erased person is destroyed: the record is about to be deleted.
    if (details === undefined) return { recordNo, content, blockKeys: [] };
    const record = { tenantId, source, accountId: accountId ?? undefined, details };
    return { recordNo, ...hashRecord(record, next) };
  });
  await writeNextKeys(tx, hashed);
  return records.at(-1);
};

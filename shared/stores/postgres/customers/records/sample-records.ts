import type { Profile } from '#shared/domain/matching/profile.ts';
import type { Sql, Transaction } from '../../driver/connect.ts';
import { atOneMoment, withPostgres } from '../../driver/transaction.ts';
import type { MasterKeys } from '../../privacy/person-keys.ts';
import { findPairs } from '../links/find-pairs.ts';
import { type KnownDetails, loadDetails } from './load-details.ts';

/** Records of a tenant by number, of how many. */
type RecordSample = Readonly<{ recordNos: readonly number[]; records: number }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type SampleRecords = Readonly<{
  /** So many records of a tenant, drawn at random, but always the same. It reads all of them. */
  draw: (tenantId: string, recordsMax: number) => Promise<RecordSample>;
  /** The profiles of records, decrypted; without those of persons who are erased. */
  profiles: (
    tenantId: string,
    recordNos: readonly number[],
  ) => Promise<ReadonlyMap<number, Profile>>;
  /** The pairs of records of which at least one is given and that share a key, each once. */
  candidates: (
    tenantId: string,
    recordNos: readonly number[],
  ) => Promise<readonly (readonly [one: number, other: number])[]>;
}>;

type Options = Readonly<{ masterKeys: MasterKeys; blockRecordsMax: number }>;

/** What a model is trained on. */
export const sampleRecords = (
  sql: Sql,
  { masterKeys, blockRecordsMax }: Options,
): SampleRecords => ({
  draw: (tenantId, recordsMax) =>
    withPostgres(async () => {
      const [counted] = await sql<{ records: number }[]>`
        select count(*)::int as records from customer_records where tenant_id = ${tenantId}`;
      const rows = await sql<{ recordNo: number }[]>`
        select record_no from customer_records where tenant_id = ${tenantId}
        order by hashint8(record_no), record_no limit ${recordsMax}`;
      return {
        recordNos: rows.map(({ recordNo }) => recordNo),
        records: counted?.records ?? 0,
      };
    }),
  profiles: (tenantId, recordNos) =>
    atOneMoment(sql, async (tx) => {
      const known: KnownDetails = new Map();
      await loadDetails(tx, { tenantId, masterKeys }, { recordNos, known });
      return new Map([...known].map(([recordNo, { details }]) => [recordNo, details.profile]));
    }),
  candidates: (tenantId, recordNos) =>
    atOneMoment(sql, async (tx) => {
      const keyed = await readKeys(tx, tenantId, recordNos);
      return (await findPairs(tx, keyed, blockRecordsMax)).pairs;
    }),
});

const readKeys = async (tx: Transaction, tenantId: string, recordNos: readonly number[]) => {
  const rows = await tx<{ recordNo: number; blockKeys: readonly string[] }[]>`
    select record_no, block_keys::text[] as block_keys from customer_records
    where tenant_id = ${tenantId} and record_no = any(${recordNos}::bigint[])`;
  return rows.map(({ recordNo, ...record }) => ({ recordNo, record, gained: [], lost: [] }));
};

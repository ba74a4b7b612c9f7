import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import type { StoredDetails } from '#shared/domain/matching/record-details.ts';
import type { Transaction } from '../../driver/connect.ts';
import type { PersonCipher } from '../../privacy/person-cipher.ts';
import { cipherOf, wrappedKeyOf } from '../../privacy/person-keys.ts';
import { type CustomerOptions, recordField, recordPerson } from '../customer-record.ts';
import { byIndex } from './by-index.ts';

/** Details of records by number. */
export type KnownDetails = Map<number, LoadedDetails>;

type LoadedDetails = RecordId & Readonly<{ changedAt: Date; details: StoredDetails }>;

type Scope = Pick<CustomerOptions, 'masterKeys' | 'recent'> & Readonly<{ tenantId: string }>;

/**
 * Reads and decrypts the details of records that are not known yet. A record whose key was
 * destroyed has none: it is being erased.
 */
export const loadDetails = async (
  tx: Transaction,
  { tenantId, masterKeys, recent }: Scope,
  { recordNos, known }: Readonly<{ recordNos: Iterable<number>; known: KnownDetails }>,
): Promise<void> => {
  const missing = [...new Set(recordNos)].filter((recordNo) => !known.has(recordNo));
  if (missing.length === 0) return;
  const tenant = tx`own.tenant_id`;
  const person = tx`'record:' || own.source || ':' || own.record_id`;
  const rows = await tx<LoadedRow[]>`
    select own.record_no, source, record_id, changed_at, details, wrapped_key
    from unnest(${missing}::bigint[]) as wanted (record_no) cross join lateral (
      select * from customer_records where record_no = wanted.record_no ${byIndex(tx)}) own
    cross join lateral (${wrappedKeyOf(tx, { tenant, person })}) key
    where own.tenant_id = ${tenantId}`;
  for (const { recordNo, details: ciphertext, wrappedKey, ...row } of rows) {
    const person = recordPerson(tenantId, row);
    const found = recent?.find(person, ciphertext);
    const details = found ?? decrypted(cipherOf(masterKeys, person, wrappedKey), ciphertext);
    if (found === undefined) recent?.remember(person, { ciphertext, details });
    known.set(recordNo, { ...row, details });
  }
};

const decrypted = (cipher: PersonCipher, ciphertext: string): StoredDetails =>
  JSON.parse(cipher.decrypt(recordField, ciphertext)) as StoredDetails;

type LoadedRow = RecordId &
  Readonly<{ recordNo: number; changedAt: Date; details: string; wrappedKey: string }>;

import { createHash } from 'node:crypto';
import { readRecord } from '#functions/match-customer/read-record.ts';
import type { CustomerChange } from '#shared/domain/matching/customer-change.ts';
import { defaultModel } from '#shared/domain/matching/models/matching-model.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import {
  type CustomerRecordData,
  StoreRecordChanged,
} from '#shared/eventing/contracts/customer-records.ts';
import { customerEvent } from '#shared/eventing/customer-event.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import type { CustomerRecord } from '#shared/stores/postgres/customers/customer-record.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import type { LabelledRecord } from './generate-records.ts';

/** A key that tests and the demo know. */
const keyOf = (name: string) => ({ id: 'k1', bytes: createHash('sha256').update(name).digest() });

/** Keys of a local installation. */
export const localKeys = {
  hashes: customerHashes([keyOf('blind index')]),
  masterKeys: secretBox([keyOf('master')]),
};

/** What stores of customers need, with the keys of a local installation. */
export const localCustomerOptions = {
  masterKeys: localKeys.masterKeys,
  nameAndPhoneHash: localKeys.hashes.nameAndPhone,
};

/** Scores by the default model, and publishes nothing. */
export const localTerms = {
  matching: { model: defaultModel },
  domainEventOf: (change: CustomerChange) => customerEvent(change, new Date()),
};

/** The data of a record as a source would send it. */
export const dataOf = ({ record }: LabelledRecord): Record<string, unknown> => ({
  ...record,
  source: undefined,
});

/** A record as the function passes it to the store. */
export const storedRecord = (
  source: Source,
  fields: Readonly<Record<string, unknown>>,
  changedAt = new Date('2026-11-21T10:00:00Z'),
): CustomerRecord => {
  const data: CustomerRecordData = StoreRecordChanged.schema.parse(fields);
  return readRecord({ source, data, changedAt }, { hashes: localKeys.hashes, region: 'IN' });
};

/** A store with the keys of a local installation. */
export const localCustomers = (sql: Sql, { blockRecordsMax = 500 } = {}) => {
  const { record } = recordCustomers<DomainEvent>(sql, {
    ...localCustomerOptions,
    blockRecordsMax,
    indexKeyIds: localKeys.hashes.keyIds,
  });
  return {
    record: (records: readonly CustomerRecord[], tenantId = 'default') =>
      record(tenantId, records, localTerms),
  };
};

/** The records of each customer, sorted, whatever the customers are called. */
export const customerSets = async (
  sql: Sql,
  tenantId = 'default',
): Promise<readonly (readonly string[])[]> => {
  const rows = await sql<{ customerId: number; source: string; recordId: string }[]>`
    select customer_id, source, record_id from customer_records
    where tenant_id = ${tenantId} and customer_id is not null`;
  const sets = Map.groupBy(rows, ({ customerId }) => customerId);
  return [...sets.values()]
    .map((records) => records.map(recordName).toSorted())
    .toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
};

import type { Fragment } from 'postgres';
import type { CustomerDetails } from '#shared/domain/matching/describe-customer.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import type { RecordDetails, StoredDetails } from '#shared/domain/matching/record-details.ts';
import type { Sql } from '../driver/connect.ts';
import { atOneMoment, withPostgres } from '../driver/transaction.ts';
import type { PersonKeys } from '../privacy/person-keys.ts';
import { type CustomerKey, currentCustomer } from './current-customer.ts';
import { customerField, customerPerson, recordField, recordPerson } from './customer-record.ts';
import { byIndex } from './records/by-index.ts';
import { openDetails } from './records/open-details.ts';

/** A customer as it is now; `details` is absent once the person is erased. */
export type StoredCustomer = Readonly<{
  tenantId: string;
  customerId: number;
  details: CustomerDetails | undefined;
  dataSources: readonly string[];
  firstSeen: Date;
  lastUpdated: Date;
  erasedAt: Date | null;
  /** Customers that were merged into this one. */
  merged: readonly number[];
}>;

/** A record of a customer. */
export type StoredRecord = Readonly<{
  recordNo: number;
  source: Source;
  recordId: string;
  accountId: string | null;
  changedAt: Date;
  customerId: number | null;
  details: RecordDetails | undefined;
}>;

/** How a customer changed last. */
export type CustomerChange = Readonly<{
  changeNo: number;
  customerId: number;
  mergedInto: number | null;
  erasedAt: Date | null;
}>;

type Page = Readonly<{ after: number; limit: number }>;

/** Customers of a page of records, and the last of these records if there are more. */
type SearchPage = Readonly<{ customers: readonly StoredCustomer[]; next: number | undefined }>;

/** Every method throws Unavailable when Postgres is unavailable. */
export type CustomerReader = Readonly<{
  /**
   * The customer of an id. One that was merged is found as the customer that has its records now.
   */
  find: (key: CustomerKey) => Promise<StoredCustomer | undefined>;
  /** Customers of a tenant after an id, apart from merged and erased ones. */
  list: (tenantId: string, page: Page) => Promise<readonly StoredCustomer[]>;
  /** Records of a customer after a number. */
  records: (key: CustomerKey, page: Page) => Promise<readonly StoredRecord[]>;
  /** Records by their numbers, in no order; those that do not exist are left out. */
  recordsOf: (tenantId: string, recordNos: readonly number[]) => Promise<readonly StoredRecord[]>;
  /**
   * Customers that have one of the next records with one of these blocking keys, in the order of
   * their ids. A page reads at most `limit` records of each key, however many share it; a customer
   * with records on two pages is on both.
   */
  search: (
    tenantId: string,
    query: Readonly<{ blockKeys: readonly string[] }> & Page,
  ) => Promise<SearchPage>;
  /** How customers of a tenant changed last, in the order of their changes, after a number. */
  changes: (tenantId: string, page: Page) => Promise<readonly CustomerChange[]>;
}>;

type CustomerRow = Omit<StoredCustomer, 'details'> & Readonly<{ details: string | null }>;
type RecordRow = Omit<StoredRecord, 'details'> & Readonly<{ details: string }>;

type Sources = Readonly<{ sql: Sql; keys: PersonKeys }>;

/** Reads customers, with their details decrypted. */
export const customerReader = (sql: Sql, keys: PersonKeys): CustomerReader => {
  const customers = (which: Fragment) => readCustomers({ sql, keys }, which);
  const records = (tenantId: string, which: Fragment) =>
    readRecords({ sql, keys }, tenantId, which);
  return {
    find: async (key) =>
      (await customers(sql`where customer_id = ${currentCustomer(sql, key)}`))[0],
    list: (tenantId, { after, limit }) =>
      customers(sql`
        where tenant_id = ${tenantId} and customer_id > ${after} and merged_into is null
          and erased_at is null
        order by customer_id limit ${limit}`),
    records: ({ tenantId, customerId }, { after, limit }) =>
      records(
        tenantId,
        sql`and customer_id = ${customerId} and record_no > ${after} order by record_no limit ${limit}`,
      ),
    recordsOf: (tenantId, recordNos) =>
      records(tenantId, sql`and record_no = any(${recordNos}::bigint[])`),
    search: async (tenantId, query) => {
      const found = await findRecords(sql, tenantId, query);
      const page = found.slice(0, query.limit);
      const ids = new Set(page.flatMap(({ customerId }) => customerId ?? []));
      return {
        customers:
          ids.size === 0
            ? []
            : await customers(sql`
                where customer_id = any(${[...ids]}::bigint[]) and merged_into is null
                order by customer_id`),
        next: found.length > query.limit ? page.at(-1)?.recordNo : undefined,
      };
    },
    changes: (tenantId, { after, limit }) =>
      withPostgres(
        async () => sql<CustomerChange[]>`
          select change_no, customer_id, merged_into, erased_at from customers
          where tenant_id = ${tenantId} and change_no > ${after} order by change_no limit ${limit}`,
      ),
  };
};

/**
 * One record more than a page has, with its customer. The planner takes each key for rare, and
 * would rather collect and sort all its entries than read a page of them in their order.
 */
const findRecords = (
  sql: Sql,
  tenantId: string,
  { blockKeys, after, limit }: Readonly<{ blockKeys: readonly string[] }> & Page,
) =>
  atOneMoment(sql, async (tx) => {
    await tx`
      select set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)`;
    return tx<{ recordNo: number; customerId: number | null }[]>`
      select block.record_no, customer_id from (
        select distinct record_no from unnest(${blockKeys}::bigint[]) as wanted (key)
        cross join lateral (
          select record_no from matching_blocks where key = wanted.key and record_no > ${after}
          order by key, record_no limit ${limit + 1}) own
        order by record_no limit ${limit + 1}) block
      cross join lateral (
        select tenant_id, customer_id from customer_records
        where record_no = block.record_no ${byIndex(tx)}) record
      where record.tenant_id = ${tenantId} order by block.record_no`;
  });

const readCustomers = async (
  { sql, keys }: Sources,
  which: Fragment,
): Promise<readonly StoredCustomer[]> => {
  const rows = await withPostgres(
    async () => sql<CustomerRow[]>`
      select own.tenant_id, own.customer_id, own.details, own.data_sources, own.first_seen,
        own.last_updated, own.erased_at, array(
          with recursive merged as (
            select customer_id from customers where merged_into = own.customer_id
            union all
            select next.customer_id
            from merged join customers next on next.merged_into = merged.customer_id
          )
          select customer_id from merged order by 1) as merged
      from customers own ${which}`,
  );
  const encrypted = rows.map(({ tenantId, customerId, details }) => ({
    person: customerPerson(tenantId, customerId),
    details,
  }));
  const opened = await openDetails<CustomerDetails>(keys, customerField, encrypted);
  return rows.map((row, index) => ({ ...row, details: opened[index] }));
};

const readRecords = async (
  { sql, keys }: Sources,
  tenantId: string,
  which: Fragment,
): Promise<readonly StoredRecord[]> => {
  const rows = await withPostgres(
    async () => sql<RecordRow[]>`
      select record_no, source, record_id, account_id, changed_at, customer_id, details
      from customer_records where tenant_id = ${tenantId} ${which}`,
  );
  const encrypted = rows.map((row) => ({
    person: recordPerson(tenantId, row),
    details: row.details,
  }));
  const opened = await openDetails<StoredDetails>(keys, recordField, encrypted);
  return rows.map((row, index) => ({ ...row, details: opened[index]?.given }));
};

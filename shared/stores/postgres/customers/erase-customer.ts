import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { type Erasure, requestErasure } from '../privacy/erasures.ts';
import type { Person } from '../privacy/person.ts';
import { type CustomerKey, currentCustomer } from './current-customer.ts';
import { customerPerson, recordPerson } from './customer-record.ts';
import { lockCustomers } from './lock-customers.ts';

/**
 * Erases a customer with those that were merged into it, in one transaction that has locked the
 * tenant's customers: marks the persons of the customer, of its records and of its accounts as
 * erased, destroys their keys, and deletes the records and what was derived from them. The ids
 * stay, without anything personal. What else is stored of the accounts is erased by
 * reconcile-rewards, as for any erasure. Repeating it changes nothing.
 * @returns the erasure of the customer, undefined where there is none of that id
 * @throws Unavailable when Postgres is unavailable; repeating is safe
 */
export const eraseCustomer = (
  sql: Sql,
  key: CustomerKey,
  subject: string,
): Promise<Erasure | undefined> =>
  inTransaction(sql, async (tx) => {
    const { tenantId } = key;
    await lockCustomers(tx, tenantId);
    const customerIds = await readGroup(tx, key);
    const [survivor] = customerIds;
    if (survivor === undefined) return undefined;
    const records = await tx<RecordRow[]>`
      select record_no, source, record_id, account_id from customer_records
      where tenant_id = ${tenantId} and customer_id = any(${customerIds}::bigint[])`;
    const accounts = [...new Set(records.flatMap(({ accountId }) => accountId ?? []))];
    const persons: readonly Person[] = [
      ...customerIds.map((customerId) => customerPerson(tenantId, customerId)),
      ...records.map((record) => recordPerson(tenantId, record)),
      ...accounts.map((personId) => ({ tenantId, personId })),
    ];
    const requested: Erasure[] = [];
    for (const person of persons) requested.push(await requestErasure(tx, person, subject));
    // The points of the accounts stay where they are.
    await tx`
      delete from carried_accounts
      where tenant_id = ${tenantId} and account_id = any(${accounts}::text[])`;
    await tx`
      delete from customer_records
      where tenant_id = ${tenantId} and (customer_id = any(${customerIds}::bigint[])
        or account_id = any(${accounts}::text[]))`;
    await tx`
      update customers set details = null, name_phone = null, erased_at = now()
      where customer_id = any(${customerIds}::bigint[]) and erased_at is null`;
    return requested[0];
  });

type RecordRow = Readonly<{
  recordNo: number;
  source: 'dotnet' | 'store';
  recordId: string;
  accountId: string | null;
}>;

/** The customer that has the records of an id now, and all that were merged into it. */
const readGroup = async (tx: Transaction, key: CustomerKey): Promise<readonly number[]> => {
  const rows = await tx<{ customerId: number }[]>`
    with recursive together as (
      select customer_id from customers where customer_id = ${currentCustomer(tx, key)}
      union all
      select next.customer_id from together join customers next on next.merged_into = together.customer_id
    )
    select customer_id from together`;
  return rows.map((row) => row.customerId);
};

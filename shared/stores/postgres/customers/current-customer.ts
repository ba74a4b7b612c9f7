import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';

export type CustomerKey = Readonly<{ tenantId: string; customerId: number }>;

/** A subquery: the customer that has the records of an id now, which may have been merged. */
export const currentCustomer = (
  sql: Sql | Transaction,
  { tenantId, customerId }: CustomerKey,
): Fragment => sql`(
  with recursive path as (
    select customer_id, merged_into from customers
    where tenant_id = ${tenantId} and customer_id = ${customerId}
    union all
    select next.customer_id, next.merged_into
    from path join customers next on next.customer_id = path.merged_into
  )
  select customer_id from path where merged_into is null)`;

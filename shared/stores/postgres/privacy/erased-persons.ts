import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';

/**
 * Whether a person is erased, for the statement that writes about the person: a record in flight or
 * redelivered after the erasure then stores nothing personal. Both columns are text, with the names
 * of their tables.
 */
export const isErased = (
  sql: Sql | Transaction,
  { tenant, person }: Readonly<{ tenant: Fragment; person: Fragment }>,
): Fragment => sql`
  exists (
    select from erased_persons erased
    where erased.tenant_id = ${tenant} and erased.person = person_digest(${tenant}, ${person}))`;

import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';

/**
 * Whether a person is erased, for the statement that writes about the person: a record in flight or
 * redelivered after the erasure then stores nothing personal. Both columns are text, with the names
 * of their tables. Looked up in the index for each person: `exists` is planned as reading all
 * erased persons once per statement.
 */
export const isErased = (
  sql: Sql | Transaction,
  { tenant, person }: Readonly<{ tenant: Fragment; person: Fragment }>,
): Fragment => sql`
  (select true from erased_persons erased
    where erased.tenant_id = ${tenant} and erased.person = person_digest(${tenant}, ${person}) limit 1) is not null`;

import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import { proofOf } from './erasure-proof.ts';
import type { Person } from './person.ts';
import { type PersonalTable, personalTables, redactedEvents } from './personal-data.ts';

/** An erasure and its progress. */
export type Erasure = Readonly<{
  tenantId: string;
  /** The digest of the person, in hexadecimal: the id itself is not kept. */
  person: string;
  requestedBy: string;
  requestedAt: Date;
  /** Null while data may be left. */
  completedAt: Date | null;
  /** Rows deleted or redacted, by table. */
  counts: Readonly<Record<string, number>>;
  /** Links the erasure to the one before it: SHA-256 in hexadecimal; null until it is completed. */
  proof: string | null;
}>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type Erasures = Readonly<{
  /**
   * Marks a person as erased, destroys the person's key and records who requested it, in one
   * transaction. From its commit on no store writes anything personal about the person. Repeating
   * it changes nothing.
   */
  request: (person: Person, subject: string) => Promise<Erasure>;
  find: (person: Person) => Promise<Erasure | undefined>;
  /** Persons whose erasure is not completed, those that wait longest first. */
  open: (personsMax: number) => Promise<readonly Person[]>;
  /**
   * Deletes and redacts what is stored of a person, in small transactions. Interrupted, or done by
   * several at once, each row is done and counted once.
   */
  sweep: (person: Person) => Promise<void>;
  /**
   * Whether every transaction and request that may not have known of the erasure has ended since
   * the first sweep: what they wrote, the next sweep finds.
   */
  isSettled: (person: Person) => Promise<boolean>;
  /** Completes an erasure, with its proof and an entry in the change log, once. */
  complete: (person: Person) => Promise<void>;
}>;

type Options = Readonly<{
  /** Longer than any request takes, its retries by the host included. */
  settleMs?: number;
  /** Rows that one transaction erases. */
  rowsMax?: number;
}>;

/** Erases persons from the tables of Postgres. */
export const erasures = (
  sql: Sql,
  { settleMs = 900_000, rowsMax = 1_000 }: Options = {},
): Erasures => ({
  request: (person, subject) => inTransaction(sql, (tx) => requestErasure(tx, person, subject)),
  find: (person) => withPostgres(() => find(sql, person)),
  open: (personsMax) =>
    withPostgres(
      async () => sql<Person[]>`
        select tenant_id, person_id from erasures where completed_at is null
        order by requested_at limit ${personsMax}`,
    ),
  sweep: (person) => sweep(sql, person, rowsMax),
  isSettled: (person) => withPostgres(() => isSettled(sql, person, settleMs)),
  complete: (person) => inTransaction(sql, (tx) => complete(tx, person)),
});

const columns = (sql: Sql | Transaction) => sql`
  tenant_id, encode(person, 'hex') as person, requested_by, requested_at, completed_at, counts,
  encode(proof, 'hex') as proof`;

/** The row of an erasure. */
const isOf = (sql: Sql | Transaction, { tenantId, personId }: Person) => sql`
  tenant_id = ${tenantId} and person = person_digest(${tenantId}, ${personId})`;

const find = async (sql: Sql | Transaction, person: Person): Promise<Erasure | undefined> => {
  const [row] = await sql<Erasure[]>`
    select ${columns(sql)} from erasures where ${isOf(sql, person)}`;
  return row;
};

/** Does what `request` does, in a transaction. */
export const requestErasure = async (
  tx: Transaction,
  person: Person,
  subject: string,
): Promise<Erasure> => {
  const { tenantId, personId } = person;
  await tx`
    insert into erased_persons (tenant_id, person)
    values (${tenantId}, person_digest(${tenantId}, ${personId})) on conflict do nothing`;
  await tx`delete from person_keys where ${isOf(tx, person)}`;
  const made = await tx<Erasure[]>`
    insert into erasures (tenant_id, person, person_id, requested_by)
    values (${tenantId}, person_digest(${tenantId}, ${personId}), ${personId}, ${subject})
    on conflict do nothing returning ${columns(tx)}`;
  const [own] = made.length > 0 ? made : [await find(tx, person)];
  if (own === undefined) throw new Error('An erasure that was recorded is missing');
  if (made.length > 0) {
    const resource = resourceOf(own);
    await recordChange(tx, { tenantId, subject, action: 'customer.erasure-requested', resource });
  }
  return own;
};

const resourceOf = ({ person }: Pick<Erasure, 'person'>): string => `customers/${person}`;

const sweep = async (sql: Sql, person: Person, rowsMax: number): Promise<void> => {
  await withPostgres(
    async () => sql`
      update erasures set swept_at = now()
      where ${isOf(sql, person)} and swept_at is null`,
  );
  const detached = await withPostgres(
    async () => sql<{ partition: string }[]>`
      select partition from archived_partitions where table_name = 'events' and dropped_at is null`,
  );
  const tables = [...personalTables, ...detached.map(({ partition }) => redactedEvents(partition))];
  for (const each of tables) {
    let count: number;
    do {
      count = await inTransaction(sql, (tx) => eraseSome(tx, each, { person, rowsMax }));
    } while (count >= rowsMax);
  }
  await inTransaction(sql, (tx) => redactOutbox(tx, person));
};

/** Erases some rows and counts them, in one transaction. */
const eraseSome = async (
  tx: Transaction,
  { table, erase }: PersonalTable,
  { person, rowsMax }: Readonly<{ person: Person; rowsMax: number }>,
): Promise<number> => {
  const { count } = await tx`${erase(tx, person, rowsMax)}`;
  if (count > 0) await addToCounts(tx, person, { table, count });
  return count;
};

const addToCounts = (
  tx: Transaction,
  person: Person,
  { table, count }: Readonly<{ table: string; count: number }>,
) => tx`
  update erasures set counts = counts || jsonb_build_object(${table}::text,
    coalesce((counts ->> ${table}::text)::bigint, 0) + ${count}::bigint)
  where ${isOf(tx, person)} and completed_at is null`;

/** Removes the texts that people wrote from unpublished events about wallets. */
const redactOutbox = async (tx: Transaction, person: Person): Promise<void> => {
  const { tenantId, personId } = person;
  const { count } = await tx`
    update outbox set fact = jsonb_set(jsonb_set(fact, '{data,reference}', 'null', false), '{data,reason}', '""', false)
    where fact ->> 'tenantId' = ${tenantId}
      and ${personId} in (fact #>> '{data,customerId}', fact #>> '{data,from}', fact #>> '{data,to}')
      and (fact #>> '{data,reference}' is not null or fact #>> '{data,reason}' <> '')`;
  if (count > 0) await addToCounts(tx, person, { table: 'outbox', count });
};

/**
 * A transaction that began before the first sweep may have looked before the mark was there, and
 * write after the sweep. Those of a role that may not see them are not waited for: the functions
 * share one.
 */
const isSettled = async (sql: Sql, person: Person, settleMs: number): Promise<boolean> => {
  const rows = await sql`
    select from erasures
    where ${isOf(sql, person)} and swept_at <= now() - ${settleMs} * interval '1 millisecond'
      and not exists (
        select from pg_stat_activity other
        where datname = current_database() and backend_type = 'client backend'
          and pid <> pg_backend_pid() and xact_start < swept_at)`;
  return rows.length > 0;
};

const complete = async (tx: Transaction, person: Person): Promise<void> => {
  const { tenantId } = person;
  // One at a time in a tenant: each proof follows the one before.
  await tx`select pg_advisory_xact_lock(${namespace}, hashtext(${tenantId}))`;
  const [own] = await tx<Erasure[]>`
    update erasures own set completed_at = clock_timestamp(), person_id = null, proof = '', previous = (
      select proof from erasures last
      where last.tenant_id = own.tenant_id and last.completed_at is not null
      order by completed_at desc limit 1)
    where ${isOf(tx, person)} and completed_at is null returning ${columns(tx)}`;
  if (own === undefined) return;
  const [{ proof }] = await tx<[{ proof: string }]>`
    update erasures set proof = ${proofOf(tx, { row: tx`erasures`, previous: tx`previous` })}
    where ${isOf(tx, person)} returning encode(proof, 'hex') as proof`;
  await recordChange(tx, {
    ...{ tenantId, subject: own.requestedBy, action: 'customer.erased' },
    ...{ resource: resourceOf(own), after: { counts: own.counts, proof } },
  });
};

/** An arbitrary constant: separates these locks from other advisory locks. */
const namespace = 7_136_511;

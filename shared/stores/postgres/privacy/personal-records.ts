import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import type { Person } from './person.ts';

/** A row that is stored of a person, as it is. */
type PersonalRecord = Readonly<{ table: string; record: Readonly<Record<string, unknown>> }>;

/** Where a page ended: the place of a table in the order of the export, and a key in it. */
type ExportPlace = readonly [table: number, key: string];

type Page = Readonly<{
  records: readonly PersonalRecord[];
  /** Undefined after the last page. */
  next: ExportPlace | undefined;
}>;

export type PersonalRecords = Readonly<{
  /**
   * The rows of a person after a place, so many at most, table by table. Who read them is in the
   * change log, by the digest of the person, in the same transaction.
   * @throws Unavailable when Postgres is unavailable; repeating is safe
   */
  page: (
    person: Person,
    options: Readonly<{ after: ExportPlace | undefined; limit: number; subject: string }>,
  ) => Promise<Page>;
  /** Records in the change log who read personal data of a resource. */
  noteRead: (
    tenantId: string,
    read: Readonly<{ subject: string; resource: string }>,
  ) => Promise<void>;
}>;

/** Reads what Postgres stores under the id of a person. */
export const personalRecords = (sql: Sql): PersonalRecords => ({
  page: (person, options) => inTransaction(sql, (tx) => readPage(tx, person, options)),
  noteRead: (tenantId, { subject, resource }) =>
    inTransaction(sql, (tx) =>
      recordChange(tx, { tenantId, subject, action: 'personal-data.read', resource }),
    ),
});

/** Tables in the order of the export, each with a key that orders the rows of one person. */
const tables: readonly Readonly<{
  table: string;
  key: (sql: Transaction) => Fragment;
  person: 'user_id' | 'customer_id';
}>[] = [
  { table: 'users', key: (sql) => sql`user_id`, person: 'user_id' },
  { table: 'events', key: (sql) => sql`event_id`, person: 'user_id' },
  { table: 'incentives', key: (sql) => sql`incentive_id::text`, person: 'user_id' },
  {
    table: 'points_ledger',
    key: (sql) => sql`lpad(entry_no::text, 19, '0')`,
    person: 'customer_id',
  },
  { table: 'points_balances', key: (sql) => sql`program`, person: 'customer_id' },
  { table: 'points_lots', key: (sql) => sql`concat(lot_id, account)`, person: 'customer_id' },
  { table: 'earning_accounts', key: (sql) => sql`program`, person: 'customer_id' },
  {
    table: 'tier_grants',
    key: (sql) => sql`concat(program, ' ', extract(epoch from since))`,
    person: 'customer_id',
  },
  { table: 'redemptions', key: (sql) => sql`redemption_id`, person: 'customer_id' },
  {
    table: 'cohort_members',
    key: (sql) => sql`concat(cohort, ' ', extract(epoch from since))`,
    person: 'customer_id',
  },
  { table: 'real_time_members', key: (sql) => sql`cohort`, person: 'customer_id' },
  {
    table: 'inbox_messages',
    key: (sql) => sql`lpad(position::text, 19, '0')`,
    person: 'user_id',
  },
  { table: 'mobile_pushes', key: (sql) => sql`message_id::text`, person: 'user_id' },
  { table: 'push_devices', key: (sql) => sql`token`, person: 'user_id' },
  { table: 'push_preferences', key: (sql) => sql`user_id`, person: 'user_id' },
];

const readPage = async (
  tx: Transaction,
  person: Person,
  { after: [first, key] = [0, ''], limit, subject }: Parameters<PersonalRecords['page']>[1],
): Promise<Page> => {
  const { tenantId, personId } = person;
  const [{ digest }] = await tx<[{ digest: string }]>`
    select encode(person_digest(${tenantId}, ${personId}), 'hex') as digest`;
  const resource = `customers/${digest}`;
  await recordChange(tx, { tenantId, subject, action: 'personal-data.exported', resource });
  const found: (PersonalRecord & Readonly<{ place: ExportPlace }>)[] = [];
  for (const [index, { table, key: keyOf, person: column }] of tables.entries()) {
    if (index < first || found.length > limit) continue;
    const rows = await tx<{ key: string; record: PersonalRecord['record'] }[]>`
      select key, record from (
        select ${keyOf(tx)} collate "C" as key, to_jsonb(own) as record from ${tx(table)} own
        where tenant_id = ${tenantId} and ${tx(column)} = ${personId}) keyed
      where key > ${index === first ? key : ''} collate "C"
      order by key limit ${limit + 1 - found.length}`;
    found.push(
      ...rows.map((row) => ({ table, record: row.record, place: [index, row.key] as const })),
    );
  }
  const records = found.slice(0, limit);
  return {
    records: records.map(({ table, record }) => ({ table, record })),
    next: found.length > limit ? records.at(-1)?.place : undefined,
  };
};

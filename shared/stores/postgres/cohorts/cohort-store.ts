import type { Sql, Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import { isRealTime, readRealTimeMembers, realTimePeriodsOf } from './real-time-periods.ts';

/** Names a customer in a cohort. */
type MemberKey = Readonly<{ tenantId: string; cohort: string; customerId: string }>;

/**
 * That a customer is in a cohort from `since` until just before `until`, in event time; without
 * `until`, permanently.
 */
export type CohortMember = Readonly<{
  customerId: string;
  since: Date;
  until: Date | undefined;
}>;

type Change = Readonly<{ at: Date; subject: string }>;

export type CohortStore = Readonly<{
  /** The current period of a customer, else the next one. */
  find: (key: MemberKey, now: Date) => Promise<CohortMember | undefined>;
  /** Members of now and later in the order of their ids, one row each, those `after` an id. */
  page: (
    key: Omit<MemberKey, 'customerId'>,
    page: Readonly<{ now: Date; limit: number; after?: string | undefined }>,
  ) => Promise<readonly CohortMember[]>;
  /**
   * Makes a customer a member from an instant on, without an end; earlier memberships stay.
   * Repeating, also at the same moment, changes nothing. Undefined where there is no such tenant.
   * The members of a real-time cohort come and go by their actions alone.
   */
  add: (key: MemberKey, change: Change) => Promise<CohortMember | 'real-time' | undefined>;
  /**
   * Ends a customer's membership at an instant; earlier memberships stay. Repeating changes
   * nothing.
   */
  remove: (key: MemberKey, change: Change) => Promise<'removed' | 'real-time'>;
}>;

/** Cohorts whose members people list by hand, with what each change was noted as. */
export const cohortStore = (sql: Sql): CohortStore => ({
  find: (key, now) =>
    withPostgres(async () => {
      const periods = (await isRealTime(sql, key))
        ? await realTimePeriodsOf(sql, key)
        : await periodsOf(sql, key);
      return periods.find(({ until }) => until === undefined || until > now);
    }),
  page: ({ tenantId, cohort }, { now, limit, after }) =>
    withPostgres(async () => {
      if (await isRealTime(sql, { tenantId, cohort }))
        return readRealTimeMembers(sql, { tenantId, cohort }, { at: now, limit, after });
      const rows = await sql<Row[]>`
        select distinct on (customer_id) ${memberColumns(sql)} from cohort_members
        where tenant_id = ${tenantId} and cohort = ${cohort} and until > ${now}
          ${after === undefined ? sql`` : sql`and customer_id > ${after}`}
        order by customer_id, since limit ${limit}`;
      return rows.map(toMember);
    }),
  add: (key, change) => inTransaction(sql, (tx) => add(tx, key, change)),
  remove: (key, change) => inTransaction(sql, (tx) => remove(tx, key, change)),
});

type Row = RowOf<CohortMember>;

/** The columns of a member. */
export const memberColumns = (sql: Sql | Transaction) =>
  sql`customer_id, since, nullif(until, 'infinity') as until`;

const toMember = fromRow<CohortMember>;

const periodsOf = async (
  sql: Sql | Transaction,
  { tenantId, cohort, customerId }: MemberKey,
): Promise<readonly CohortMember[]> => {
  const rows = await sql<Row[]>`
    select ${memberColumns(sql)} from cohort_members
    where tenant_id = ${tenantId} and cohort = ${cohort} and customer_id = ${customerId} order by since`;
  return rows.map(toMember);
};

/**
 * Names the lock of a cohort's members: exclusive for changes of many members, shared for changes
 * of one.
 */
const cohortLock = ({ tenantId, cohort }: Omit<MemberKey, 'customerId'>): string =>
  `cohort ${tenantId} ${cohort}`;

/** Locks the members of a cohort: all other changes of its members wait. */
export const lockMembers = async (
  tx: Transaction,
  key: Omit<MemberKey, 'customerId'>,
): Promise<void> => {
  await tx`select pg_advisory_xact_lock(hashtextextended(${cohortLock(key)}, 0))`;
};

/**
 * Makes changes to the same member wait for each other, also while there is no row yet, and for
 * those of the whole cohort.
 */
const lockMember = async (tx: Transaction, key: MemberKey): Promise<boolean> => {
  const { tenantId, cohort, customerId } = key;
  const name = `cohort member ${tenantId} ${cohort} ${customerId}`;
  await tx`
    select pg_advisory_xact_lock_shared(hashtextextended(${cohortLock(key)}, 0)),
      pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
  return (await tx`select from tenants where tenant_id = ${tenantId}`).count > 0;
};

const add = async (
  tx: Transaction,
  key: MemberKey,
  { at, subject }: Change,
): Promise<CohortMember | 'real-time' | undefined> => {
  if (!(await lockMember(tx, key))) return undefined;
  if (await isRealTime(tx, key)) return 'real-time';
  const before = await periodsOf(tx, key);
  const joined = before.filter(({ until }) => reaches(until, at));
  const lasting = joined.find(({ since, until }) => until === undefined && since <= at);
  if (lasting !== undefined) return lasting;
  const since = joined.reduce((first, period) => (period.since < first ? period.since : first), at);
  await replaceFrom(tx, key, { at, periods: [{ since, until: undefined }] });
  await note(tx, key, { action: 'cohort-member.added', subject, before });
  return { customerId: key.customerId, since, until: undefined };
};

const remove = async (
  tx: Transaction,
  key: MemberKey,
  { at, subject }: Change,
): Promise<'removed' | 'real-time'> => {
  await lockMember(tx, key);
  if (await isRealTime(tx, key)) return 'real-time';
  const before = await periodsOf(tx, key);
  if (!before.some(({ until }) => until === undefined || until > at)) return 'removed';
  const kept = before
    .filter(({ since, until }) => since < at && reaches(until, at))
    .map(({ since }) => ({ since, until: at }));
  await replaceFrom(tx, key, { at, periods: kept });
  await note(tx, key, { action: 'cohort-member.removed', subject, before });
  return 'removed';
};

const reaches = (until: Date | undefined, at: Date): boolean => until === undefined || until >= at;

type Period = Pick<CohortMember, 'since' | 'until'>;

/** Puts periods in the place of all that reach an instant. */
const replaceFrom = async (
  tx: Transaction,
  { tenantId, cohort, customerId }: MemberKey,
  { at, periods }: Readonly<{ at: Date; periods: readonly Period[] }>,
): Promise<void> => {
  await tx`
    delete from cohort_members
    where tenant_id = ${tenantId} and cohort = ${cohort} and customer_id = ${customerId} and until >= ${at}`;
  for (const { since, until } of periods) {
    await tx`
      insert into cohort_members (tenant_id, cohort, customer_id, since, until)
      values (${tenantId}, ${cohort}, ${customerId}, ${since}, coalesce(${until ?? null}::timestamptz, 'infinity'))`;
  }
};

type Note = Readonly<{ action: string; subject: string; before: readonly CohortMember[] }>;

const note = async (
  tx: Transaction,
  key: MemberKey,
  { before, ...change }: Note,
): Promise<void> => {
  const { tenantId, cohort, customerId } = key;
  const resource = `cohorts/${cohort}/members/${customerId}`;
  await recordChange(tx, {
    ...change,
    tenantId,
    resource,
    before,
    after: await periodsOf(tx, key),
  });
};

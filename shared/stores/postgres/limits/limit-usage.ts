import { assert } from '#shared/domain/assert.ts';
import type { DayRange } from '#shared/domain/limits/admit.ts';
import { type UsageChange, userOf } from '#shared/domain/limits/limit-request-of.ts';
import { noUsage, type Tally, type Usage } from '#shared/domain/limits/usage.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';

/** Whose usage. */
export type UsageKey = Readonly<{ tenantId: string; subject: string }>;

/** Whose usage, in all and on which days. */
export type UsageQuestion = UsageKey & Readonly<{ days: readonly DayRange[] }>;

/** Usage by tenant, and by subject within it. */
export type Usages = ReadonlyMap<string, ReadonlyMap<string, Usage>>;

/** The day of a row that adds up all days. */
const inAll = '-infinity';

/**
 * Locks subjects until the transaction ends, in key order, so that only this transaction decides by
 * their caps; with those of a user the same ones of the other accounts of the user's customer.
 */
export const lockSubjects = async (tx: Transaction, keys: readonly UsageKey[]): Promise<void> => {
  if (keys.length === 0) return;
  const wanted = keys.map((key) => ({ ...key, ...userOf(key.subject) }));
  await tx`
    insert into limit_locks as existing (tenant_id, subject)
    select distinct tenant_id, locked.subject
    from ${rowsOf(tx, { wanted }, wantedColumns)}
    cross join lateral (
      select wanted.subject union all
      select scope || account from other_accounts(tenant_id, user_id) account) locked (subject)
    order by 1, 2
    on conflict (tenant_id, subject) do update set subject = existing.subject where false`;
};

const wantedColumns = {
  tenantId: 'text',
  subject: 'text',
  scope: 'text',
  userId: 'text',
} as const;

/**
 * Reads what subjects have used, without locks: in all, and on the days of each question. What a
 * user has used is what all accounts of the user's customer have. Every subject is in the result.
 */
export const readUsages = async (
  sql: Sql | Transaction,
  questions: readonly UsageQuestion[],
): Promise<Usages> => {
  if (questions.length === 0) return new Map();
  const wanted = questions.flatMap(({ tenantId, subject, days }) =>
    [{ first: inAll, last: inAll }, ...days].map((range) => ({
      ...{ tenantId, subject, ...userOf(subject), ...range },
    })),
  );
  const rows = await sql<Row[]>`
    with wanted as (
      select * from ${rowsOf(sql, { wanted }, { ...wantedColumns, first: 'date', last: 'date' })}
    ), same as (
      select tenant_id, user_id, array(select other_accounts(tenant_id, user_id)) as accounts
      from (select distinct tenant_id, user_id from wanted where user_id is not null) users
    )
    select wanted.tenant_id, wanted.subject, others, used.day::text as day, used.unit, used.count, used.amount,
      (extract(epoch from statement_timestamp()) * 1000000)::bigint as version
    from wanted left join same using (tenant_id, user_id)
    cross join lateral (select array(select scope || account from unnest(accounts) account) as others offset 0) other
    cross join unnest(others || wanted.subject) counted (subject)
    left join lateral (
      select day, unit, count, amount from limit_usage usage
      where usage.tenant_id = wanted.tenant_id and usage.subject = counted.subject
        and usage.day between wanted.first and wanted.last
      offset 0) used on true`;
  return new Map(
    Array.from(
      Map.groupBy(rows, ({ tenantId }) => tenantId),
      ([tenantId, ofTenant]) => [
        tenantId,
        new Map(
          Array.from(
            Map.groupBy(ofTenant, ({ subject }) => subject),
            ([subject, own]) => [subject, toUsage(own)],
          ),
        ),
      ],
    ),
  );
};

/**
 * Adds to the usage of subjects, in key order, whatever it is by then. Usage of a subject that
 * users share is added in rows that no other transaction writes meanwhile, unless it is among the
 * `locked` ones, so no transaction waits for this one.
 * @throws InvalidEvent where an amount would grow too large to be exact.
 */
export const addUsage = async (
  tx: Transaction,
  changes: readonly UsageChange[],
  locked: readonly UsageKey[] = [],
): Promise<void> => {
  await writeUsage(tx, changes, { locked });
};

/**
 * Subtracts what `addUsage` added, in the same order and without waiting. Days whose usage was
 * deleted since stay without.
 */
export const subtractUsage = async (
  tx: Transaction,
  changes: readonly UsageChange[],
): Promise<void> => {
  const taken = changes.map((change) => ({
    ...change,
    count: -change.count,
    amount: -change.amount,
  }));
  const written = await writeUsage(tx, taken, { areCounted: true });
  const totals = changes.filter(({ day }) => day === undefined);
  assert(written >= totals.length, 'reversed usage was counted');
};

/**
 * Rows that may add up to the usage of a subject on a day: as many transactions add to it at once
 * without waiting.
 */
const slots = 32;

/** Of advisory locks: the holder writes the slot of a tenant. */
const slotNamespace = 7_136_505;

type Writing = Readonly<{
  locked?: readonly UsageKey[];
  /** Writes only the changes that already have a row, in any slot. */
  areCounted?: boolean;
}>;

/** Adds changes and returns how many were written. */
const writeUsage = async (
  tx: Transaction,
  changes: readonly UsageChange[],
  { locked = [], areCounted = false }: Writing,
): Promise<number> => {
  if (changes.length === 0) return 0;
  const lockedKeys = new Set(locked.map(usageKey));
  const rows = changes.map((change) => ({
    ...change,
    day: change.day ?? inAll,
    isSpread: change.isShared && !lockedKeys.has(usageKey(change)),
  }));
  const { count } = await tx`
    with change as (
      select * from ${rowsOf(
        tx,
        { change: rows },
        {
          ...{ tenantId: 'text', subject: 'text', day: 'date', unit: 'text' },
          ...{ count: 'bigint', amount: 'bigint', isSpread: 'boolean' },
        },
      )}
    ), free as materialized (
      select tenant_id, (
        select slot from generate_series(1, ${slots - 1}) slot
        where pg_try_advisory_xact_lock(${slotNamespace}, hashtext(tenant_id || ' ' || slot)) limit 1) as slot
      from (select distinct tenant_id from change where is_spread) spread
    )
    insert into limit_usage as existing (tenant_id, subject, day, unit, slot, count, amount)
    select tenant_id, subject, day, unit, case when is_spread then coalesce(free.slot, 0) else 0 end, count, amount
    from change left join free using (tenant_id) ${areCounted ? countedRow(tx) : tx``}
    order by tenant_id, subject, day, unit
    on conflict (tenant_id, subject, day, unit, slot) do update set
      count = existing.count + excluded.count, amount = existing.amount + excluded.amount`;
  return count;
};

/**
 * A lateral query with a limit, so that each row is looked up by its key whatever the statistics.
 */
const countedRow = (tx: Transaction) => tx`
  cross join lateral (
    select from limit_usage own
    where own.tenant_id = change.tenant_id and own.subject = change.subject and own.day = change.day
      and own.unit = change.unit
    limit 1) counted`;

const usageKey = ({ tenantId, subject }: UsageKey): string => `${tenantId} ${subject}`;

type Row = UsageKey &
  Readonly<{ version: number; others: readonly string[] }> &
  (
    | Readonly<{ day: string; unit: string; count: number; amount: number }>
    | Readonly<{ day: null; unit: null; count: null; amount: null }>
  );

const toUsage = (rows: readonly Row[]): Usage => {
  let total = noUsage.total;
  const days: Record<string, Tally> = {};
  for (const { day, unit, count, amount } of rows) {
    if (day === null) continue;
    const used = { count, amounts: unit === '' ? {} : { [unit]: amount } };
    if (day === inAll) total = sumOf(total, used);
    else days[day] = sumOf(days[day] ?? noUsage.total, used);
  }
  const [{ version, others } = { version: 0, others: [] }] = rows;
  return { total, days, version, ...(others.length > 0 && { sharedWith: others }) };
};

const sumOf = (one: Tally, other: Tally): Tally => {
  const amounts = { ...one.amounts };
  for (const [unit, amount] of Object.entries(other.amounts))
    amounts[unit] = (amounts[unit] ?? 0) + amount;
  return { count: one.count + other.count, amounts };
};

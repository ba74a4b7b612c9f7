import { assert } from '#shared/domain/assert.ts';
import type { DayRange } from '#shared/domain/limits/asked-days.ts';
import { noUsage, type Tally, type Usage } from '#shared/domain/limits/usage.ts';
import type { UsageChange } from '#shared/domain/limits/usage-change.ts';
import type { Sql, Transaction } from './connect.ts';

/** Whose usage. */
export type UsageKey = Readonly<{ tenantId: string; subject: string }>;

/** Whose usage, in all and on which days. */
export type UsageQuestion = UsageKey & Readonly<{ days: readonly DayRange[] }>;

/** Usage by tenant, and by subject within it. */
export type Usages = ReadonlyMap<string, ReadonlyMap<string, Usage>>;

/** The day of a row that adds up all days. */
const inAll = '-infinity';

/** Locks subjects until the transaction ends, in key order, so that only this transaction decides by their caps. */
export const lockSubjects = async (tx: Transaction, keys: readonly UsageKey[]): Promise<void> => {
  if (keys.length === 0) return;
  await tx`
    insert into limit_locks as standing (tenant_id, subject)
    select distinct tenant_id, subject
    from unnest(${keys.map(({ tenantId }) => tenantId)}::text[], ${keys.map(({ subject }) => subject)}::text[])
      as wanted (tenant_id, subject)
    order by 1, 2
    on conflict (tenant_id, subject) do update set subject = standing.subject where false`;
};

/** Reads what subjects have used, without locks: in all, and on the days of each question. Every subject is in the result. */
export const readUsages = async (
  sql: Sql | Transaction,
  questions: readonly UsageQuestion[],
): Promise<Usages> => {
  if (questions.length === 0) return new Map();
  const wanted = questions.flatMap(({ tenantId, subject, days }) =>
    [{ first: inAll, last: inAll }, ...days].map((range) => ({ tenantId, subject, ...range })),
  );
  const rows = await sql<Row[]>`
    select wanted.tenant_id as "tenantId", wanted.subject, used.day::text as day, used.unit, used.count, used.amount,
      (extract(epoch from statement_timestamp()) * 1000000)::bigint as version
    from unnest(
      ${wanted.map(({ tenantId }) => tenantId)}::text[], ${wanted.map(({ subject }) => subject)}::text[],
      ${wanted.map(({ first }) => first)}::text[]::date[], ${wanted.map(({ last }) => last)}::text[]::date[])
      as wanted (tenant_id, subject, first, last)
    left join lateral (
      select day, unit, count, amount from limit_usage usage
      where usage.tenant_id = wanted.tenant_id and usage.subject = wanted.subject
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
 * Adds to the usage of subjects, in key order, whatever it is by then.
 * @throws InvalidEvent where an amount would grow too large to be exact.
 */
export const addUsage = async (tx: Transaction, changes: readonly UsageChange[]): Promise<void> => {
  if (changes.length === 0) return;
  await tx`
    insert into limit_usage as standing (tenant_id, subject, day, unit, count, amount)
    select tenant_id, subject, day, unit, count, amount from ${changeRows(tx, changes)}
    order by tenant_id, subject, day, unit
    on conflict (tenant_id, subject, day, unit) do update set
      count = standing.count + excluded.count, amount = standing.amount + excluded.amount`;
};

/** Takes back what `addUsage` added, in the same order. */
export const subtractUsage = async (
  tx: Transaction,
  changes: readonly UsageChange[],
): Promise<void> => {
  if (changes.length === 0) return;
  const { count } = await tx`
    with standing as (
      select usage.tenant_id, usage.subject, usage.day, usage.unit, change.count, change.amount
      from limit_usage usage join ${changeRows(tx, changes)} using (tenant_id, subject, day, unit)
      order by usage.tenant_id, usage.subject, usage.day, usage.unit
      for update of usage)
    update limit_usage usage set count = usage.count - standing.count, amount = usage.amount - standing.amount
    from standing
    where (usage.tenant_id, usage.subject, usage.day, usage.unit)
      = (standing.tenant_id, standing.subject, standing.day, standing.unit)`;
  assert(count === changes.length, 'usage that is taken back was counted');
};

const changeRows = (tx: Transaction, changes: readonly UsageChange[]) => tx`
  unnest(
    ${changes.map(({ tenantId }) => tenantId)}::text[], ${changes.map(({ subject }) => subject)}::text[],
    ${changes.map(({ day = inAll }) => day)}::text[]::date[], ${changes.map(({ unit }) => unit)}::text[],
    ${changes.map(({ count }) => count)}::bigint[], ${changes.map(({ amount }) => amount)}::bigint[])
    as change (tenant_id, subject, day, unit, count, amount)`;

type Row = UsageKey &
  Readonly<{ version: number }> &
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
  return { total, days, version: rows[0]?.version ?? 0 };
};

/** Of rows that each have another unit. */
const sumOf = (one: Tally, other: Tally): Tally => ({
  count: one.count + other.count,
  amounts: { ...one.amounts, ...other.amounts },
});

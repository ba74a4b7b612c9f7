import type { Fragment } from 'postgres';
import { rowsOf, type Sql, type Transaction } from '../../driver/connect.ts';

/** A row of usage: of a subject, in all (-infinity) or on a day, by unit. */
export type UsageRow = Readonly<{ tenantId: string; subject: string; day: string; unit: string }>;

/** The columns of a UsageRow. */
export const usageColumns = {
  tenantId: 'text',
  subject: 'text',
  day: 'date',
  unit: 'text',
} as const;

/**
 * What events of incentives change in usage, from one number on and up to another: rows of
 * tenant_id, subject, day, unit, count, amount and last_at.
 */
export const usageChangesIn = (
  tx: Transaction,
  { after, until }: Readonly<{ after: Fragment; until?: Fragment }>,
): Fragment => tx`
  select tenant_id, subject, counted_on as day, coalesce(reward_currency, '') as unit, sum(sign) as count,
    sum(sign * case when reward_currency is null then 0 else reward_amount end) as amount,
    max(case when sign > 0 then issued_at else '-infinity' end) as last_at
  from (
    select incentive_id, case event when 'generated' then 1 else -1 end as sign from incentive_event_log
    where log_no > ${after} ${until === undefined ? tx`` : tx`and log_no <= ${until}`}
      and event in ('generated', 'reversed')
  ) event
  cross join lateral (
    select * from incentives whole where whole.incentive_id = event.incentive_id limit 1) incentive
  cross join lateral (values ('tenant'), ('user:' || user_id), ('campaign:' || campaign_id),
    ('campaign:' || campaign_id || ':user:' || user_id)) as counts_for (subject)
  cross join lateral (values (day), ('-infinity'::date)) as counts_on (counted_on)
  group by 1, 2, 3, 4`;

/** Adds changes to the sums; what they touch is due to be compared. */
export const addToSums = (tx: Transaction, changes: Fragment) => tx`
  insert into usage_sums as known (tenant_id, subject, day, unit, count, amount, last_at, is_audit_due)
  select tenant_id, subject, day, unit, count, amount, last_at, true from (${changes}) change
  order by 1, 2, 3, 4
  on conflict (tenant_id, subject, day, unit) do update set count = known.count + excluded.count,
    amount = known.amount + excluded.amount, last_at = greatest(known.last_at, excluded.last_at), is_audit_due = true`;

/**
 * Starts the sums from current usage without the changes of events after the settled number. Call
 * it when all usage has been compared with all incentives.
 */
export const beginSums = async (tx: Transaction): Promise<void> => {
  await tx`truncate usage_sums`;
  await tx`
    insert into usage_sums (tenant_id, subject, day, unit, count, amount, last_at, is_audit_due)
    select tenant_id, subject, day, unit, sum(count), sum(amount), '-infinity', false
    from limit_usage group by 1, 2, 3, 4`;
  const since = usageChangesIn(tx, { after: tx`(select settled_log from audit_position)` });
  await addToSums(
    tx,
    tx`select tenant_id, subject, day, unit, -count as count, -amount as amount, '-infinity'::timestamptz as last_at
      from (${since}) since`,
  );
};

/** Rows of the sums that changed since they were compared, in key order after one. */
export const sumsDue = (sql: Sql, after: UsageRow, rowsMax: number): Promise<UsageRow[]> =>
  sql<UsageRow[]>`
    select tenant_id, subject, day::text as day, unit from usage_sums
    where is_audit_due and (tenant_id, subject, day, unit)
      > (${after.tenantId}, ${after.subject}, ${after.day}::text::date, ${after.unit})
    order by usage_sums.tenant_id, usage_sums.subject, usage_sums.day, usage_sums.unit limit ${rowsMax}`;

/** Records that rows were compared. */
export const clearSumsDue = (tx: Transaction, rows: readonly UsageRow[]) => tx`
  update usage_sums sums set is_audit_due = false
  from ${rowsOf(tx, { compared: rows }, usageColumns)}
  where (sums.tenant_id, sums.subject, sums.day, sums.unit)
    = (compared.tenant_id, compared.subject, compared.day, compared.unit)`;

import { withSql } from '#scripts/platform/with-sql.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { addLedgerKeys } from '../core/add-ledger-keys.ts';

/** When the history of an aged world ends and the orders of a row begin. */
export const pastEndsAt = '2026-01-01T00:00:00Z';

/** Days of history. */
export const pastDays = 400;

/**
 * Portions in which entries are inserted in order of time, each in its own transaction as in
 * production.
 */
const portions = 40;

/** The walk-in customer, to whom a shop assigns all orders without a customer. */
export const walkInCustomer = 'c-hot';

/** How many customers have 20,000 orders: the first ones of the streams. */
export const busyCustomers = 20;

/** One of them. */
export const busyCustomer = 'c-00001';

/** How large an aged world is; 1 is 5 M orders. */
export type AgedSize = Readonly<{ scale: number }>;

type Past = AgedSize &
  Readonly<{
    /** The rule version that paid the past orders: one point per full 10,000 minor units. */
    ruleVersion: number;
    /**
     * Whether points expire at the start of the 366th local day after their order; then those of
     * the oldest orders have expired.
     */
    expires: boolean;
  }>;

/**
 * Fills the default tenant's ledger with 400 days of orders up to `pastEndsAt`, with balances and
 * lots that agree with them: the walk-in customer has 200,000, the 20 busiest of the streams'
 * customers 20,000 each, the other 4,980 have 100 and everybody else has 20.
 */
export const fillLedger = (databaseUrl: string, past: Past): Promise<void> =>
  withSql(databaseUrl, async (sql) => {
    await sql`set synchronous_commit = off`;
    await sql`
      create temporary table customer as
      select ${walkInCustomer} as customer_id, (200000 * ${past.scale}::float8)::int as orders
      union all
      select 'c-' || lpad(n::text, 5, '0'), greatest(1, ceil((case when n <= ${busyCustomers} then 20000 else 100 end) * ${past.scale}::float8))::int
      from generate_series(1, 5000) n
      union all
      select 'a-' || n, 20 from generate_series(1, (195000 * ${past.scale}::float8)::int) n`;
    for (let portion = 0; portion < portions; portion += 1) await earn(sql, past, portion);
    if (past.expires) await openLots(sql);
    await sql`
      insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
      select tenant_id, customer_id, program, sum(points), sum(points) filter (where kind = 'EARN'), count(*), max(occurred_at)
      from points_ledger group by tenant_id, customer_id, program`;
    await addLedgerKeys(sql);
    await sql`vacuum (analyze)`;
  });

const earn = async (sql: Sql, { ruleVersion, expires }: Past, portion: number): Promise<void> => {
  const expiry = expires
    ? sql`(date_trunc('day', placed_at at time zone 'Asia/Kolkata') + interval '366 days') at time zone 'Asia/Kolkata'`
    : sql`null::timestamptz`;
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, account, points, counter_account, order_id,
      amount_minor, currency, rule_version, lot_id, cause, occurred_at, expires_at, recorded_at)
    select 'default', 'points', 'EARN', order_id, customer_id, 'available', amount_minor / 10000, 'issued', order_id,
      amount_minor, 'INR', ${ruleVersion}, ${lotOf(sql)}, '/bench past', placed_at, expires_at, placed_at
    from (
      select customer_id, 'past-' || customer_id || '-' || number as order_id,
        5000 + (number * 7919::bigint + length(customer_id)) % 150000 as amount_minor,
        date_trunc('milliseconds', ${pastEndsAt}::timestamptz - ${pastDays} * interval '1 day'
          + ${pastDays} * interval '1 day' * ((number + 0.5) / orders)) as placed_at
      from customer cross join lateral generate_series(
        (orders::bigint * ${portion} / ${portions})::int, (orders::bigint * ${portion + 1} / ${portions})::int - 1) number
    ) placed cross join lateral (select ${expiry} as expires_at) lot
    order by placed_at`;
};

/**
 * Any id that depends only on customer and date will do: orders of the rows expire later than
 * these.
 */
const lotOf = (sql: Sql) => sql`
  case when expires_at is null then ${everlastingLotId}::uuid else md5(customer_id || expires_at)::uuid end`;

const openLots = async (sql: Sql): Promise<void> => {
  await sql`
    create temporary table lot as
    select customer_id, lot_id, expires_at, sum(points)::bigint as points from points_ledger
    group by customer_id, lot_id, expires_at having sum(points) > 0`;
  await sql`
    insert into points_lots (tenant_id, customer_id, program, lot_id, account, points, expires_at)
    select 'default', customer_id, 'points', lot_id, 'available', points, expires_at from lot
    where expires_at > ${pastEndsAt}`;
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, account, points, counter_account, lot_id, cause,
      occurred_at, expires_at, recorded_at)
    select 'default', 'points', 'EXPIRE', lot_id || '@past', customer_id, 'available', -points, 'expired', lot_id, '/bench past',
      expires_at, expires_at, expires_at from lot where expires_at <= ${pastEndsAt} order by expires_at`;
  await sql`
    insert into lapsed_lots (tenant_id, customer_id, program, lot_id, points, expires_at)
    select 'default', customer_id, 'points', lot_id, points, expires_at from lot where expires_at <= ${pastEndsAt}`;
};

import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { summarizeLedger } from '../../core/summarize-ledger.ts';

/** The customers among whom the orders are divided. */
const customers = 50_000;

/**
 * Records orders of 100.00 INR as award-points would under the first rule, one point each, with
 * their balances, in batches.
 */
export const createLedgerOrders = async (sql: Sql, orders: number): Promise<void> => {
  await sql`
    with booked as (
      insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account, lot_id, cause,
        occurred_at, order_id, amount_minor, currency, rule_version)
      select 'default', 'points', 'EARN', order_id, customer_id, 1, 'issued', '00000000-0000-0000-0000-000000000000',
        '/bench ' || n, now(), order_id, 10000, 'INR', 1
      from (select coalesce(pg_sequence_last_value('points_ledger_entry_no_seq'), 0) as last) before
      cross join generate_series(1, ${orders}::integer) n
      cross join lateral (
        select 'order-' || last + n as order_id, 'c-' || (hashint8(last + n) & 2147483647) % ${customers} as customer_id) named
      returning *
    ), keyed as (
      insert into ledger_keys (key, entry_no, recorded_at, customer_id)
      select ledger_key(tenant_id, program, kind, cause_id), entry_no, recorded_at, customer_id from booked
    )
    insert into points_balances as existing (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    select 'default', customer_id, 'points', count(*), count(*), 1, now() from booked group by customer_id
    on conflict (tenant_id, customer_id, program) do update set points = existing.points + excluded.points,
      lifetime = existing.lifetime + excluded.lifetime, version = existing.version + 1`;
  await summarizeLedger(sql);
};

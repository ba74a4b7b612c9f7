import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { balanceReader } from '#shared/stores/postgres/ledger/balance-reader.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { addLedgerKeys } from '../../core/add-ledger-keys.ts';
import type { Bench } from '../../core/row.ts';
import { createEventsTopics } from '../pipeline/events-topic.ts';
import { numberOf } from './rank-customers.ts';
import { board } from './rank-world.ts';

/** Customers with an order each, in Postgres and Redis. */
export type WalletWorld = Readonly<{
  sql: Sql;
  /**
   * The points of each customer, kept apart from the stores to check them. The index is the
   * customer's number.
   */
  points: Float64Array;
  close: () => Promise<void>;
}>;

/**
 * Fills ledger, balances and cache as after an order of each customer, and creates the topic of the
 * events.
 */
export const createWalletWorld = async (bench: Bench, count: number): Promise<WalletWorld> => {
  await createEventsTopics(bench.urlOf('kafka'), ['points-events']);
  await migrate(bench.urlOf('postgres'));
  const sql = connectPostgres({ url: bench.urlOf('postgres'), max: 2 });
  bench.log(`paying an order of each of ${count.toLocaleString('en')} customers`);
  await payOrders(sql, count);
  bench.log('warming the cache');
  return {
    sql,
    points: await warmCache(sql, { redisUrl: bench.urlOf('redis'), count }),
    close: () => sql.end(),
  };
};

/**
 * The points of the orders are heavy-tailed, by the rule of the migration: a point for 10,000 minor
 * units.
 */
const payOrders = async (sql: Sql, count: number): Promise<void> => {
  await sql.begin(async (transaction) => {
    await transaction`select setseed(0.5)`;
    // At least 1,000: the customer who redeems most often spends a point some hundred times.
    await transaction`
      with customer as (
        select 'c-' || lpad(number::text, 8, '0') as customer_id, now() - random() * interval '30 days' as placed_at,
          1000 + floor(exp(random() * 8 + random() * 4))::bigint as points
        from generate_series(0, ${count - 1}::int) as number
      ), balance as (
        insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
        select 'default', customer_id, 'points', points, points, 1, placed_at from customer
      )
      insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, points, counter_account,
        order_id, amount_minor, currency, rule_version, lot_id, cause, occurred_at)
      select 'default', 'points', 'EARN', 'order of ' || customer_id, customer_id, points, 'issued',
        'order of ' || customer_id, points * 10000, 'INR', 1, '00000000-0000-0000-0000-000000000000', '/bench 1', placed_at
      from customer`;
  });
  await addLedgerKeys(sql);
  await sql`vacuum (analyze) points_ledger, ledger_keys`;
  await sql`vacuum (analyze) points_balances`;
};

/** Writes all balances and the board through to Redis, and returns their points. */
const warmCache = async (
  sql: Sql,
  { redisUrl, count }: Readonly<{ redisUrl: string; count: number }>,
): Promise<Float64Array> => {
  const redis = connectRedis(redisUrl);
  const cache = balanceCache(redis);
  const points = new Float64Array(count);
  for await (const balances of balanceReader(sql).stream(board.tenantId, 2_000)) {
    await cache.writeThrough(balances, () => [board]);
    for (const balance of balances) points[numberOf(balance.customerId)] = balance.points;
  }
  redis.disconnect();
  return points;
};

import { Redis } from 'ioredis';
import { expectedPoints } from '#scripts/demo/expected-points.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { VoidRound } from '../../core/rounds.ts';
import { type OrderStream, ordersOf } from '../../load/order-stream.ts';

/** The stores of award-points. */
export type Stores = Readonly<{ databaseUrl: string; redisUrl: string }>;

/**
 * Compares a stream with its results: the ledger has what the orders earn, recomputed
 * independently, and each balance, in Postgres and in Redis, is the sum of its customer's entries.
 * @throws VoidRound naming what differs.
 */
export const requirePaid = async (stream: OrderStream, stores: Stores): Promise<void> => {
  const expected = expectedPoints(ordersOf(stream));
  const customers = await readCustomers(stream.prefix, stores);
  const paid = customers.filter(({ orders }) => orders > 0);
  const wrong = [
    ...paid.filter(({ customerId, earned }) => expected.get(customerId) !== BigInt(earned)),
    ...customers.filter(({ total, balance, cached }) => total !== balance || balance !== cached),
  ];
  if (paid.length !== expected.size || wrong.length > 0) {
    const example = JSON.stringify(wrong[0] ?? {});
    throw new VoidRound(
      `${wrong.length} customers differ, ${paid.length} of ${expected.size} were paid: ${example}`,
    );
  }
};

/** Entries in a ledger under a prefix. */
export const countPaid = async (prefix: string, { databaseUrl }: Stores): Promise<number> => {
  const [row] = await withSql(
    databaseUrl,
    (sql) => sql<{ paid: number }[]>`
      select count(*)::int as paid from points_ledger
      where tenant_id = 'default' and program = 'points' and kind = 'EARN' and starts_with(cause_id, ${`${prefix}-`})`,
  );
  return row?.paid ?? 0;
};

type Customer = Readonly<{
  customerId: string;
  /** Orders of this stream. */
  orders: number;
  earned: number;
  /** Orders of all streams. */
  total: number;
  balance: number | null;
  cached: number;
}>;

const readCustomers = async (prefix: string, stores: Stores): Promise<readonly Customer[]> => {
  const sql = connectPostgres({ url: stores.databaseUrl, max: 1 });
  const redis = new Redis(stores.redisUrl);
  try {
    const rows = await sql<Omit<Customer, 'cached'>[]>`
      with ledger as (
        select customer_id, sum(points)::bigint as total,
          count(*) filter (where starts_with(cause_id, ${`${prefix}-`})) as orders,
          coalesce(sum(points) filter (where starts_with(cause_id, ${`${prefix}-`})), 0)::bigint as earned
        from points_ledger group by customer_id)
      select customer_id, orders, earned, total, points as balance
      from ledger full join points_balances using (customer_id)`;
    const cached = await Promise.all(
      rows.map(({ customerId }) => redis.hget(`balance:{default}:points:${customerId}`, 'points')),
    );
    return rows.map((row, index) => ({ ...row, cached: Number(cached[index] ?? Number.NaN) }));
  } finally {
    redis.disconnect();
    await sql.end();
  }
};

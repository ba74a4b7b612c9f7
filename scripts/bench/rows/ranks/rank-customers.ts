import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/**
 * The points of each customer, kept apart from the stores to check them. The index is the
 * customer's number.
 */
export type Customers = Readonly<{ points: Float64Array; versions: Uint32Array }>;

/** The id of a customer by number. */
export const customerIdOf = (number: number): string => `c-${String(number).padStart(8, '0')}`;

/** The number of a customer by id. */
export const numberOf = (customerId: string): number => Number(customerId.slice(2));

/** Fills Postgres with customers whose points are heavy-tailed: most have few, few have many. */
export const createCustomers = async (sql: Sql, count: number): Promise<Customers> => {
  await sql.begin(async (transaction) => {
    await transaction`select setseed(0.5)`;
    await transaction`
      insert into points_balances (tenant_id, customer_id, points, lifetime, version, reached_at)
      select 'default', 'c-' || lpad(number::text, 8, '0'), points, points, 1,
        now() - random() * interval '30 days'
      from (
        select number, floor(exp(random() * 8 + random() * 4))::bigint as points
        from generate_series(0, ${count - 1}::int) as number
      ) as customer`;
  });
  await sql`vacuum (analyze) points_balances`;
  const points = new Float64Array(count);
  const rows = sql<{ customerId: string; points: number }[]>`
    select customer_id, points from points_balances`;
  for await (const chunk of rows.cursor(10_000)) {
    for (const row of chunk) points[numberOf(row.customerId)] = row.points;
  }
  return { points, versions: new Uint32Array(count).fill(1) };
};

import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { board } from './rank-world.ts';

/** The keys under which the naive board is built and published. */
const building = 'naive:building';

/** The key of the naive board. */
export const naiveKey = 'naive:board';

/** Members of one ZADD. */
const membersOfCommand = 1_000;

type Row = Readonly<{ customerId: string; points: number }>;

/**
 * The obvious batch job: every balance in the order that Postgres returns it, with points in random
 * order, into a new sorted set that then replaces the old one.
 */
export const naiveRebuild = async (sql: Sql, redis: RedisConnection): Promise<void> => {
  await redis.unlink(building);
  const rows = sql<Row[]>`
    select customer_id, points from points_balances where tenant_id = ${board.tenantId}`;
  for await (const chunk of rows.cursor(membersOfCommand)) {
    await redis.zadd(building, ...chunk.flatMap(({ customerId, points }) => [points, customerId]));
  }
  await redis.rename(building, naiveKey);
};

import { rebuildBoard } from '#functions/rebuild-rank-snapshot/rebuild-board.ts';
import { seededRandom } from '#scripts/orders/random.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { balanceReader } from '#shared/stores/postgres/ledger/balance-reader.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis, type RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { rankRounds } from '#shared/stores/redis/ranks/rank-rounds.ts';
import { VoidRound } from '../../core/rounds.ts';
import type { Bench } from '../../core/row.ts';
import { type Customers, createCustomers, customerIdOf } from './rank-customers.ts';

/** The board that is measured. */
export const board: Board = { tenantId: 'default', board: 'main', tiePolicy: 'competition' };

/** Balances of one write-through: a micro-batch of award-points. */
const batch = 100;

/** Customers in Postgres and Redis, their board, and what happens to them. */
export type RankWorld = Readonly<{
  sql: Sql;
  redis: RedisConnection;
  customers: Customers;
  /**
   * Publishes a snapshot as rebuild-rank-snapshot does.
   * @throws VoidRound when it was another kind of round.
   */
  rebuild: (mode: 'full' | 'incremental') => Promise<void>;
  /**
   * Gives points to so many customers in Postgres, and writes them through to Redis as award-points
   * does.
   */
  change: (count: number) => Promise<void>;
  close: () => Promise<void>;
}>;

/**
 * Fills Postgres and the cache of balances as after customers have collected points for a while.
 */
export const createRankWorld = async (bench: Bench, count: number): Promise<RankWorld> => {
  await migrate(bench.urlOf('postgres'));
  const sql = connectPostgres({ url: bench.urlOf('postgres'), max: 2 });
  const redis = connectRedis(bench.urlOf('redis'));
  const cache = balanceCache(redis);
  const dependencies = {
    rounds: rankRounds(redis),
    truth: balanceReader(sql),
    cache,
    clock: systemClock,
  };
  bench.log(`giving points to ${count.toLocaleString('en')} customers`);
  const customers = await createCustomers(sql, count);
  for await (const balances of dependencies.truth.stream(board.tenantId, 2_000)) {
    await cache.writeThrough(balances, () => []);
  }

  return {
    sql,
    redis,
    customers,
    rebuild: async (mode) => {
      const [rebuilt] = await rebuildBoard(dependencies, { board, mode, siblings: [board] });
      const kind = rebuilt?.kind === 'published' ? rebuilt.mode : rebuilt?.kind;
      if (kind !== mode) throw new VoidRound(`a round that should be ${mode} was ${kind}`);
    },
    change: async (changes) => {
      const balances = award(customers, changes);
      await writeToPostgres(sql, balances);
      for (let start = 0; start < balances.length; start += batch) {
        await cache.writeThrough(balances.slice(start, start + batch), () => [board]);
      }
    },
    close: async () => {
      await sql.end();
      redis.disconnect();
    },
  };
};

const random = seededRandom(7);

/** Picks customers, each once, and gives them what an order is worth. */
const award = ({ points, versions }: Customers, count: number): readonly Balance[] => {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(Math.floor(random() * points.length));
  const now = new Date();
  return Array.from(chosen, (number) => {
    points[number] = (points[number] ?? 0) + 1 + Math.floor(random() * 50);
    versions[number] = (versions[number] ?? 0) + 1;
    return {
      tenantId: board.tenantId,
      customerId: customerIdOf(number),
      points: points[number],
      program: 'points',
      pending: 0,
      reserved: 0,
      lifetime: points[number],
      version: versions[number],
      reachedAt: now,
    };
  });
};

const writeToPostgres = async (sql: Sql, balances: readonly Balance[]): Promise<void> => {
  const ids = balances.map(({ customerId }) => customerId);
  const points = balances.map((balance) => balance.points);
  await sql`
    update points_balances as balance
    set points = change.points, lifetime = change.points, version = version + 1, reached_at = now()
    from unnest(${ids}::text[], ${points}::bigint[]) as change (customer_id, points)
    where balance.tenant_id = ${board.tenantId} and balance.customer_id = change.customer_id`;
};

import type { Redis } from 'ioredis';
import type { Balance } from '#shared/domain/points/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { defineScripts } from './define-scripts.ts';
import { balancePrefix, boardPrefix } from './keys.ts';
import { withRedis } from './redis-error.ts';
import buffers from './scripts/includes/buffers.lua';
import writeBalances from './scripts/write-balances-n.lua';

export type BalanceCache = Readonly<{
  /**
   * Writes balances to the cache and to every board of their tenants, live and for the next snapshot. A balance older than the
   * cached one changes nothing, so writes may come in any order and more than once.
   * @throws Unavailable when Redis is not there; repeating is safe.
   */
  writeThrough: (
    balances: readonly Balance[],
    boardsOf: (tenantId: string) => readonly Board[],
  ) => Promise<void>;
  /** The cached balance; undefined when Redis knows none, which says nothing about Postgres. */
  read: (tenantId: string, customerId: string) => Promise<Balance | undefined>;
}>;

/** Balances of one script call: bounds how long it blocks Redis. */
const balancesMax = 250;

/** Balances and live boards in Redis, behind Postgres and never ahead of it. */
export const balanceCache = (redis: Redis): BalanceCache => {
  const scripts = defineScripts(redis, { writeBalances: { lua: buffers + writeBalances } });

  const write = (tenantId: string, boards: readonly Board[], balances: readonly Balance[]) =>
    scripts.writeBalances(
      boards.length + 1,
      balancePrefix(tenantId),
      ...boards.map(boardPrefix),
      ...boards.map(({ tiePolicy }) => tiePolicy),
      ...balances.flatMap(({ customerId, points, lifetime, version, reachedAt }) => [
        customerId,
        points,
        lifetime,
        version,
        reachedAt.getTime(),
      ]),
    );

  return {
    // All calls go out together on the one connection, so a batch costs one round trip however many tenants are in it.
    writeThrough: (balances, boardsOf) =>
      withRedis(async () => {
        const calls = [...byTenant(balances)].flatMap(([tenantId, own]) =>
          slices(newest(own)).map((slice) => write(tenantId, boardsOf(tenantId), slice)),
        );
        await Promise.all(calls);
      }),

    read: (tenantId, customerId) =>
      withRedis(async () => {
        const hash = await redis.hgetall(balancePrefix(tenantId) + customerId);
        if (hash['version'] === undefined) return undefined;
        return {
          tenantId,
          customerId,
          points: Number(hash['points']),
          lifetime: Number(hash['lifetime']),
          version: Number(hash['version']),
          reachedAt: new Date(Number(hash['reachedAt'])),
        };
      }),
  };
};

const byTenant = (balances: readonly Balance[]): ReadonlyMap<string, readonly Balance[]> =>
  Map.groupBy(balances, ({ tenantId }) => tenantId);

/** The newest balance of each customer. */
const newest = (balances: readonly Balance[]): readonly Balance[] => {
  const found = new Map<string, Balance>();
  for (const balance of balances) {
    const other = found.get(balance.customerId);
    if (other === undefined || other.version < balance.version)
      found.set(balance.customerId, balance);
  }
  return [...found.values()];
};

const slices = (balances: readonly Balance[]): readonly (readonly Balance[])[] =>
  Array.from({ length: Math.ceil(balances.length / balancesMax) }, (_, index) =>
    balances.slice(index * balancesMax, (index + 1) * balancesMax),
  );

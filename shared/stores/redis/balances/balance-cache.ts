import { Counter } from 'prom-client';
import { mainProgram } from '#shared/domain/earning/program.ts';
import { type Balance, cachedDays } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { dayMs } from '#shared/domain/time/local-time.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { balancePrefix, boardPrefix } from '../driver/keys.ts';
import {
  isRedisUnavailable,
  type RedisCircuit,
  redisCircuit,
  withRedis,
} from '../driver/redis-availability.ts';
import buffers from '../scripts/includes/buffers.lua';
import writeBalances from '../scripts/write-balances-n.lua';

export type BalanceCache = Readonly<{
  /**
   * Writes balances to the cache, and those of main programs to every board of their tenants, live
   * and for the next snapshot. A balance older than the cached one changes nothing, so writes may
   * come in any order and more than once.
   * @throws Unavailable when Redis is unavailable; repeating is safe.
   */
  writeThrough: (
    balances: readonly Balance[],
    boardsOf: (tenantId: string) => readonly Board[],
  ) => Promise<void>;
  /**
   * The cached balance; undefined if it is not cached or has expired, which does not mean that
   * Postgres has none.
   */
  read: (key: WalletKey) => Promise<Balance | undefined>;
  /**
   * Deletes balances from the cache, so that the next write-through is accepted with any version.
   * Boards stay.
   */
  drop: (keys: readonly WalletKey[]) => Promise<void>;
}>;

/** Balances of one script call: bounds how long it blocks Redis. */
const balancesMax = 250;

type Options = Readonly<{
  /**
   * How long a balance lives at least after it was last written; up to a tenth longer, so that
   * balances written together do not expire together. Far longer than a write can take, because an
   * expired balance no longer refuses an older one.
   */
  keptMs?: number;
}>;

/** Balances and live boards in Redis, behind Postgres and never ahead of it. */
export const balanceCache = (
  redis: RedisConnection,
  { keptMs = cachedDays * dayMs }: Options = {},
): BalanceCache => {
  const scripts = defineScripts(redis, { writeBalances: { lua: buffers + writeBalances } });

  const write = (
    { tenantId, program }: Program,
    boards: readonly Board[],
    balances: readonly Balance[],
  ) => {
    const ranking = program === mainProgram ? boards : [];
    return scripts.writeBalances(
      ranking.length + 1,
      balancePrefix(tenantId, program),
      ...ranking.map(boardPrefix),
      ...ranking.map(({ tiePolicy }) => tiePolicy),
      Math.round(keptMs * (1 + Math.random() / 10)),
      ...balances.flatMap((balance) => [
        balance.customerId,
        ...fields.map((field) => balance[field]),
        balance.reachedAt.getTime(),
      ]),
    );
  };

  return {
    // All calls are sent together on one connection, so a batch costs one round trip however many
    // tenants are in it.
    writeThrough: (balances, boardsOf) =>
      withRedis(async () => {
        const calls = byProgram(balances).flatMap(([program, own]) =>
          slices(newest(own)).map((slice) => write(program, boardsOf(program.tenantId), slice)),
        );
        await Promise.all(calls);
      }),

    read: (key) => withRedis(async () => toBalance(key, await redis.hgetall(balanceKey(key)))),

    // One command each, as keys of several tenants are in several slots.
    drop: (keys) =>
      withRedis(async () => {
        await Promise.all(keys.map((key) => redis.unlink(balanceKey(key))));
      }),
  };
};

const fields = ['points', 'pending', 'reserved', 'lifetime', 'version'] as const;

const balanceKey = ({ tenantId, customerId, program }: WalletKey): string =>
  balancePrefix(tenantId, program) + customerId;

const toBalance = (
  { tenantId, customerId, program }: WalletKey,
  hash: Readonly<Record<string, string>>,
): Balance | undefined => {
  if (hash['version'] === undefined) return undefined;
  const [points = 0, pending = 0, reserved = 0, lifetime = 0, version = 0] = fields.map((field) =>
    Number(hash[field]),
  );
  const reachedAt = new Date(Number(hash['reachedAt']));
  return { tenantId, customerId, program, points, pending, reserved, lifetime, version, reachedAt };
};

type Program = Pick<Balance, 'tenantId' | 'program'>;

const byProgram = (balances: readonly Balance[]): (readonly [Program, readonly Balance[]])[] =>
  Array.from(
    Map.groupBy(balances, ({ tenantId, program }) => `${tenantId} ${program}`).values(),
    (own) => [own[0] as Program, own],
  );

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

type Write<Refused extends string> = (
  ...write: Parameters<BalanceCache['writeThrough']>
) => Promise<'written' | Refused>;

/** The cache of balances for callers that can work without it. */
export type GuardedBalanceCache = Readonly<{
  /**
   * Writes committed balances through; while Redis is unavailable or slow, they are recorded in
   * Postgres instead, and reconcile-rewards writes them later. Either way nothing is lost when it
   * resolves.
   * @throws Unavailable when neither could be done; repeating is safe, and must happen.
   */
  writeThrough: Write<'deferred'>;
  /**
   * Writes a balance that a reader missed in the cache. If Redis is unavailable, the next reader
   * misses it again.
   */
  fill: Write<'refused'>;
  /**
   * The cached balance; undefined when Redis knows none.
   * @throws Unavailable if Redis is unavailable or slow, mostly at once: read Postgres instead.
   */
  read: BalanceCache['read'];
}>;

const slices = (balances: readonly Balance[]): readonly (readonly Balance[])[] =>
  Array.from({ length: Math.ceil(balances.length / balancesMax) }, (_, index) =>
    balances.slice(index * balancesMax, (index + 1) * balancesMax),
  );

type Unwritten = Readonly<{ note: (balances: readonly Balance[]) => Promise<void> }>;

type GuardOptions = Readonly<{
  /** That of the pod, where it uses Redis for more. */
  circuit?: RedisCircuit;
  /**
   * Longer than for reads: a batch may be large, and a timeout costs a row in Postgres and up to a
   * minute of staleness.
   */
  writeMs?: number;
  /** A reader can read Postgres instead. */
  readMs?: number;
}>;

const writesTotal = new Counter({
  name: 'guerdon_balance_writes_total',
  help: 'Committed balances by outcome: written to Redis, or deferred until Redis is back',
  labelNames: ['outcome'] as const,
});

/** Puts a circuit before the cache, and Postgres in its place while Redis is unavailable. */
export const guardedBalanceCache = (
  cache: BalanceCache,
  unwritten: Unwritten,
  { circuit = redisCircuit(), writeMs = 1_000, readMs = 250 }: GuardOptions = {},
): GuardedBalanceCache => {
  const isWritten = async (...write: Parameters<BalanceCache['writeThrough']>) => {
    try {
      await circuit.run(() => cache.writeThrough(...write), writeMs);
      return true;
    } catch (error) {
      if (isRedisUnavailable(error)) return false;
      throw error;
    }
  };

  return {
    writeThrough: async (balances, boardsOf) => {
      if (balances.length === 0) return 'written';
      const outcome = (await isWritten(balances, boardsOf)) ? 'written' : 'deferred';
      if (outcome === 'deferred') await unwritten.note(balances);
      writesTotal.inc({ outcome }, balances.length);
      return outcome;
    },
    fill: async (...write) => ((await isWritten(...write)) ? 'written' : 'refused'),
    read: (key) => circuit.run(() => cache.read(key), readMs),
  };
};

type Tenant = Readonly<{ tenantId: string; boards: readonly Board[] }>;

type Stores<Outcome> = Readonly<{
  tenants: Readonly<{ find: (tenantId: string) => Promise<Tenant | undefined> }>;
  cache: Readonly<{
    writeThrough: (
      balances: readonly Balance[],
      boardsOf: (tenantId: string) => readonly Board[],
    ) => Promise<Outcome>;
  }>;
}>;

/**
 * Writes committed balances to the cache and to the boards of their tenants, including suspended
 * ones: a balance that is written without its boards would never appear on them.
 * @throws what the stores throw; a retry is safe.
 */
export const writeWithBoards = async <Outcome>(
  { tenants, cache }: Stores<Outcome>,
  balances: readonly Balance[],
): Promise<Outcome> => {
  const ids = [...new Set(balances.map(({ tenantId }) => tenantId))];
  const found = await Promise.all(ids.map((id) => tenants.find(id)));
  const boards = new Map(found.map((tenant) => [tenant?.tenantId, tenant?.boards ?? []]));
  return cache.writeThrough(balances, (tenantId) => boards.get(tenantId) ?? []);
};

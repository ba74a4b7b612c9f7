import { Counter } from 'prom-client';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { BalanceCache } from './balance-cache.ts';
import { isRedisAway, type RedisCircuit } from './redis-circuit.ts';

type Write<Refused extends string> = (
  ...write: Parameters<BalanceCache['writeThrough']>
) => Promise<'written' | Refused>;

/** The cache of balances for callers that can work without it. */
export type GuardedBalanceCache = Readonly<{
  /**
   * Writes committed balances through; where Redis is unavailable or slow they are noted in
   * Postgres instead, and reconcile-rewards writes them later. Either way nothing is lost when it
   * resolves.
   * @throws Unavailable when neither could be done; repeating is safe, and must happen.
   */
  writeThrough: Write<'deferred'>;
  /**
   * Writes what a reader missed in the cache; where Redis is unavailable nothing is lost, as it
   * still misses it.
   */
  fill: Write<'refused'>;
  /**
   * The cached balance; undefined when Redis knows none. @throws Unavailable if Redis is
   * unavailable or slow, mostly at once: read Postgres instead.
   */
  read: BalanceCache['read'];
}>;

type Dependencies = Readonly<{
  cache: BalanceCache;
  circuit: RedisCircuit;
  unwritten: Readonly<{ note: (balances: readonly Balance[]) => Promise<void> }>;
  /** A batch may be large, and what is given up costs a note and a stale minute. */
  writeMs?: number;
  /** A reader has Postgres to turn to. */
  readMs?: number;
}>;

const writesTotal = new Counter({
  name: 'guerdon_balance_writes_total',
  help: 'Committed balances by outcome: written to Redis, or deferred until Redis is back',
  labelNames: ['outcome'] as const,
});

/** Puts a circuit before the cache, and Postgres in its place while Redis is unavailable. */
export const guardedBalanceCache = ({
  cache,
  circuit,
  unwritten,
  writeMs = 1_000,
  readMs = 250,
}: Dependencies): GuardedBalanceCache => {
  const isWritten = async (...write: Parameters<BalanceCache['writeThrough']>) => {
    try {
      await circuit.run(() => cache.writeThrough(...write), writeMs);
      return true;
    } catch (error) {
      if (isRedisAway(error)) return false;
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
 * Writes committed balances to the cache and to the boards of their tenants, suspended ones
 * included: a balance that is written without its boards would be missing there for good.
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

import { Counter } from 'prom-client';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { isRedisUnavailable } from '../driver/redis-availability.ts';
import type { GuardedBalanceCache } from './balance-cache.ts';

/**
 * The balance of a wallet; undefined when it has none.
 * @throws Unavailable when Postgres is needed and unavailable.
 */
export type BalanceLookup = (key: WalletKey) => Promise<Balance | undefined>;

type Dependencies = Readonly<{
  cache: Pick<GuardedBalanceCache, 'read' | 'fill'>;
  truth: Readonly<{ find: (keys: readonly WalletKey[]) => Promise<readonly Balance[]> }>;
  /**
   * All boards of a tenant, because a customer who is missing in the cache is missing there too.
   */
  boardsOf: (tenantId: string) => Promise<readonly Board[]>;
}>;

const readsTotal = new Counter({
  name: 'guerdon_balance_reads_total',
  help: 'Balances read, by cache result: hit, miss, or away when Redis was unavailable',
  labelNames: ['cache'] as const,
});

/**
 * Reads through the cache: a miss is read from Postgres and filled in; while Redis is unavailable,
 * only Postgres is read. A cached balance may lag behind Postgres by a write in progress, or by a
 * minute after Redis was unavailable.
 */
export const balanceLookup = ({ cache, truth, boardsOf }: Dependencies): BalanceLookup => {
  const ask = async (key: WalletKey): Promise<Balance | 'miss' | 'away'> => {
    try {
      return (await cache.read(key)) ?? 'miss';
    } catch (error) {
      if (isRedisUnavailable(error)) return 'away';
      throw error;
    }
  };

  return async (key) => {
    const cached = await ask(key);
    readsTotal.inc({ cache: typeof cached === 'string' ? cached : 'hit' });
    if (typeof cached !== 'string') return cached;
    const [balance] = await truth.find([key]);
    if (cached === 'away' || balance === undefined) return balance;
    const boards = await boardsOf(key.tenantId);
    await cache.fill([balance], () => boards);
    return balance;
  };
};

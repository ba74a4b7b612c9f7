import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { CurrentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { GuardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { balanceLookup } from '#shared/stores/redis/balances/balance-lookup.ts';

/** The balance of a wallet and its source; undefined if the customer has none. */
type BalanceReading = Readonly<{
  balance: Balance | undefined;
  source: 'cache' | 'ledger';
}>;

/**
 * Reads a balance as it is now.
 * @throws Unavailable when Postgres is needed and unavailable.
 */
export type ReadBalance = (wallet: WalletKey) => Promise<BalanceReading>;

type Dependencies = Readonly<{
  cache: Pick<GuardedBalanceCache, 'read' | 'fill'>;
  truth: Pick<CurrentBalances, 'find'>;
  tenants: TenantStore;
}>;

/**
 * Reads through the cache, which is never ahead of Postgres; while Redis is unavailable, only
 * Postgres is read.
 */
export const readBalance =
  ({ cache, truth, tenants }: Dependencies): ReadBalance =>
  async (wallet) => {
    let source: BalanceReading['source'] = 'cache';
    const find: CurrentBalances['find'] = (keys) => {
      source = 'ledger';
      return truth.find(keys);
    };
    const boardsOf = async (tenantId: string) => (await tenants.find(tenantId))?.boards ?? [];
    const balance = await balanceLookup({ cache, truth: { find }, boardsOf })(wallet);
    return { balance, source };
  };

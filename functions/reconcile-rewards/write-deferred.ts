import { Counter } from 'prom-client';
import type { UnwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { type BalanceCache, writeWithBoards } from '#shared/stores/redis/balances/balance-cache.ts';

export type DeferredDependencies = Readonly<{
  unwritten: UnwrittenBalances;
  cache: BalanceCache;
  tenants: TenantStore;
}>;

const deferredTotal = new Counter({
  name: 'guerdon_deferred_balances_written_total',
  help: 'Balances written to Redis late, because it was unavailable when they were committed',
});

/** Two script calls a page, so that readers get in between. */
const balancesMax = 500;

/** Limits a run; the next one continues. */
const pagesMax = 200;

/**
 * Writes through the balances that could not be written at their commit. Each row is deleted only
 * after its balance is in Redis.
 */
export const writeDeferred = async ({
  unwritten,
  cache,
  tenants,
}: DeferredDependencies): Promise<void> => {
  let after: Parameters<UnwrittenBalances['page']>[0];
  for (let page = 0; page < pagesMax; page += 1) {
    const balances = await unwritten.page(after, balancesMax);
    await writeWithBoards({ tenants, cache }, balances);
    await unwritten.remove(balances);
    deferredTotal.inc(balances.length);
    after = balances.at(-1);
    if (balances.length < balancesMax) return;
  }
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { CurrentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { BalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';

type Options = Readonly<{
  currentBalances: CurrentBalances;
  cache: BalanceCache;
  tenant: Pick<Tenant, 'tenantId' | 'boards'>;
  /** At most so many balances per second; if undefined, as fast as possible. */
  ratePerSecond?: number | undefined;
  onProgress: (written: number) => void;
}>;

/** Two script calls, so that readers get in between. */
const pageMax = 500;

/**
 * Writes every balance of a tenant through to the cache and the live boards; reads the next page
 * while one is written. A newer balance in the cache is kept, so this may run concurrently with
 * everything else, and repeatedly.
 * @returns how many there were.
 */
export const warmBalances = async ({
  currentBalances,
  cache,
  tenant: { tenantId, boards },
  ratePerSecond = Infinity,
  onProgress,
}: Options): Promise<number> => {
  const read = (after?: Awaited<ReturnType<CurrentBalances['page']>>[number]) =>
    currentBalances.page(after, { tenantId, balancesMax: pageMax });
  const startedAt = performance.now();
  let written = 0;
  let page = await read();
  while (page.length > 0) {
    const [next] = await Promise.all([read(page.at(-1)), cache.writeThrough(page, () => boards)]);
    written += page.length;
    onProgress(written);
    const aheadMs = (written / ratePerSecond) * 1000 - (performance.now() - startedAt);
    if (aheadMs > 0) await sleep(aheadMs);
    page = next;
  }
  return written;
};

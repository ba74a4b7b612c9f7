import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { announce } from '#shared/runtime/announce.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { GuardedBalanceCache } from '#shared/stores/redis/guarded-balance-cache.ts';

/** What a commit left to be told; all balances are of one tenant. */
type Told = Readonly<{ balances: readonly Balance[]; facts: readonly Fact[] }>;

/**
 * Lets cache and world know of a commit.
 * @throws Unavailable when a balance could neither be cached nor noted for later; repeating the request finds the commit.
 */
export type Tell = (committed: Told) => Promise<void>;

type Dependencies = Readonly<{
  tenants: TenantStore;
  cache: Pick<GuardedBalanceCache, 'writeThrough'>;
  publisher: Publisher;
  outbox: Outbox;
  log: Logger;
}>;

/** Tells after the commit and from what it returned, so that the cache can lag the ledger but never lead it. */
export const createTell =
  ({ tenants, cache, publisher, outbox, log }: Dependencies): Tell =>
  async ({ balances, facts }) => {
    const onFailure = (error: unknown) => {
      log.warn({ err: error }, 'events could not be published and stay in the outbox');
    };
    try {
      const [first] = balances;
      const tenant = first && (await tenants.find(first.tenantId));
      await cache.writeThrough(balances, () => tenant?.boards ?? []);
    } finally {
      // Also where the cache failed: what was committed is true.
      await announce(facts, { publisher, outbox, onFailure });
    }
  };

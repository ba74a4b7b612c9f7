import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { announce } from '#shared/runtime/announce.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Outbox } from '#shared/stores/postgres/journal/outbox.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { GuardedBalanceCache } from '#shared/stores/redis/guarded-balance-cache.ts';

/** What a commit changed, and the events that it left to publish; all balances are of one tenant. */
type Committed = Readonly<{ balances: readonly Balance[]; facts: readonly Fact[] }>;

/**
 * Writes balances to the cache and publishes events after a commit.
 * @throws Unavailable when a balance could neither be cached nor noted for later; repeating the request finds the commit.
 */
export type AfterCommit = (committed: Committed) => Promise<void>;

type Dependencies = Readonly<{
  tenants: TenantStore;
  cache: Pick<GuardedBalanceCache, 'writeThrough'>;
  publisher: Publisher;
  outbox: Outbox;
  log: Logger;
}>;

/** Works from what the commit returned, so that the cache can lag the ledger but never lead it. */
export const createAfterCommit =
  ({ tenants, cache, publisher, outbox, log }: Dependencies): AfterCommit =>
  async ({ balances, facts }) => {
    const onFailure = (error: unknown) => {
      log.warn({ err: error }, 'events could not be published and stay in the outbox');
    };
    try {
      const [first] = balances;
      const tenant = first && (await tenants.find(first.tenantId));
      await cache.writeThrough(balances, () => tenant?.boards ?? []);
    } finally {
      // Also where the cache failed: the commit is recorded.
      await announce(facts, { publisher, outbox, onFailure });
    }
  };

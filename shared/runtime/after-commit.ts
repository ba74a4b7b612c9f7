import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { type Announcing, announce } from './announce.ts';

/** What a commit changed, and the events that it left to publish. */
type Committed = Readonly<{ balances: readonly Balance[]; domainEvents: readonly DomainEvent[] }>;

/**
 * Writes balances to the cache and publishes events after a commit.
 * @throws what writing throws; repeating the request finds the commit.
 */
export type AfterCommit = (committed: Committed) => Promise<void>;

type Dependencies = Announcing &
  Readonly<{ write: (balances: readonly Balance[]) => Promise<unknown> }>;

/** Works from what the commit returned, so that the cache can lag the ledger but never lead it. */
export const createAfterCommit =
  ({ write, ...announcing }: Dependencies): AfterCommit =>
  async ({ balances, domainEvents }) => {
    try {
      await write(balances);
    } finally {
      // Also where the cache failed: the commit is recorded.
      await announce(domainEvents, announcing);
    }
  };

import { LRUCache } from 'lru-cache';
import type { DeliveryStore, Endpoint } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import type { ChangeNotices } from '#shared/stores/redis/change-notices.ts';

/** The endpoints of a tenant that are not disabled. */
export type KnownEndpoints = (tenantId: string) => Promise<readonly Endpoint[]>;

type Options = Readonly<{
  store: Pick<DeliveryStore, 'endpoints'>;
  /** Notifies of changes, by tenant. */
  notices: Pick<ChangeNotices, 'generation' | 'isListening'>;
}>;

/** How long endpoints are remembered while notices arrive, and while they do not. */
const listeningTtlMs = 30_000;
const deafTtlMs = 1_000;

/** Caches endpoints until a notice of a change, or for a second while notices do not arrive. */
export const knownEndpoints = ({ store, notices }: Options): KnownEndpoints => {
  const known = new LRUCache<string, readonly Endpoint[], string>({
    max: 10_000,
    ttl: listeningTtlMs,
    fetchMethod: (_key, _stale, { options, context: tenantId }) => {
      if (!notices.isListening()) options.ttl = deafTtlMs;
      return store.endpoints(tenantId);
    },
  });
  return (tenantId) =>
    // The generation is taken before the read, so a result that is older than a change is never
    // found.
    known.forceFetch(`${tenantId} ${notices.generation(tenantId)}`, { context: tenantId });
};

import { LRUCache } from 'lru-cache';

/** What is kept, by tenant and action. */
type Kept<Entry> = Readonly<{
  get: (tenantId: string, action: string) => Entry | undefined;
  /** Keeps an entry, unless it is larger than the share of a tenant. */
  set: (tenantId: string, action: string, entry: Entry) => void;
}>;

type Bounds = Readonly<{ bytesMax: number; tenantBytesMax: number; ttlMs: number }>;

/**
 * Keeps what was used last within a number of bytes, and within a share of them for each tenant:
 * one that has more than its share displaces what it used longest ago itself, and nothing of
 * another tenant's.
 */
export const shareOfTenants = <Entry extends Readonly<{ bytes: number }>>({
  bytesMax,
  tenantBytesMax,
  ttlMs,
}: Bounds): Kept<Entry> => {
  /** The keys of each tenant, from the one used longest ago to the last, and their bytes. */
  const tenants = new Map<string, Map<string, number>>();
  const cache = new LRUCache<string, Readonly<{ tenantId: string; entry: Entry }>>({
    maxSize: bytesMax,
    ttl: ttlMs,
    sizeCalculation: ({ entry }) => entry.bytes,
    dispose: ({ tenantId }, key) => {
      const keys = tenants.get(tenantId);
      keys?.delete(key);
      if (keys?.size === 0) tenants.delete(tenantId);
    },
    // Setting an existing key would otherwise dispose of the old entry after adding the key.
    noDisposeOnSet: true,
  });
  const touch = (tenantId: string, key: string, bytes: number): Map<string, number> => {
    const keys = tenants.get(tenantId) ?? new Map<string, number>();
    keys.delete(key);
    keys.set(key, bytes);
    tenants.set(tenantId, keys);
    return keys;
  };
  return {
    get: (tenantId, action) => {
      const key = `${tenantId} ${action}`;
      const entry = cache.get(key)?.entry;
      if (entry !== undefined) touch(tenantId, key, entry.bytes);
      return entry;
    },
    set: (tenantId, action, entry) => {
      const key = `${tenantId} ${action}`;
      cache.delete(key);
      if (entry.bytes > tenantBytesMax) return;
      const keys = touch(tenantId, key, entry.bytes);
      let bytes = [...keys.values()].reduce((sum, each) => sum + each, 0);
      for (const [oldest, size] of [...keys]) {
        if (bytes <= tenantBytesMax) break;
        bytes -= size;
        cache.delete(oldest);
      }
      cache.set(key, { tenantId, entry });
    },
  };
};

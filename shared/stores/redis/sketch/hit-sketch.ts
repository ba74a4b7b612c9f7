import { LRUCache } from 'lru-cache';
import type { SketchGeometry } from '#shared/domain/sketch/sketch-geometry.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { activeTenantsKey, hotSetKey, sampleKey, sketchKey } from '../driver/keys.ts';
import { withRedis } from '../driver/redis-availability.ts';
import countSample from '../scripts/count-sample-1.lua';
import { isSampled } from './sketch-columns.ts';
import { type SketchCounters, sketchCounters } from './sketch-counters.ts';

/** Hits of a tenant's campaigns, by campaign. */
export type TenantHits = Readonly<{ tenantId: string; hits: ReadonlyMap<string, number> }>;

/** Hits of a campaign. */
export type CampaignLoad = Readonly<{
  tenantId: string;
  campaignId: string;
  /** Those that were added just now. */
  added: number;
  /** Those of the window, by estimate: never fewer than there were. */
  hits: number;
  /** Whether it is in the hot set, as it was at most `refreshMs` ago. */
  isHot: boolean;
}>;

/** What was counted exactly of a window. */
type WindowSample = Readonly<{
  /** Hits of all campaigns. */
  total: number;
  /** Exact hits of the campaigns that are sampled. */
  campaigns: ReadonlyMap<string, number>;
}>;

/** Every method throws Unavailable when Redis is unavailable. */
export type HitSketch = Readonly<{
  /**
   * Adds hits to a window, in one round trip however many tenants and campaigns there are, and
   * returns the load of each campaign. Repeated hits count again: the estimate is an upper bound
   * either way.
   */
  add: (
    bucket: number,
    tenants: readonly TenantHits[],
    now: Date,
  ) => Promise<readonly CampaignLoad[]>;
  /** The estimated hits of campaigns in windows, in order. */
  estimates: (
    windows: Pick<Windows, 'tenantId' | 'bucket'> & Partial<Windows>,
    campaignIds: readonly string[],
  ) => Promise<readonly number[]>;
  /** The tenants that had hits since an instant. */
  tenantsSince: (instant: Date) => Promise<readonly string[]>;
  /** Takes the exact counts of a window; of several concurrent callers one gets them. */
  takeSample: (tenantId: string, bucket: number) => Promise<WindowSample | undefined>;
}>;

type Options = Readonly<{
  geometry: SketchGeometry;
  /** How long a window lives after its last hit. */
  keptMs: number;
  /** Windows that an estimate covers: the current one, or the one before it, too. */
  windows?: number;
  /** One of so many campaigns is counted exactly, too. */
  sampleOneIn?: number;
  /**
   * How long a tenant's hot set is not read again, nor that it has hits noted: neither depends on
   * the batch, and a busy tenant has thousands of batches a second.
   */
  refreshMs?: number;
}>;

/** Exact counts kept of a tenant's window, about 100 kB, however many campaigns it has. */
const sampledMax = 1_000;

/**
 * Count-min sketches of hits in Redis, one for each tenant and window: their memory depends on
 * neither campaigns nor hits.
 */
export const hitSketch = (redis: RedisConnection, options: Options): HitSketch => {
  const { geometry, windows = 1, refreshMs = 0 } = options;
  const counters = sketchCounters(redis, geometry);
  const addTenant = tenantAdder(redis, counters, options);
  const read = windowsReader(counters);

  return {
    add: (bucket, tenants, now) =>
      withRedis(async () => {
        const loads = tenants.map(async ({ tenantId, hits }) => {
          if (hits.size === 0) return [];
          const [own, before] = await Promise.all([
            addTenant({ tenantId, bucket, hits, now }),
            read({ tenantId, bucket: bucket - 1, windows: windows - 1 }, [...hits.keys()]),
          ]);
          return own.map((load, index) => ({ ...load, hits: load.hits + (before[index] ?? 0) }));
        });
        return (await Promise.all(loads)).flat();
      }),

    estimates: (wanted, campaignIds) => withRedis(() => read({ windows, ...wanted }, campaignIds)),

    tenantsSince: (instant) =>
      withRedis(async () => {
        // The last hit of a tenant may be noted as that much earlier.
        const noted = instant.getTime() - refreshMs;
        await redis.zremrangebyscore(activeTenantsKey, '-inf', `(${noted}`);
        return redis.zrange(activeTenantsKey, 0, '-1');
      }),

    takeSample: (tenantId, bucket) =>
      withRedis(async () => {
        const key = sampleKey(tenantId, bucket);
        const { total, ...campaigns } = await redis.hgetall(key);
        // The caller that removes them takes them.
        if (total === undefined || (await redis.unlink(key)) === 0) return undefined;
        const counts = Object.entries(campaigns).map(([id, count]) => [id, Number(count)] as const);
        return { total: Number(total), campaigns: new Map(counts) };
      }),
  };
};

type Addition = TenantHits & Readonly<{ bucket: number; now: Date }>;

/** Adds hits of one tenant; all commands go out together. */
const tenantAdder = (
  redis: RedisConnection,
  counters: SketchCounters,
  { geometry, keptMs, sampleOneIn = 64, refreshMs = 0 }: Options,
): ((addition: Addition) => Promise<readonly CampaignLoad[]>) => {
  const scripts = defineScripts(redis, { countSample: { lua: countSample, numberOfKeys: 1 } });
  const noteTenant = tenantNoter(redis, refreshMs);
  return async ({ tenantId, bucket, hits, now }) => {
    const total = hits.values().reduce((sum, own) => sum + own, 0);
    const sampled = [...hits].filter(([campaignId]) => isSampled(campaignId, sampleOneIn)).flat();
    const [counts, hot] = await Promise.all([
      counters.add({ tenantId, bucket }, hits),
      noteTenant(tenantId, now),
      redis.pexpire(sketchKey(tenantId, bucket, geometry), keptMs),
      scripts.countSample(sampleKey(tenantId, bucket), keptMs, sampledMax, total, ...sampled),
    ]);
    return Array.from(hits, ([campaignId, added], index) => ({
      ...{ tenantId, campaignId, added },
      hits: counts[index] ?? 0,
      isHot: hot.has(campaignId),
    }));
  };
};

/**
 * Notes that a tenant has hits, and returns its hot campaigns. What is at most `refreshMs` old is
 * neither noted nor read again. A campaign that another pod heated up meanwhile counts as cold, and
 * heating it again changes nothing; one that cooled heats up again so much later.
 */
const tenantNoter = (redis: RedisConnection, refreshMs: number) => {
  const hotCampaigns = new LRUCache<string, ReadonlySet<string>>({ max: 1_000, ttl: refreshMs });
  return async (tenantId: string, now: Date): Promise<ReadonlySet<string>> => {
    const known = refreshMs === 0 ? undefined : hotCampaigns.get(tenantId);
    if (known !== undefined) return known;
    const [campaignIds] = await Promise.all([
      // All of them: cheaper than to look up each campaign while they are some hundreds.
      redis.zrange(hotSetKey(tenantId), 0, '-1'),
      redis.zadd(activeTenantsKey, now.getTime(), tenantId),
    ]);
    const hot = new Set(campaignIds);
    hotCampaigns.set(tenantId, hot);
    return hot;
  };
};

/** So many windows of a tenant, of which `bucket` is the last. */
type Windows = Readonly<{ tenantId: string; bucket: number; windows: number }>;

/** Reads the hits of campaigns in windows together, in the order of the campaigns. */
const windowsReader =
  (counters: SketchCounters) =>
  async (
    { tenantId, bucket, windows }: Windows,
    campaignIds: readonly string[],
  ): Promise<readonly number[]> => {
    const counts = await Promise.all(
      Array.from({ length: windows }, (_, back) =>
        counters.read({ tenantId, bucket: bucket - back }, campaignIds),
      ),
    );
    return campaignIds.map((_, index) => counts.reduce((sum, own) => sum + (own[index] ?? 0), 0));
  };

import { LRUCache } from 'lru-cache';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import { type CampaignSet, evaluationEngine } from '#shared/domain/campaigns/decided-by.ts';
import type { MatchableCampaigns } from '#shared/domain/campaigns/match-event.ts';
import { bytesOf } from './campaign-bytes.ts';
import { type CompiledCampaigns, compileCampaigns } from './compile-campaigns.ts';

/** A tenant, and a number that grows with every change of its campaigns and schemas. */
type Head<Tenant> = Readonly<{ tenant: Tenant; revision: number }>;

/** The campaigns of a tenant that use an action, as read. */
type Loaded = Readonly<{
  revision: number;
  campaigns: readonly Campaign[];
  /** The newest schemas of actions, that of the action among them. */
  schemas: ReadonlyMap<string, ActionSchema>;
}>;

/** What evaluating an event of a tenant takes. */
export type ReadyCampaigns<Tenant> = Readonly<{
  tenant: Tenant;
  /** The schema of the action; undefined if none is declared. */
  schema: ActionSchema | undefined;
  /** The campaigns with a step that uses the action, in the order in which they were read. */
  campaigns: MatchableCampaigns;
  /** Names them, the same object for as long as they are the same. */
  set: CampaignSet;
}>;

export type CampaignCache<Tenant> = Readonly<{
  /**
   * The campaigns as they were at most half a minute ago, and never as before a notice; undefined
   * when there was no such tenant a second ago.
   */
  of: (tenantId: string, action: string) => Promise<ReadyCampaigns<Tenant> | undefined>;
  /** The tenant, as fresh as its campaigns. */
  tenant: (tenantId: string) => Promise<Tenant | undefined>;
}>;

type Source<Tenant> = Readonly<{
  /** Reads one row, however many campaigns there are. */
  readHead: (tenantId: string) => Promise<Head<Tenant> | undefined>;
  /** Reads the campaigns that use an action; undefined if the tenant does not exist. */
  load: (tenantId: string, action: string) => Promise<Loaded | undefined>;
  /** Announces changes, by tenant. */
  notices: Readonly<{ generation: (tenantId: string) => string; isListening: () => boolean }>;
  /** Bytes of campaigns in memory. */
  bytesMax?: number;
}>;

/**
 * How long a revision is good while notices arrive: a connection that died in silence is found out
 * by then.
 */
const listeningTtlMs = 30_000;

/**
 * How long it is good while notices do not, and that there is no such tenant: one that was just
 * created must be seen soon.
 */
const shortTtlMs = 1_000;

/**
 * Campaigns are reloaded after this time even without a change, to drop those whose last events
 * would now be late.
 */
const campaignsTtlMs = 3_600_000;

const mebibyte = 1_048_576;

/** A fifth of the memory of a pod. */
export const campaignBytesMax = 96 * mebibyte;

/**
 * The most that one tenant gets of it: more than the campaigns take that may be active for one
 * action.
 */
export const shareOfTenant = 3 / 8;

type Entry = Readonly<{
  revision: number;
  timeZone: string;
  schema: ActionSchema | undefined;
  campaigns: CompiledCampaigns;
  set: CampaignSet;
  bytes: number;
}>;

/**
 * Keeps the campaigns of tenants compiled, by action: what is in memory is bounded in bytes, and no
 * tenant gets more than its share of them. A revision shows whether campaigns have changed: they
 * are read only then, and only the changed ones are compiled. Concurrent callers for the same key
 * share one read.
 */
export const campaignCache = <Tenant extends Readonly<{ timeZone: string }>>({
  readHead,
  load,
  notices,
  bytesMax = campaignBytesMax,
}: Source<Tenant>): CampaignCache<Tenant> => {
  const headOf = headsOf({ readHead, notices });
  const entries = shareOfTenants<Entry>({
    bytesMax,
    tenantBytesMax: bytesMax * shareOfTenant,
    ttlMs: campaignsTtlMs,
  });
  const loads = new Map<string, Promise<Entry>>();
  const loadOnce = (tenantId: string, action: string, { tenant, revision }: Head<Tenant>) => {
    const key = JSON.stringify([tenantId, action, revision, tenant.timeZone]);
    const loading =
      loads.get(key) ??
      load(tenantId, action)
        .then((loaded) => {
          const previous = entries.get(tenantId, action)?.campaigns;
          return toEntry(loaded, { tenantId, action, timeZone: tenant.timeZone, previous });
        })
        .then((entry) => {
          entries.set(tenantId, action, entry);
          return entry;
        })
        .finally(() => loads.delete(key));
    loads.set(key, loading);
    return loading;
  };

  return {
    tenant: async (tenantId) => (await headOf(tenantId))?.tenant,
    of: async (tenantId, action) => {
      const head = await headOf(tenantId);
      if (head === undefined) return undefined;
      const known = entries.get(tenantId, action);
      const isCurrent =
        known !== undefined &&
        known.revision >= head.revision &&
        known.timeZone === head.tenant.timeZone;
      const { schema, campaigns, set } = isCurrent ? known : await loadOnce(tenantId, action, head);
      return { tenant: head.tenant, schema, campaigns, set };
    },
  };
};

/** Looks up heads, each for as long as it is good. */
const headsOf = <Tenant>({ readHead, notices }: Pick<Source<Tenant>, 'readHead' | 'notices'>) => {
  const heads = new LRUCache<string, { head: Head<Tenant> | undefined }, string>({
    max: 10_000,
    ttl: listeningTtlMs,
    fetchMethod: async (_key, _stale, { options, context: tenantId }) => {
      const head = await readHead(tenantId);
      if (head === undefined || !notices.isListening()) options.ttl = shortTtlMs;
      return { head };
    },
  });
  return async (tenantId: string): Promise<Head<Tenant> | undefined> => {
    // The generation is taken before the read, so a result that is older than a change is never
    // found.
    const key = `${tenantId} ${notices.generation(tenantId)}`;
    return (await heads.forceFetch(key, { context: tenantId })).head;
  };
};

type Compilation = Readonly<{
  tenantId: string;
  action: string;
  timeZone: string;
  /** What was compiled before the change. */
  previous: CompiledCampaigns | undefined;
}>;

const toEntry = async (
  loaded: Loaded | undefined,
  { tenantId, action, timeZone, previous }: Compilation,
): Promise<Entry> => {
  const { revision, campaigns: read, schemas } = loaded ?? nothing;
  const schema = schemas.get(action);
  const campaigns = await compileCampaigns(read, { action, schemas, timeZone }, previous);
  return {
    revision,
    timeZone,
    schema,
    campaigns,
    set: {
      ...{ tenantId, timeZone },
      engine: evaluationEngine,
      versions: read.map(({ campaignId, version }) => ({ campaignId, version })),
      schemaVersion: schema?.version,
    },
    bytes: bytesOf(
      campaigns.campaigns.map(({ campaign }) => campaign),
      schema,
    ),
  };
};

const nothing: Loaded = { revision: 0, campaigns: [], schemas: new Map() };

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

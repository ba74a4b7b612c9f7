import { LRUCache } from 'lru-cache';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import type { CompiledCampaign } from '#shared/domain/campaigns/compiled-campaign.ts';
import { compileCampaign } from './compile-campaign.ts';

/** The campaigns of a tenant as they are read, with the newest schemas of its actions. */
type Loaded<Tenant> = Readonly<{
  tenant: Tenant;
  campaigns: readonly Campaign[];
  schemas: ReadonlyMap<string, ActionSchema>;
}>;

/** The campaigns of a tenant, ready to judge. */
export type ReadyCampaigns<Tenant> = Readonly<{
  tenant: Tenant;
  schemas: ReadonlyMap<string, ActionSchema>;
  /** Those of which a step asks for an action, in the order in which they were read. */
  askingFor: (action: string) => readonly CompiledCampaign[];
}>;

export type CampaignCache<Tenant> = Readonly<{
  /** The campaigns as they were at most half a minute ago, and never as before a notice; undefined when there was no such tenant a second ago. */
  of: (tenantId: string) => Promise<ReadyCampaigns<Tenant> | undefined>;
}>;

type Source<Tenant> = Readonly<{
  load: (tenantId: string) => Promise<Loaded<Tenant> | undefined>;
  /** Tells of changes, by tenant. */
  notices: Readonly<{ generation: (tenantId: string) => string; isListening: () => boolean }>;
}>;

/** How long campaigns are good while notices arrive: a connection that died in silence is found out by then. */
const listeningTtlMs = 30_000;

/** How long they are good while notices do not, and that there is no such tenant: one that was just created must be seen soon. */
const shortTtlMs = 1_000;

/**
 * Keeps the campaigns of tenants compiled. Who asks for the same tenant together shares one read, and what was compiled once, of the same
 * version and by the same schemas, is not compiled again.
 */
export const campaignCache = <Tenant extends Readonly<{ timeZone: string }>>({
  load,
  notices,
}: Source<Tenant>): CampaignCache<Tenant> => {
  const compile = compileOnce();
  const cache = new LRUCache<string, { ready: ReadyCampaigns<Tenant> | undefined }, string>({
    max: 1_000,
    ttl: listeningTtlMs,
    fetchMethod: async (_key, _stale, { options, context: tenantId }) => {
      if (!notices.isListening()) options.ttl = shortTtlMs;
      const loaded = await load(tenantId);
      if (loaded === undefined) options.ttl = shortTtlMs;
      return { ready: loaded && makeReady(loaded, compile) };
    },
  });
  return {
    of: async (tenantId) => {
      // The generation is that of the moment before the read, so what a change overtook is found by nobody.
      const key = `${tenantId} ${notices.generation(tenantId)}`;
      return (await cache.forceFetch(key, { context: tenantId })).ready;
    },
  };
};

type Compile = ReturnType<typeof compileOnce>;

const makeReady = <Tenant extends Readonly<{ timeZone: string }>>(
  { tenant, campaigns, schemas }: Loaded<Tenant>,
  compile: Compile,
): ReadyCampaigns<Tenant> => {
  const byAction = new Map<string, CompiledCampaign[]>();
  for (const campaign of campaigns) {
    const compiled = compile(campaign, schemas, tenant.timeZone);
    for (const action of actionsOf(campaign)) {
      byAction.set(action, [...(byAction.get(action) ?? []), compiled]);
    }
  }
  return { tenant, schemas, askingFor: (action) => byAction.get(action) ?? [] };
};

const actionsOf = ({ terms }: Campaign): ReadonlySet<string> =>
  new Set(stepsOf(terms).map(({ action }) => action));

/** Remembers conditions by everything that they depend on: reading campaigns anew every half minute would else compile them anew. */
const compileOnce = () => {
  const known = new LRUCache<string, CompiledCampaign['conditions']>({ max: 20_000 });
  return (
    campaign: Campaign,
    schemas: ReadonlyMap<string, ActionSchema>,
    timeZone: string,
  ): CompiledCampaign => {
    const versions = [...actionsOf(campaign)].map((action) => schemas.get(action)?.version ?? 0);
    const key = [campaign.campaignId, campaign.version, timeZone, ...versions].join(' ');
    const conditions = known.get(key) ?? compileCampaign(campaign, schemas, timeZone).conditions;
    known.set(key, conditions);
    return { campaign, conditions };
  };
};

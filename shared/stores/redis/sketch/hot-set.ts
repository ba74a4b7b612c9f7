import type { HeatChange } from '#shared/domain/sketch/heat-change.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { hotChangesKey, hotSetKey } from '../driver/keys.ts';
import { withRedis } from '../driver/redis-availability.ts';
import coolCampaigns from '../scripts/cool-campaigns-2.lua';
import heatCampaigns from '../scripts/heat-campaigns-2.lua';

/** A campaign in a hot set. */
type HotMember = Readonly<{ campaignId: string; heatedIn: number }>;

/** The outcome of heating campaigns up. */
type Heating = Readonly<{ changes: readonly HeatChange[]; refused: readonly HeatChange[] }>;

/** Names a change. */
type ChangeName = Pick<HeatChange, 'kind' | 'tenantId' | 'campaignId' | 'heatedIn'>;

/** Every method throws Unavailable when Redis is unavailable; repeating is safe. */
export type HotSet = Readonly<{
  /**
   * Adds campaigns, and returns the changes that this call made: of several pods that heat the same
   * campaign one does. `refused` are those for which the set has no room.
   */
  heat: (changes: readonly HeatChange[]) => Promise<Heating>;
  /** Takes campaigns of a tenant out, and returns the changes that this call made. */
  cool: (tenantId: string, changes: readonly HeatChange[]) => Promise<readonly HeatChange[]>;
  members: (tenantId: string) => Promise<readonly HotMember[]>;
  /** Changes that are not known to be published. */
  unpublished: (tenantId: string) => Promise<readonly HeatChange[]>;
  /** Records that changes were published. */
  published: (changes: readonly ChangeName[]) => Promise<void>;
}>;

type Options = Readonly<{
  /** How long a set lives after it was last changed or reviewed. */
  keptMs: number;
  /** Hot campaigns of a tenant at most. */
  campaignsMax?: number;
}>;

/** A change that could not be published for this long is no longer useful. */
const unpublishedMs = 86_400_000;

/** The hot campaigns of tenants in Redis. No decision depends on them. */
export const hotSet = (
  redis: RedisConnection,
  { keptMs, campaignsMax = 1_000 }: Options,
): HotSet => {
  const scripts = defineScripts(redis, {
    heatCampaigns: { lua: heatCampaigns, numberOfKeys: 2 },
    coolCampaigns: { lua: coolCampaigns, numberOfKeys: 2 },
  });

  const headOf = (tenantId: string) =>
    [hotSetKey(tenantId), hotChangesKey(tenantId), keptMs, unpublishedMs] as const;

  const heatOwn = async (tenantId: string, own: readonly HeatChange[]) => {
    const changes = own.flatMap(toArguments);
    const outcomes = await scripts.heatCampaigns(...headOf(tenantId), campaignsMax, ...changes);
    return own.map((change, index) => ({ change, outcome: (outcomes as string[])[index] }));
  };

  return {
    heat: (changes) =>
      withRedis(async () => {
        const byTenant = Map.groupBy(changes, ({ tenantId }) => tenantId);
        const made = await Promise.all(Array.from(byTenant, (own) => heatOwn(...own)));
        const having = (wanted: string) =>
          made.flat().flatMap(({ change, outcome }) => (outcome === wanted ? [change] : []));
        return { changes: having('heated'), refused: having('full') };
      }),

    cool: (tenantId, changes) =>
      withRedis(async () => {
        const named = changes.flatMap(toArguments);
        const outcomes = await scripts.coolCampaigns(...headOf(tenantId), ...named);
        return changes.filter((_change, index) => (outcomes as number[])[index] === 1);
      }),

    members: (tenantId) =>
      withRedis(async () => {
        const flat = await redis.zrange(hotSetKey(tenantId), 0, '-1', 'WITHSCORES');
        return Array.from({ length: flat.length / 2 }, (_, index) => ({
          campaignId: flat[2 * index] ?? '',
          heatedIn: Number(flat[2 * index + 1]),
        }));
      }),

    unpublished: (tenantId) =>
      withRedis(async () => (await redis.hvals(hotChangesKey(tenantId))).map(toChange)),

    published: (changes) =>
      withRedis(async () => {
        const byTenant = Map.groupBy(changes, ({ tenantId }) => hotChangesKey(tenantId));
        await Promise.all(
          Array.from(byTenant, ([key, own]) => redis.hdel(key, ...own.map(nameOf))),
        );
      }),
  };
};

const nameOf = ({ kind, campaignId, heatedIn }: ChangeName): string =>
  `${kind} ${campaignId} ${heatedIn}`;

const toArguments = (change: HeatChange): readonly (string | number)[] => [
  change.campaignId,
  change.heatedIn,
  nameOf(change),
  JSON.stringify(change),
];

type ChangeJson = Omit<HeatChange, 'changedAt'> & Readonly<{ changedAt: string }>;

const toChange = (text: string): HeatChange => {
  const { changedAt, ...change } = JSON.parse(text) as ChangeJson;
  return { ...change, changedAt: new Date(changedAt) };
};

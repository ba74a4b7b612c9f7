import { createHash } from 'node:crypto';
import type { CampaignSet } from '#shared/domain/campaigns/decided-by.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

const keys = new WeakMap<CampaignSet, string>();

/** Names a set by what is in it: the same for the same, in every pod. */
export const campaignSetKey = (set: CampaignSet): string => {
  const known = keys.get(set) ?? digestOf(set);
  keys.set(set, known);
  return known;
};

/** 128 bits, in the form of a UUID. */
const digestOf = ({ tenantId, engine, versions, timeZone, schemaVersion }: CampaignSet): string => {
  const content = [tenantId, engine, timeZone, schemaVersion ?? null, versions.map(textOf)];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32);
};

const textOf = ({ campaignId, version }: CampaignSet['versions'][number]): string =>
  `${campaignId} ${version}`;

/** How many sets a pod remembers to have stored. */
const rememberedMax = 10_000;

/**
 * Stores sets, each once; a set that this process has stored before costs nothing. Sets never
 * change, and are deleted once no event needs them.
 */
export const keepCampaignSets = (sql: Sql): ((sets: readonly CampaignSet[]) => Promise<void>) => {
  const stored = new Set<string>();
  return async (sets) => {
    const unknown = new Map(
      sets.map((set) => [campaignSetKey(set), set] as const).filter(([key]) => !stored.has(key)),
    );
    if (unknown.size === 0) return;
    // In the order of their keys, so that two transactions that store the same sets cannot
    // deadlock.
    for (const [key, set] of [...unknown].sort(([one], [other]) => (one < other ? -1 : 1))) {
      await insertSet(sql, key, set);
      if (stored.size >= rememberedMax) stored.clear();
      stored.add(key);
    }
  };
};

const insertSet = (
  sql: Sql,
  key: string,
  { tenantId, engine, versions, timeZone, schemaVersion }: CampaignSet,
) => sql`
  insert into campaign_sets (tenant_id, set_key, engine, time_zone, schema_version, campaign_ids, versions)
  values (${tenantId}, ${key}, ${engine}, ${timeZone}, ${schemaVersion ?? null},
    ${versions.map(({ campaignId }) => campaignId)}::uuid[], ${versions.map(({ version }) => version)}::integer[])
  on conflict do nothing`;

/** Finds a set of a tenant by its key. */
export type FindCampaignSet = (tenantId: string, key: string) => Promise<CampaignSet | undefined>;

type Row = Readonly<{
  engine: number;
  timeZone: string;
  schemaVersion: number | null;
  campaignIds: readonly string[];
  versions: readonly number[];
}>;

/** Reads the sets that events were evaluated by. */
export const findCampaignSet =
  (sql: Sql): FindCampaignSet =>
  (tenantId, key) =>
    withPostgres(async () => {
      const [row] = await sql<Row[]>`
        select engine, time_zone, schema_version, campaign_ids, versions
        from campaign_sets where tenant_id = ${tenantId} and set_key = ${key}`;
      if (row === undefined) return undefined;
      const { campaignIds, versions, schemaVersion, ...rest } = row;
      return {
        ...{ tenantId, ...rest },
        schemaVersion: schemaVersion ?? undefined,
        versions: campaignIds.map((campaignId, index) => ({
          campaignId,
          version: versions[index] ?? 0,
        })),
      };
    });

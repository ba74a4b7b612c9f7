import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { toTerms } from './terms-rows.ts';

/** Names a version of a campaign. */
type VersionKey = Readonly<{ campaignId: string; version: number }>;

/** A campaign that made no decision about an event. */
export type SilentCampaign = Readonly<{ campaignId: string; name: string; createdAt: Date }>;

type Silence = Readonly<{
  tenantId: string;
  action: string;
  /** Those that did decide. */
  except: readonly string[];
  limit: number;
}>;

export type CampaignHistory = Readonly<{
  /** The terms of versions of a tenant's campaigns, by `versionName`. */
  terms: (
    tenantId: string,
    versions: readonly VersionKey[],
  ) => Promise<ReadonlyMap<string, CampaignTerms>>;
  /**
   * The campaigns whose current terms use an action, apart from some, newest first; without drafts
   * that were never active.
   */
  silent: (silence: Silence) => Promise<readonly SilentCampaign[]>;
}>;

/** Names a version in a map. */
export const versionName = ({ campaignId, version }: VersionKey): string =>
  `${campaignId} ${version}`;

/** Campaigns as they were when past events were evaluated. */
export const campaignHistory = (sql: Sql): CampaignHistory => ({
  terms: (tenantId, versions) =>
    withPostgres(async () => {
      const rows = await sql<(VersionKey & { terms: unknown })[]>`
        select campaign_id, version, terms
        from ${rowsOf(sql, { wanted: versions }, { campaignId: 'uuid', version: 'integer' })}
        join campaign_versions using (campaign_id, version)
        where tenant_id = ${tenantId}`;
      return new Map(rows.map((row) => [versionName(row), toTerms(row.terms)]));
    }),
  silent: ({ tenantId, action, except, limit }) =>
    withPostgres(
      async () => sql<SilentCampaign[]>`
        select campaign_id, name, created_at from campaigns
        where tenant_id = ${tenantId} and ${action} = any(actions) and campaign_id <> all(${except}::uuid[])
          and status <> 'DRAFT'
        order by created_at desc, campaign_id desc limit ${limit}`,
    ),
});

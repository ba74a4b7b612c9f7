import type { Campaign, CampaignStatus, CampaignType } from '#shared/domain/campaigns/campaign.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { toTerms } from './terms-rows.ts';

/** Names a campaign of a tenant. */
export type CampaignKey = Readonly<{ tenantId: string; campaignId: string }>;

/** A campaign with the fields that APIs show. */
export type StoredCampaign = Campaign &
  Readonly<{
    /** Grows with every change, of the status too. */
    revision: number;
    archivedAt: Date | undefined;
    createdAt: Date;
    createdBy: string;
    updatedAt: Date;
  }>;

/** The filters of a list of campaigns; omitted ones do not apply. */
export type CampaignFilter = Readonly<{
  /** The status that APIs show at `now`: a campaign that is active past its end has ended. */
  status?: CampaignStatus | undefined;
  type?: CampaignType | undefined;
  /** An action that a step uses. */
  action?: string | undefined;
  /** How the name begins, in whatever case. */
  namePrefix?: string | undefined;
  /** In the window of the campaign. */
  activeAt?: Date | undefined;
  archived: boolean;
  now: Date;
}>;

/** How much of a list is read, and behind which campaign. */
export type CampaignPage = Readonly<{ limit: number; after?: string | undefined }>;

type Row = Omit<StoredCampaign, 'terms' | 'archivedAt'> &
  Readonly<{ terms: unknown; archivedAt: Date | null }>;

const columns = (sql: Sql | Transaction) => sql`
  campaign_id, tenant_id, version, revision, status, rule_json as terms, archived_at, created_at,
  created_by, updated_at`;

const toCampaign = ({ terms, archivedAt, ...row }: Row): StoredCampaign => ({
  ...row,
  terms: toTerms(terms),
  archivedAt: archivedAt ?? undefined,
});

/** Reads a campaign, and locks it if `hold` is set. */
export const readCampaign = async (
  sql: Sql | Transaction,
  { tenantId, campaignId }: CampaignKey,
  { hold = false } = {},
): Promise<StoredCampaign | undefined> => {
  const [row] = await sql<Row[]>`
    select ${columns(sql)} from campaigns where tenant_id = ${tenantId} and campaign_id = ${campaignId}
    ${hold ? sql`for no key update` : sql``}`;
  return row && toCampaign(row);
};

/** Reads the campaigns of a tenant that pass a filter, the newest first. */
export const pageCampaigns = async (
  sql: Sql,
  tenantId: string,
  { filter, page: { limit, after } }: Readonly<{ filter: CampaignFilter; page: CampaignPage }>,
): Promise<readonly StoredCampaign[]> => {
  const rows = await sql<Row[]>`
    select ${columns(sql)} from campaigns
    where tenant_id = ${tenantId} ${passes(sql, filter)}
      ${after === undefined ? sql`` : isBehind(sql, { tenantId, campaignId: after })}
    order by created_at desc, campaign_id desc limit ${limit}`;
  return rows.map(toCampaign);
};

/** The position of a campaign in the list never changes, so pages neither repeat nor skip one. */
const isBehind = (sql: Sql, { tenantId, campaignId }: CampaignKey) => sql`
  and (created_at, campaign_id) < (
    select created_at, campaign_id from campaigns where tenant_id = ${tenantId} and campaign_id = ${campaignId})`;

const passes = (sql: Sql, filter: CampaignFilter) => {
  const { status, type, action, namePrefix, activeAt, archived, now } = filter;
  const shown = sql`case when status = 'ACTIVE' and end_at <= ${now} then 'ENDED' else status end`;
  return sql`
    and (archived_at is not null) = ${archived}
    ${status === undefined ? sql`` : sql`and ${shown} = ${status}`}
    ${type === undefined ? sql`` : sql`and type = ${type}`}
    ${action === undefined ? sql`` : sql`and ${action} = any(actions)`}
    ${namePrefix === undefined ? sql`` : sql`and starts_with(lower(name), lower(${namePrefix}))`}
    ${activeAt === undefined ? sql`` : sql`and status = 'ACTIVE' and start_at <= ${activeAt} and end_at > ${activeAt}`}`;
};

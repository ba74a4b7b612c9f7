import {
  type CampaignStatus,
  type CampaignTerms,
  stepsOf,
} from '#shared/domain/campaigns/campaign.ts';
import type { ClauseCosts } from '#shared/domain/campaigns/campaign-load.ts';
import type { Transaction } from '../driver/connect.ts';
import type { CampaignKey } from './campaign-rows.ts';
import { termsJson } from './terms-rows.ts';

/** Makes a draft with its first version. */
export const insertCampaign = async (
  tx: Transaction,
  { tenantId, campaignId }: CampaignKey,
  { terms, subject }: Readonly<{ terms: CampaignTerms; subject: string }>,
): Promise<void> => {
  const { name, type, startAt, endAt, cohort = null } = terms;
  await tx`
    insert into campaigns
      (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, cohort, version, created_by)
    values (${campaignId}, ${tenantId}, ${name}, ${type}, ${startAt}, ${endAt}, 'DRAFT',
      ${termsJson(terms)}::text::jsonb, ${actionsOf(terms)}::text[], ${cohort}, 1, ${subject})`;
  await keepVersion(tx, campaignId, subject);
};

type Update = Readonly<{
  status?: CampaignStatus;
  archivedAt?: Date;
  terms?: CampaignTerms;
  costs?: ClauseCosts | undefined;
  subject: string;
}>;

/** Changes the given fields of a locked campaign; new terms become its next version. */
export const updateCampaign = async (
  tx: Transaction,
  { campaignId }: Pick<CampaignKey, 'campaignId'>,
  { status, archivedAt, terms, costs, subject }: Update,
): Promise<void> => {
  await tx`
    update campaigns set status = coalesce(${status ?? null}, status),
      archived_at = coalesce(${archivedAt ?? null}, archived_at),
      clause_costs = coalesce(${costs === undefined ? null : JSON.stringify(costs)}::text::jsonb, clause_costs), revision = revision + 1, updated_at = now()
    where campaign_id = ${campaignId}`;
  if (terms === undefined) return;
  const { name, type, startAt, endAt, cohort = null } = terms;
  await tx`
    update campaigns set name = ${name}, type = ${type}, start_at = ${startAt}, end_at = ${endAt}, cohort = ${cohort},
      rule_json = ${termsJson(terms)}::text::jsonb, actions = ${actionsOf(terms)}::text[], version = version + 1
    where campaign_id = ${campaignId}`;
  await keepVersion(tx, campaignId, subject);
};

/** Whether terms are those that a campaign has. */
export const isCurrent = async (
  tx: Transaction,
  { campaignId }: Pick<CampaignKey, 'campaignId'>,
  terms: CampaignTerms | undefined,
): Promise<boolean> => {
  if (terms === undefined) return false;
  const same = await tx`
    select from campaigns where campaign_id = ${campaignId} and rule_json = ${termsJson(terms)}::text::jsonb`;
  return same.count > 0;
};

const actionsOf = (terms: CampaignTerms): readonly string[] => [
  ...new Set(stepsOf(terms).map(({ action }) => action)),
];

const keepVersion = async (tx: Transaction, campaignId: string, subject: string): Promise<void> => {
  await tx`
    insert into campaign_versions (campaign_id, version, tenant_id, terms, created_by)
    select campaign_id, version, tenant_id, rule_json, ${subject} from campaigns where campaign_id = ${campaignId}`;
};

import type { Campaign, CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { compileCampaign } from '#shared/rules/compile-campaigns.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { campaignStore } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { limitStore } from '#shared/stores/postgres/limits/limit-store.ts';
import { type Backtest, backtest, type Replay } from './backtest.ts';
import { type Overlap, type Period, readActions, readGiven, readOverlap } from './read-actions.ts';

/** The campaign to try, and the period. */
export type BacktestRequest = Period &
  Readonly<{
    tenantId: string;
    /** A saved campaign in any status, or unsaved terms. */
    campaign: Readonly<{ campaignId: string }> | Readonly<{ terms: CampaignTerms }>;
  }>;

/** An id that no campaign has. */
const unsavedId = '00000000-0000-0000-0000-000000000000';

/**
 * Runs a campaign over the recorded actions of a period, as if its window had been that period,
 * together with the active campaigns of its group. Reads only.
 * @throws Error when there is no such tenant or campaign.
 */
export const runBacktest = async (
  sql: Sql,
  { tenantId, campaign: wanted, ...period }: BacktestRequest,
): Promise<Readonly<{ result: Backtest; overlaps: readonly Overlap[] }>> => {
  const index = await campaignIndex(sql).load(tenantId);
  const tenant = await limitStore(sql).find(tenantId);
  if (index === undefined || tenant === undefined)
    throw new Error(`Tenant ${tenantId} does not exist`);
  const { timeZone } = index.tenant;
  const campaign = asOf(await findCampaign(sql, tenantId, wanted), period);
  const rivals = index.campaigns.filter((other) => competes(other, campaign));
  const replay = (each: Campaign): Replay => ({
    campaign: compileCampaign(each, index.schemas, timeZone),
    limits: { timeZone, tenant: tenant.caps, campaign: each.terms.limits },
  });
  const replayed = { tenantId, campaigns: [campaign, ...rivals] };
  const result = await backtest(readActions(sql, replayed, period), {
    ...replay(campaign),
    rivals: rivals.map(replay),
    given: (qualifications) => readGiven(sql, replayed, qualifications),
  });
  const winners = result.replayed
    .filter(({ refusedBy }) => refusedBy === undefined)
    .map(({ qualification }) => qualification);
  return { result, overlaps: await readOverlap(sql, campaign, { ...period, winners }) };
};

/** Whether a campaign competes with the one that is tried; its saved version does not. */
const competes = (other: Campaign, { campaignId, terms: { stacking } }: Campaign): boolean =>
  stacking !== undefined &&
  other.campaignId !== campaignId &&
  other.terms.stacking?.group === stacking.group;

const asOf = (campaign: Campaign, { from, to }: Period): Campaign => ({
  ...campaign,
  terms: { ...campaign.terms, startAt: from, endAt: to },
});

const findCampaign = async (
  sql: Sql,
  tenantId: string,
  wanted: BacktestRequest['campaign'],
): Promise<Campaign> => {
  if ('terms' in wanted) {
    return { tenantId, campaignId: unsavedId, version: 1, status: 'DRAFT', terms: wanted.terms };
  }
  const { campaignId } = wanted;
  const campaign = await campaignStore(sql).find({ tenantId, campaignId });
  if (campaign !== undefined) return campaign;
  throw new Error(`Campaign ${campaignId} does not exist in tenant ${tenantId}`);
};

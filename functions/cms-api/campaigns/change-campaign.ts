import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { ActionLoad, ClauseCosts } from '#shared/domain/campaigns/campaign-load.ts';
import { CampaignChanged } from '#shared/eventing/contracts/campaigns.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { clauseCosts } from '#shared/rules/clause-costs.ts';
import type { Caller } from '#shared/runtime/http/auth.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { requestFact } from '#shared/runtime/http/request-fact.ts';
import type {
  CampaignKey,
  StoredCampaign,
} from '#shared/stores/postgres/campaigns/campaign-rows.ts';
import type { CampaignDecision } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Contradiction } from '../fields.ts';
import { campaignNotFound, noTenant } from '../refusals.ts';
import { tagOf } from './answer.ts';
import { checkTerms } from './check-terms.ts';
import type { ChangeRefusal } from './decide.ts';

/** What reading and changing campaigns takes. */
export type CampaignAccess = Pick<
  Dependencies,
  'campaigns' | 'readReferences' | 'afterCommit' | 'clock'
>;

type CampaignPath = Readonly<{ campaignId: string }>;

/** The key of a campaign that a caller names: only ever one of their own tenant. */
export const keyOf = ({ tenantId }: Caller, { campaignId }: CampaignPath): CampaignKey => ({
  tenantId,
  campaignId,
});

/** A campaign of the caller's tenant. @throws HttpProblem when it is none. */
export const findCampaign = async (
  { campaigns }: Pick<Dependencies, 'campaigns'>,
  key: CampaignKey,
): Promise<StoredCampaign> => {
  const campaign = await campaigns.find(key);
  if (campaign === undefined) throw campaignNotFound(key);
  return campaign;
};

/** What keeps terms from working as of now, and what their clauses cost where nothing does. @throws HttpProblem when there is no such tenant. */
export const examineTerms = async (
  { readReferences, clock }: Pick<Dependencies, 'readReferences' | 'clock'>,
  tenantId: string,
  terms: CampaignTerms,
): Promise<Readonly<{ defects: readonly Contradiction[]; costs: ClauseCosts }>> => {
  const references = await readReferences(tenantId, terms);
  if (references === undefined) throw noTenant(tenantId);
  const defects = checkTerms(terms, { references, now: clock() });
  return { defects, costs: defects.length > 0 ? {} : clauseCosts(terms, references.schemas) };
};

const statuses: Readonly<Record<ChangeRefusal['reason'], number>> = {
  'campaign-changed': 412,
  'campaign-archived': 409,
  'illegal-transition': 409,
  'too-many-campaigns': 409,
};

/** What changeCampaign may refuse, for the document. */
export const changeProblems = {
  404: 'The campaign does not exist',
  409: "The campaign's status does not allow it, or the tenant's limits for active campaigns are reached; detail says which",
};

type Changing = Readonly<{
  subject: string;
  ifMatch: string | undefined;
  /** Of a campaign that will be active. */
  costs?: ClauseCosts;
  decide: (
    campaign: StoredCampaign,
    active: readonly ActionLoad[],
  ) => CampaignDecision<ChangeRefusal>;
}>;

/** Changes a campaign as is decided and tells of it, or finds that nothing is to change. @throws HttpProblem when it may not be. */
export const changeCampaign = async (
  { campaigns, afterCommit }: Pick<Dependencies, 'campaigns' | 'afterCommit'>,
  key: CampaignKey,
  { subject, ifMatch, costs, decide }: Changing,
): Promise<StoredCampaign> => {
  const outcome = await campaigns.change<Fact, ChangeRefusal>(key, {
    subject,
    ...(costs && { costs }),
    told: changedFact(subject),
    decide: (campaign, active) =>
      ifMatch === undefined || ifMatch === tagOf(campaign) ? decide(campaign, active) : changed,
  });
  if (outcome === undefined) throw campaignNotFound(key);
  if (outcome.kind === 'refused') {
    const { reason, detail } = outcome.refusal;
    throw new HttpProblem(statuses[reason], reason, detail);
  }
  const { campaign, facts } = outcome;
  if (facts.length > 0) await afterCommit({ tenantId: key.tenantId, facts });
  return campaign;
};

const changed: CampaignDecision<ChangeRefusal> = {
  kind: 'refused',
  refusal: { reason: 'campaign-changed', detail: 'The campaign has changed since' },
};

/** Says what was done to a campaign, once for each of its revisions. */
export const changedFact =
  (changedBy: string) =>
  (campaign: StoredCampaign, change: string): Fact => {
    const { tenantId, campaignId, version, revision, status, updatedAt } = campaign;
    return requestFact(CampaignChanged, {
      cause: [tenantId, campaignId, String(revision)],
      partitionKey: campaignId,
      time: updatedAt,
      data: {
        tenantId,
        campaignId,
        version,
        status,
        change,
        changedBy,
        changedAt: updatedAt.toISOString(),
      },
    });
  };

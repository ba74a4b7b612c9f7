import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Caller } from '#shared/runtime/auth.ts';
import { HttpProblem } from '#shared/runtime/problem.ts';
import type { CampaignKey, StoredCampaign } from '#shared/stores/postgres/campaign-rows.ts';
import type { CampaignDecision } from '#shared/stores/postgres/campaign-store.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Contradiction } from '../fields.ts';
import { campaignNotFound, noTenant } from '../refusals.ts';
import { tagOf } from './campaign-answer.ts';
import { changedFact } from './changed-fact.ts';
import { checkTerms } from './check-terms.ts';
import type { ChangeRefusal } from './decide-change.ts';

/** What reading and changing campaigns takes. */
export type CampaignAccess = Pick<Dependencies, 'campaigns' | 'readReferences' | 'tell' | 'clock'>;

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

/** Finds what keeps terms from working as of now. @throws HttpProblem when there is no such tenant. */
export const findDefects = async (
  { readReferences, clock }: Pick<Dependencies, 'readReferences' | 'clock'>,
  tenantId: string,
  terms: CampaignTerms,
): Promise<readonly Contradiction[]> => {
  const references = await readReferences(tenantId, terms);
  if (references === undefined) throw noTenant(tenantId);
  return checkTerms(terms, { references, now: clock() });
};

const statuses: Readonly<Record<ChangeRefusal['reason'], number>> = {
  'campaign-changed': 412,
  'campaign-archived': 409,
  'illegal-transition': 409,
};

/** What changeCampaign may refuse, for the document. */
export const changeProblems = {
  404: 'There is no such campaign',
  409: 'The status of the campaign does not allow it: the detail names it',
};

type Changing = Readonly<{
  subject: string;
  ifMatch: string | undefined;
  decide: (campaign: StoredCampaign) => CampaignDecision<ChangeRefusal>;
}>;

/** Changes a campaign as is decided and tells of it, or finds that nothing is to change. @throws HttpProblem when it may not be. */
export const changeCampaign = async (
  { campaigns, tell }: Pick<Dependencies, 'campaigns' | 'tell'>,
  key: CampaignKey,
  { subject, ifMatch, decide }: Changing,
): Promise<StoredCampaign> => {
  const outcome = await campaigns.change<Fact, ChangeRefusal>(key, {
    subject,
    told: changedFact(subject),
    decide: (campaign) =>
      ifMatch === undefined || ifMatch === tagOf(campaign) ? decide(campaign) : changed,
  });
  if (outcome === undefined) throw campaignNotFound(key);
  if (outcome.kind === 'refused') {
    const { reason, detail } = outcome.refusal;
    throw new HttpProblem(statuses[reason], reason, detail);
  }
  const { campaign, facts } = outcome;
  if (facts.length > 0) await tell({ tenantId: key.tenantId, facts });
  return campaign;
};

const changed: CampaignDecision<ChangeRefusal> = {
  kind: 'refused',
  refusal: { reason: 'campaign-changed', detail: 'The campaign was changed meanwhile' },
};

import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { ClauseCosts } from '#shared/domain/campaigns/campaign-load.ts';
import type {
  ChangeRefusal,
  ChangeRequest,
  ChangeTerms,
} from '#shared/domain/campaigns/decide-change.ts';
import { CampaignChanged } from '#shared/eventing/contracts/campaigns.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { clauseCosts } from '#shared/rules/clauses/clause-costs.ts';
import type { Caller } from '#shared/runtime/http/access/auth.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { requestEvent } from '#shared/runtime/http/requests/request-event.ts';
import type {
  CampaignKey,
  StoredCampaign,
} from '#shared/stores/postgres/campaigns/campaign-rows.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Issue } from '../fields.ts';
import { campaignNotFound, noTenant } from '../refusals.ts';
import { checkTerms } from './check-terms.ts';

/** What reading and changing campaigns takes. */
export type CampaignAccess = Pick<
  Dependencies,
  'campaigns' | 'readReferences' | 'afterCommit' | 'clock'
>;

type CampaignPath = Readonly<{ campaignId: string }>;

/** The key of a campaign that a caller names; always in the caller's own tenant. */
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

/**
 * Why terms would not work as of now, or the cost of their clauses if they do.
 * @throws HttpProblem when there is no such tenant.
 */
export const examineTerms = async (
  { readReferences, clock }: Pick<Dependencies, 'readReferences' | 'clock'>,
  tenantId: string,
  terms: CampaignTerms,
): Promise<Readonly<{ defects: readonly Issue[]; costs: ClauseCosts }>> => {
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

type Changing = Omit<ChangeTerms, 'ifRevision'> &
  Readonly<{ subject: string; ifMatch: string | undefined; request: ChangeRequest }>;

/**
 * Changes a campaign as requested and publishes the change, unless nothing changes.
 * @throws HttpProblem when it may not be.
 */
export const changeCampaign = async (
  { campaigns, afterCommit }: Pick<Dependencies, 'campaigns' | 'afterCommit'>,
  key: CampaignKey,
  { ifMatch, ...changing }: Changing,
): Promise<StoredCampaign> => {
  const ifRevision = ifMatch?.slice(1, -1);
  const domainEventOf = changedEvent(changing.subject);
  const outcome = await campaigns.change(key, { ...changing, ifRevision }, domainEventOf);
  if (outcome === undefined) throw campaignNotFound(key);
  if (outcome.kind === 'refused') {
    const { reason, detail } = outcome.refusal;
    throw new HttpProblem(statuses[reason], reason, detail);
  }
  const { campaign, domainEvents } = outcome;
  if (domainEvents.length > 0) await afterCommit({ tenantId: key.tenantId, domainEvents });
  return campaign;
};

/** Publishes a change of a campaign, once for each of its revisions. */
export const changedEvent =
  (changedBy: string) =>
  (campaign: StoredCampaign, change: string): DomainEvent => {
    const { tenantId, campaignId, version, revision, status, updatedAt } = campaign;
    return requestEvent(CampaignChanged, {
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

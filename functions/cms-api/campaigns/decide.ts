import type { CampaignStatus, CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import {
  type ActionLoad,
  type ClauseCosts,
  refuseLoad,
} from '#shared/domain/campaigns/campaign-load.ts';
import type { StoredCampaign } from '#shared/stores/postgres/campaigns/campaign-rows.ts';
import type { CampaignDecision } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import { shownStatus } from './answer.ts';

/** Why a campaign is not changed. */
export type ChangeRefusal = Readonly<{
  reason: 'campaign-changed' | 'campaign-archived' | 'illegal-transition' | 'too-many-campaigns';
  detail: string;
}>;

type Decision = CampaignDecision<ChangeRefusal>;

/** What can be done to the status of a campaign: its name as done, and where from and to it leads. */
const transitions = {
  activate: { change: 'activated', from: ['DRAFT', 'PAUSED'], to: 'ACTIVE' },
  pause: { change: 'paused', from: ['ACTIVE'], to: 'PAUSED' },
  end: { change: 'ended', from: ['ACTIVE', 'PAUSED'], to: 'ENDED' },
} as const satisfies Record<
  string,
  Readonly<{ change: string; from: readonly CampaignStatus[]; to: CampaignStatus }>
>;

/** What leads a campaign from one status to another. */
export type Transition = keyof typeof transitions;

/** Decides whether a campaign gets another status. Where it has it already nothing changes. */
export const decideTransition = (
  verb: Transition,
  campaign: StoredCampaign,
  now: Date,
): Decision => {
  if (campaign.archivedAt !== undefined) return archived(campaign.archivedAt);
  const { change, from, to } = transitions[verb];
  const status = shownStatus(campaign, now);
  if (status === to) {
    // Past its end it only shows as ended: now it is.
    return campaign.status === to ? { kind: 'unchanged' } : { kind: 'change', change, status: to };
  }
  const isLegal = from.some((each) => each === status);
  return isLegal ? { kind: 'change', change, status: to } : illegal(status, to);
};

/** Where a campaign is active after a change, the change is refused if the other active campaigns leave no room for it. */
export const withinLoad = (
  decision: Decision,
  campaign: StoredCampaign,
  { costs, active }: Readonly<{ costs: ClauseCosts; active: readonly ActionLoad[] }>,
): Decision => {
  if (decision.kind !== 'change' || (decision.status ?? campaign.status) !== 'ACTIVE') {
    return decision;
  }
  const detail = refuseLoad(costs, active);
  return detail === undefined ? decision : refuse('too-many-campaigns', detail);
};

/** Decides whether a campaign goes out of sight, as one may that gives nothing. */
export const decideArchiving = (campaign: StoredCampaign, now: Date): Decision => {
  if (campaign.archivedAt !== undefined) return { kind: 'unchanged' };
  const status = shownStatus(campaign, now);
  if (status !== 'DRAFT' && status !== 'ENDED') return illegal(status, 'archived');
  return { kind: 'change', change: 'archived', status, archivedAt: now };
};

/** Decides whether a campaign gets other terms, which one that is active follows at once. */
export const decideUpdate = (
  terms: CampaignTerms,
  campaign: StoredCampaign,
  now: Date,
): Decision => {
  if (campaign.archivedAt !== undefined) return archived(campaign.archivedAt);
  if (shownStatus(campaign, now) === 'ENDED') {
    return refuse('illegal-transition', 'A campaign that is ENDED cannot be changed: copy it');
  }
  return { kind: 'change', change: 'updated', terms };
};

const archived = (archivedAt: Date): Decision =>
  refuse('campaign-archived', `The campaign was archived at ${archivedAt.toISOString()}: copy it`);

const illegal = (from: CampaignStatus, to: string): Decision =>
  refuse('illegal-transition', `A campaign that is ${from} cannot become ${to}`);

const refuse = (reason: ChangeRefusal['reason'], detail: string): Decision => ({
  kind: 'refused',
  refusal: { reason, detail },
});

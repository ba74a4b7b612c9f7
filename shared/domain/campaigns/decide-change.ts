import type { Campaign, CampaignStatus, CampaignTerms } from './campaign.ts';
import { type ActionLoad, type ClauseCosts, refuseLoad } from './campaign-load.ts';

/** A campaign as far as changes depend on it. */
type ChangedCampaign = Pick<Campaign, 'status' | 'terms' | 'version'> &
  Readonly<{ revision: number; archivedAt: Date | undefined }>;

/** What is requested of a campaign. */
export type ChangeRequest = Readonly<
  | { kind: 'update'; terms: CampaignTerms }
  /** The terms of `version` were checked; other terms are not activated. */
  | { kind: 'activate'; version: number }
  | { kind: 'pause' | 'end' | 'archive' }
>;

/** Why a campaign is not changed. */
export type ChangeRefusal = Readonly<{
  reason: 'campaign-changed' | 'campaign-archived' | 'illegal-transition' | 'too-many-campaigns';
  detail: string;
}>;

/**
 * What is decided about a campaign: what changes, named in the past tense, nothing, or that it must
 * not.
 */
type Decision = Readonly<
  | {
      kind: 'change';
      change: string;
      status?: CampaignStatus;
      terms?: CampaignTerms;
      archivedAt?: Date;
    }
  | { kind: 'unchanged' }
  | { kind: 'refused'; refusal: ChangeRefusal }
>;

/** What a change depends on besides the campaign. */
export type ChangeTerms = Readonly<{
  now: Date;
  /** The revision that the request is based on, as text; any revision if omitted. */
  ifRevision?: string | undefined;
  /** What the campaign will cost if it is active then. */
  costs?: ClauseCosts | undefined;
}>;

type Situation = ChangeTerms & Readonly<{ active: readonly ActionLoad[] }>;

/**
 * The status that APIs show: a campaign that is active past its end is ENDED, although late events
 * may still count.
 */
export const shownStatus = (
  { status, terms }: Pick<Campaign, 'status' | 'terms'>,
  now: Date,
): CampaignStatus => (status === 'ACTIVE' && terms.endAt <= now ? 'ENDED' : status);

/**
 * Decides what a request changes about a campaign, given the load of the other active campaigns on
 * its actions.
 */
export const decideChange = (
  campaign: ChangedCampaign,
  request: ChangeRequest,
  { now, ifRevision, costs = {}, active }: Situation,
): Decision => {
  if (ifRevision !== undefined && ifRevision !== String(campaign.revision))
    return refuse('campaign-changed', 'The campaign has changed since');
  return withinLoad(decideAlone(campaign, request, now), campaign, { costs, active });
};

const decideAlone = (campaign: ChangedCampaign, request: ChangeRequest, now: Date): Decision => {
  switch (request.kind) {
    case 'update':
      return decideUpdate(request.terms, campaign, now);
    case 'archive':
      return decideArchiving(campaign, now);
    case 'activate':
      return request.version === campaign.version
        ? decideTransition('activate', campaign, now)
        : refuse('campaign-changed', 'The terms have changed since');
    default:
      return decideTransition(request.kind, campaign, now);
  }
};

/**
 * The changes of a campaign's status: the name of the change, and the statuses before and after it.
 */
const transitions = {
  activate: { change: 'activated', from: ['DRAFT', 'PAUSED'], to: 'ACTIVE' },
  pause: { change: 'paused', from: ['ACTIVE'], to: 'PAUSED' },
  end: { change: 'ended', from: ['ACTIVE', 'PAUSED'], to: 'ENDED' },
} as const satisfies Record<
  string,
  Readonly<{ change: string; from: readonly CampaignStatus[]; to: CampaignStatus }>
>;

type Transition = keyof typeof transitions;

/**
 * Decides whether a campaign gets another status. If it already has this status, nothing changes.
 */
const decideTransition = (verb: Transition, campaign: ChangedCampaign, now: Date): Decision => {
  if (campaign.archivedAt !== undefined) return archived(campaign.archivedAt);
  const { change, from, to } = transitions[verb];
  const status = shownStatus(campaign, now);
  if (status === to) {
    // Past its end it only appears as ended; now the status is stored.
    return campaign.status === to ? { kind: 'unchanged' } : { kind: 'change', change, status: to };
  }
  const isLegal = from.some((each) => each === status);
  return isLegal ? { kind: 'change', change, status: to } : illegal(status, to);
};

/**
 * Refuses a change that leaves the campaign active if the other active campaigns leave no room for
 * it.
 */
const withinLoad = (
  decision: Decision,
  campaign: ChangedCampaign,
  { costs, active }: Readonly<{ costs: ClauseCosts; active: readonly ActionLoad[] }>,
): Decision => {
  if (decision.kind !== 'change' || (decision.status ?? campaign.status) !== 'ACTIVE') {
    return decision;
  }
  const detail = refuseLoad(costs, active);
  return detail === undefined ? decision : refuse('too-many-campaigns', detail);
};

/** Decides whether a campaign is archived, which is allowed for drafts and ended campaigns. */
const decideArchiving = (campaign: ChangedCampaign, now: Date): Decision => {
  if (campaign.archivedAt !== undefined) return { kind: 'unchanged' };
  const status = shownStatus(campaign, now);
  if (status !== 'DRAFT' && status !== 'ENDED') return illegal(status, 'archived');
  return { kind: 'change', change: 'archived', status, archivedAt: now };
};

/** Decides whether a campaign gets other terms. An active campaign uses them at once. */
const decideUpdate = (terms: CampaignTerms, campaign: ChangedCampaign, now: Date): Decision => {
  if (campaign.archivedAt !== undefined) return archived(campaign.archivedAt);
  if (shownStatus(campaign, now) === 'ENDED') {
    return refuse(
      'illegal-transition',
      'A campaign that is ENDED cannot be changed; copy it instead',
    );
  }
  return { kind: 'change', change: 'updated', terms };
};

const archived = (archivedAt: Date): Decision =>
  refuse(
    'campaign-archived',
    `The campaign was archived at ${archivedAt.toISOString()} and cannot be changed; copy it instead`,
  );

const illegal = (from: CampaignStatus, to: string): Decision =>
  refuse('illegal-transition', `A campaign that is ${from} cannot become ${to}`);

const refuse = (reason: ChangeRefusal['reason'], detail: string): Decision => ({
  kind: 'refused',
  refusal: { reason, detail },
});

import type { ActionEvent } from './action-event.ts';
import type { Campaign } from './campaign.ts';
import { campaignsPerEventMax } from './campaign-load.ts';
import type { CampaignDecision } from './decision.ts';
import type { JudgingContext, Opinion } from './opinion.ts';
import { byTurn, type Entitlement, type Qualification } from './qualification.ts';
import { compareTurns, type Rival, rankRivals } from './stacking.ts';

/** The steps of a quest that an event met, by their places in the rule. */
export type QuestHit = Readonly<{ campaign: Campaign; steps: readonly number[] }>;

/**
 * What campaigns made of an event. What quests come to depends on other events too: `foldQuest`
 * says.
 */
export type Verdict = Readonly<{
  /** One per opinion, in their order. */
  decisions: readonly CampaignDecision[];
  /** Of SIMPLE campaigns, in the order in which they are decided. */
  entitlements: readonly Entitlement[];
  steps: readonly QuestHit[];
}>;

/**
 * Decides an event by what each campaign makes of it: which of them it counts for, and which of a
 * stacking group comes first. An event counts for no more than `campaignsPerEventMax` campaigns,
 * the first by priority, then by id.
 */
export const verdictOf = (
  opinions: readonly Opinion[],
  event: ActionEvent,
  { incentiveIdOf }: Pick<JudgingContext, 'incentiveIdOf'>,
): Verdict => {
  const counting = withinLimit(opinions);
  const ranked = rankRivals(
    counting.flatMap(({ campaign, reward }) =>
      reward === undefined ? [] : [{ campaign, reward }],
    ),
  );
  const standings = new Map<string, Standing>();
  const entitlements = ranked.map((rivals): Entitlement => {
    const [{ campaign: first }, ...others] = rivals;
    const choices = rivals.map((rival) =>
      qualificationOf(rival, event, incentiveIdOf(rival.campaign, event)),
    );
    standings.set(first.campaignId, { incentiveIds: choices.slice(0, 1).map(idOf) });
    for (const { campaign } of others)
      standings.set(campaign.campaignId, { outcome: 'excluded', excludedBy: first.campaignId });
    return { priority: first.terms.priority, choices };
  });
  return {
    decisions: counting.map(({ campaign: { campaignId, version }, outcome, steps }) => ({
      ...{ campaignId, version, outcome },
      ...(steps && { steps }),
      ...standings.get(campaignId),
    })),
    entitlements: byTurn(entitlements),
    steps: counting.flatMap(({ campaign, met }) =>
      met === undefined ? [] : [{ campaign, steps: met }],
    ),
  };
};

/**
 * How a campaign that qualifies stands in its group: first, with what it would give, or behind
 * another one.
 */
type Standing = Pick<CampaignDecision, 'incentiveIds'> &
  Partial<Pick<CampaignDecision, 'outcome' | 'excludedBy'>>;

const idOf = ({ incentiveId }: Qualification): string => incentiveId;

const counts = ({ outcome }: Opinion): boolean =>
  outcome === 'qualified' || outcome === 'progressed' || outcome === 'nothing-to-give';

const withinLimit = (opinions: readonly Opinion[]): readonly Opinion[] => {
  const counting = opinions.filter(counts);
  if (counting.length <= campaignsPerEventMax) return opinions;
  const first = new Set(
    counting
      .toSorted((one, other) => compareTurns(one.campaign, other.campaign))
      .slice(0, campaignsPerEventMax),
  );
  return opinions.map((opinion) => {
    if (!counts(opinion) || first.has(opinion)) return opinion;
    const { campaign, steps } = opinion;
    return { campaign, outcome: 'over-limit', ...(steps && { steps }) };
  });
};

const qualificationOf = (
  { campaign, reward }: Rival,
  event: ActionEvent,
  incentiveId: string,
): Qualification => ({
  incentiveId,
  tenantId: event.tenantId,
  userId: event.userId,
  campaignId: campaign.campaignId,
  campaignVersion: campaign.version,
  eventId: event.eventId,
  reward,
  qualifiedAt: event.occurredAt,
});

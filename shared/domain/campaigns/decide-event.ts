import type { ActionEvent } from './action-event.ts';
import type { Campaign, StackingPolicy } from './campaign.ts';
import { campaignsPerEventMax } from './campaign-load.ts';
import type { CampaignDecision, DecisionOutcome } from './decision.ts';
import type { Entitlement, Qualification, ResolvedReward } from './qualification.ts';

/** What evaluating needs besides the event. */
export type EvaluationContext = Readonly<{
  now: Date;
  /** The cohorts that the user was a member of when it happened. */
  cohorts: ReadonlySet<string>;
  /**
   * The id of the incentive that a SIMPLE campaign gives for the event; always the same for the
   * same campaign and event.
   */
  incentiveIdOf: (campaign: Campaign, event: ActionEvent) => string;
}>;

/** The evaluation of an event by one campaign, before its stacking group is considered. */
export type Evaluation = Readonly<{
  campaign: Campaign;
  outcome: DecisionOutcome;
  steps?: CampaignDecision['steps'];
  /** What a SIMPLE campaign would give. */
  reward?: ResolvedReward;
  /** Steps of a quest that were met. */
  met?: readonly number[];
}>;

/** The steps of a quest that an event met, by their places in the rule. */
export type QuestHit = Readonly<{ campaign: Campaign; steps: readonly number[] }>;

/**
 * The outcome of an event. The completions of quests also depend on other events: see `foldQuest`.
 */
export type EventDecision = Readonly<{
  /** One per evaluation, in their order. */
  decisions: readonly CampaignDecision[];
  /** Of SIMPLE campaigns, in the order in which they are decided. */
  entitlements: readonly Entitlement[];
  steps: readonly QuestHit[];
}>;

/**
 * Decides an event from the evaluation of each campaign: which campaigns it counts for, and which
 * one of a stacking group comes first. An event counts for no more than `campaignsPerEventMax`
 * campaigns, the first by priority, then by id.
 */
export const decideEvent = (
  evaluations: readonly Evaluation[],
  event: ActionEvent,
  { incentiveIdOf }: Pick<EvaluationContext, 'incentiveIdOf'>,
): EventDecision => {
  const counting = withinLimit(evaluations);
  const ranked = rankRivals(
    counting.flatMap(({ campaign, reward }) =>
      reward === undefined ? [] : [{ campaign, reward }],
    ),
  );
  const groupRanks = new Map<string, GroupRank>();
  const entitlements = ranked.map((rivals): Entitlement => {
    const [{ campaign: first }, ...others] = rivals;
    const choices = rivals.map((rival) =>
      qualificationOf(rival, event, incentiveIdOf(rival.campaign, event)),
    );
    groupRanks.set(first.campaignId, { incentiveIds: choices.slice(0, 1).map(idOf) });
    for (const { campaign } of others)
      groupRanks.set(campaign.campaignId, { outcome: 'excluded', excludedBy: first.campaignId });
    return { priority: first.terms.priority, choices };
  });
  return {
    decisions: counting.map(({ campaign: { campaignId, version }, outcome, steps }) => ({
      ...{ campaignId, version, outcome },
      ...(steps && { steps }),
      ...groupRanks.get(campaignId),
    })),
    entitlements: byTurn(entitlements),
    steps: counting.flatMap(({ campaign, met }) =>
      met === undefined ? [] : [{ campaign, steps: met }],
    ),
  };
};

/**
 * The rank of a qualifying campaign in its group: first, with its reward, or excluded by another
 * one.
 */
type GroupRank = Pick<CampaignDecision, 'incentiveIds'> &
  Partial<Pick<CampaignDecision, 'outcome' | 'excludedBy'>>;

const idOf = ({ incentiveId }: Qualification): string => incentiveId;

const counts = ({ outcome }: Evaluation): boolean =>
  outcome === 'qualified' || outcome === 'progressed' || outcome === 'nothing-to-give';

const withinLimit = (evaluations: readonly Evaluation[]): readonly Evaluation[] => {
  const counting = evaluations.filter(counts);
  if (counting.length <= campaignsPerEventMax) return evaluations;
  const first = new Set(
    counting
      .toSorted((one, other) => compareTurns(one.campaign, other.campaign))
      .slice(0, campaignsPerEventMax),
  );
  return evaluations.map((evaluation) => {
    if (!counts(evaluation) || first.has(evaluation)) return evaluation;
    const { campaign, steps } = evaluation;
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

/** A campaign that an event qualifies for, with what it would give. */
export type Rival = Readonly<{ campaign: Campaign; reward: ResolvedReward }>;

/** Campaigns of which at most one rewards an event, in the order in which they are tried. */
type Ranked = readonly [first: Rival, ...others: Rival[]];

/**
 * Ranks the campaigns of each group: all but the first are tried only where those before them have
 * nothing left. Campaigns without a group, and those of a group that stacks, compete with none. The
 * result does not depend on the order of the input: if the policy does not decide, the smaller
 * priority comes first, then the smaller id. If the campaigns of a group have different policies,
 * the policy of the one with the smallest priority applies.
 */
export const rankRivals = (rivals: readonly Rival[]): readonly Ranked[] => {
  const groups = Map.groupBy(rivals, ({ campaign }) => campaign.terms.stacking?.group);
  return [...groups].flatMap(([group, ofGroup]) =>
    group === undefined ? ofGroup.map((rival): Ranked => [rival]) : rankGroup(ofGroup),
  );
};

const rankGroup = (rivals: readonly Rival[]): readonly Ranked[] => {
  const byPriority = rivals.toSorted((one, other) => compareTurns(one.campaign, other.campaign));
  const policy = byPriority[0]?.campaign.terms.stacking?.policy ?? 'stack';
  if (policy === 'stack') return byPriority.map((rival): Ranked => [rival]);
  const [first, ...others] = ranked(byPriority, policy);
  return first === undefined ? [] : [[first, ...others]];
};

/** Orders campaigns by priority, equal ones by id. */
const compareTurns = (one: Campaign, other: Campaign): number =>
  one.terms.priority - other.terms.priority || (one.campaignId < other.campaignId ? -1 : 1);

/** Amounts in different units cannot be compared, so priority decides between them. */
const ranked = (
  byPriority: readonly Rival[],
  policy: Exclude<StackingPolicy, 'stack'>,
): readonly Rival[] => {
  const units = new Set(byPriority.map(({ reward }) => reward.currency));
  if (policy === 'first' || units.size > 1) return byPriority;
  const sign = policy === 'highest' ? -1 : 1;
  return byPriority.toSorted((one, other) => sign * (one.reward.amount - other.reward.amount));
};

/**
 * Sorts the entitlements of one event into the order in which they are decided: by priority, equal
 * ones by campaign.
 */
export const byTurn = (entitlements: readonly Entitlement[]): readonly Entitlement[] =>
  entitlements.toSorted(
    (one, other) => one.priority - other.priority || (campaignOf(one) < campaignOf(other) ? -1 : 1),
  );

const campaignOf = ({ choices }: Entitlement): string => choices[0]?.campaignId ?? '';

import type { ActionEvent } from './action-event.ts';
import { type Campaign, stepsOf } from './campaign.ts';
import type { CompiledCampaign } from './compiled-campaign.ts';
import type { CampaignDecision, DecisionOutcome } from './decision.ts';
import {
  byTurn,
  type Entitlement,
  type Qualification,
  type ResolvedReward,
} from './qualification.ts';
import { resolveReward } from './resolve-reward.ts';
import { type Rival, rankRivals } from './stacking.ts';

/** What judging needs beside the event. */
export type JudgingContext = Readonly<{
  now: Date;
  /** The cohorts that the user was a member of when it happened. */
  cohorts: ReadonlySet<string>;
  /** The id of what a SIMPLE campaign gives for the event: the same for the same two, always. */
  incentiveIdOf: (campaign: Campaign, event: ActionEvent) => string;
}>;

/** The steps of a quest that an event met, by their places in the rule. */
export type QuestHit = Readonly<{ campaign: Campaign; steps: readonly number[] }>;

/** What campaigns made of an event. What quests come to depends on other events too: `foldQuest` says. */
export type Verdict = Readonly<{
  /** One per campaign that asks for the action, in the order of the campaigns. */
  decisions: readonly CampaignDecision[];
  /** Of SIMPLE campaigns, in the order in which they are decided. */
  entitlements: readonly Entitlement[];
  steps: readonly QuestHit[];
}>;

/**
 * Judges an event by every campaign that asks for its action, whatever the status of the campaign: window, lateness, cohort, clauses,
 * reward, then the others of its stacking group. Asks nothing but its arguments, so the same always gives the same.
 */
export const judgeEvent = (
  campaigns: readonly CompiledCampaign[],
  event: ActionEvent,
  context: JudgingContext,
): Verdict => {
  const opinions = campaigns.flatMap((campaign) => opinionOf(campaign, event, context) ?? []);
  const rivals = opinions.flatMap(({ campaign, reward }) =>
    reward === undefined ? [] : [{ campaign, reward }],
  );
  const ranked = rankRivals(rivals);
  const standings = new Map<string, Standing>();
  for (const [{ campaign: first }, ...others] of ranked) {
    standings.set(first.campaignId, { incentiveId: context.incentiveIdOf(first, event) });
    for (const { campaign } of others)
      standings.set(campaign.campaignId, { excludedBy: first.campaignId });
  }
  return {
    decisions: opinions.map((opinion) =>
      decisionOf(opinion, standings.get(opinion.campaign.campaignId)),
    ),
    entitlements: byTurn(
      ranked.map((rivals) => ({
        priority: rivals[0].campaign.terms.priority,
        choices: rivals.map((rival) => qualificationOf(rival, event, context)),
      })),
    ),
    steps: opinions.flatMap(({ campaign, met }) =>
      met === undefined ? [] : [{ campaign, steps: met }],
    ),
  };
};

const qualificationOf = (
  { campaign, reward }: Rival,
  event: ActionEvent,
  { incentiveIdOf }: JudgingContext,
): Qualification => ({
  incentiveId: incentiveIdOf(campaign, event),
  tenantId: event.tenantId,
  userId: event.userId,
  campaignId: campaign.campaignId,
  campaignVersion: campaign.version,
  eventId: event.eventId,
  reward,
  qualifiedAt: event.occurredAt,
});

/** What one campaign makes of an event before the others of its group are asked. */
type Opinion = Readonly<{
  campaign: Campaign;
  outcome: DecisionOutcome;
  steps?: CampaignDecision['steps'];
  /** What a SIMPLE campaign would give. */
  reward?: ResolvedReward;
  /** Steps of a quest that were met. */
  met?: readonly number[];
}>;

const opinionOf = (
  { campaign, conditions }: CompiledCampaign,
  event: ActionEvent,
  context: JudgingContext,
): Opinion | undefined => {
  const asked = stepsOf(campaign.terms).flatMap(({ action }, step) =>
    action === event.action ? [step] : [],
  );
  if (asked.length === 0) return undefined;
  const outcome = barOf(campaign, event, context);
  if (outcome !== undefined) return { campaign, outcome };
  const judged = asked.flatMap((step) => {
    const judgement = conditions[step]?.(event);
    return judgement === undefined ? [] : [{ step, ...judgement }];
  });
  const steps = judged.map(({ step, clauses }) => ({ step, clauses }));
  const met = judged.filter(({ holds }) => holds).map(({ step }) => step);
  if (met.length === 0) return { campaign, outcome: 'no-match', steps };
  if (campaign.terms.type === 'QUEST') return { campaign, outcome: 'progressed', steps, met };
  const reward = resolveReward(campaign.terms.reward, event);
  return reward === undefined
    ? { campaign, outcome: 'nothing-to-give', steps }
    : { campaign, outcome: 'qualified', steps, reward };
};

/** What keeps a campaign from asking its clauses at all. */
const barOf = (
  { terms }: Campaign,
  { occurredAt }: ActionEvent,
  { now, cohorts }: JudgingContext,
): DecisionOutcome | undefined => {
  if (occurredAt < terms.startAt || occurredAt >= terms.endAt) return 'outside-window';
  const { afterSeconds, policy } = terms.lateness;
  const lateByMs = now.getTime() - occurredAt.getTime();
  if (policy === 'ignore' && lateByMs > afterSeconds * 1000) return 'too-late';
  if (terms.cohort !== undefined && !cohorts.has(terms.cohort)) return 'not-in-cohort';
  return undefined;
};

/** How a campaign that qualifies stands in its group: first, with what it would give, or behind another one. */
type Standing = Readonly<{ incentiveId: string } | { excludedBy: string }>;

const decisionOf = (
  { campaign: { campaignId, version }, outcome, steps }: Opinion,
  standing: Standing | undefined,
): CampaignDecision => {
  const said = { campaignId, version, ...(steps === undefined ? {} : { steps }) };
  if (standing === undefined) return { ...said, outcome };
  return 'excludedBy' in standing
    ? { ...said, outcome: 'excluded', excludedBy: standing.excludedBy }
    : { ...said, outcome, incentiveIds: [standing.incentiveId] };
};

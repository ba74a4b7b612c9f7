import { assert } from '#shared/domain/assert.ts';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { Campaign } from '#shared/domain/campaigns/campaign.ts';
import type { CompiledCampaign } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { DecisionOutcome } from '#shared/domain/campaigns/decision.ts';
import { evaluateEvent } from '#shared/domain/campaigns/evaluate-event.ts';
import type { Entitlement, Qualification } from '#shared/domain/campaigns/qualification.ts';
import {
  decideIncentives,
  type RewardRequest,
} from '#shared/domain/incentives/decide-incentives.ts';
import type { Refusal } from '#shared/domain/incentives/incentive.ts';
import { type LimitTerms, limitRequestOf } from '#shared/domain/limits/limit-request-of.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { foldQuest, type QuestStepEvent } from '#shared/domain/quests/fold-quest.ts';
import { incentiveIdOf } from '#shared/eventing/domain-event.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';

/** A past event, with what was known about its user then. */
export type RecordedAction = Readonly<{
  event: ActionEvent;
  receivedAt: Date;
  cohorts: ReadonlySet<string>;
}>;

/** The outcome that a past qualification would have had. */
export type Replayed = Readonly<{
  qualification: Qualification;
  refusedBy: Refusal | undefined;
}>;

/** What a campaign would have done. */
export type Backtest = Readonly<{
  actions: number;
  met: number;
  replayed: readonly Replayed[];
  /** How often another campaign of its group would have been rewarded instead. */
  outranked: number;
}>;

/** A campaign to replay, and its caps. */
export type Replay = Readonly<{ campaign: CompiledCampaign; limits: LimitTerms }>;

/** What a replay needs besides the actions. */
export type Setting = Replay &
  Readonly<{
    /**
     * The other campaigns of its group: they compete with their current terms, also for actions
     * that it does not use.
     */
    rivals: readonly Replay[];
    /**
     * What campaigns that are not replayed really gave, per subject: it counts against the tenant's
     * caps, by whole days.
     */
    given: (qualifications: readonly Qualification[]) => Promise<ReadonlyMap<string, Usage>>;
  }>;

/**
 * Runs a campaign, with those that it competes with, over past actions, with the code that
 * evaluates them in production. Actions are evaluated in their order; their entitlements are
 * decided in the order in which they were earned. Coupons and programs are assumed to exist. Writes
 * nothing.
 */
export const backtest = async (
  actions: AsyncIterable<RecordedAction>,
  setting: Setting,
): Promise<Backtest> => {
  const { campaign } = setting.campaign;
  const isOwn = ({ campaignId }: Pick<Qualification, 'campaignId'>) =>
    campaignId === campaign.campaignId;
  const collected = await collect(actions, setting);
  const entitlements = [...collected.simple, ...questsDone(campaign, collected.steps)].toSorted(
    compareEarned,
  );
  const all = entitlements.flatMap(({ choices }) => choices);
  const { incentives } = decideIncentives(entitlements.map(requestsBy(setting)), {
    usages: await setting.given(all),
    coupons: codesFor(all),
    now: new Date(),
  });
  const own = new Map(all.filter(isOwn).map((each) => [each.incentiveId, each]));
  const replayed = incentives.flatMap(({ incentiveId, refusedBy }) => {
    const qualification = own.get(incentiveId);
    return qualification === undefined ? [] : [{ qualification, refusedBy }];
  });
  const { actions: count, met } = collected;
  return { actions: count, met, replayed, outranked: own.size - replayed.length };
};

/** By the instant at which it was earned and, within an event, by priority. */
const compareEarned = (one: Entitlement, other: Entitlement): number => {
  const [a, b] = [one.choices[0], other.choices[0]];
  assert(a && b, 'an entitlement has a choice');
  return (
    a.qualifiedAt.getTime() - b.qualifiedAt.getTime() ||
    (a.eventId === b.eventId ? one.priority - other.priority : a.eventId < b.eventId ? -1 : 1)
  );
};

const requestsBy = ({ rivals, ...own }: Setting) => {
  const replays = new Map(
    [own, ...rivals].map((replay) => [replay.campaign.campaign.campaignId, replay]),
  );
  return ({ choices }: Entitlement): readonly RewardRequest[] =>
    choices.map((qualification) => {
      const replay = replays.get(qualification.campaignId);
      assert(replay, 'only replayed campaigns entitle to anything');
      return {
        qualification,
        cause: '',
        limit: limitRequestOf(qualification, replay.limits),
        unit: qualification.reward.currency,
        lotId: undefined,
        campaignName: replay.campaign.campaign.terms.name,
      };
    });
};

/** A code for every qualification that needs one. */
const codesFor = (
  qualifications: readonly Qualification[],
): ReadonlyMap<string, readonly string[]> => {
  const pools = Map.groupBy(qualifications, ({ reward }) => reward.pool ?? '');
  return new Map([...pools].map(([pool, own]) => [pool, own.map(() => '')]));
};

type Collected = {
  actions: number;
  met: number;
  readonly simple: Entitlement[];
  readonly steps: (QuestStepEvent & { userId: string })[];
};

const collect = async (
  actions: AsyncIterable<RecordedAction>,
  { campaign, rivals }: Setting,
): Promise<Collected> => {
  const collected: Collected = { actions: 0, met: 0, simple: [], steps: [] };
  const campaigns = [campaign, ...rivals.map((rival) => rival.campaign)];
  const { campaignId } = campaign.campaign;
  for await (const { event, receivedAt, cohorts } of actions) {
    const context = { now: receivedAt, cohorts, incentiveIdOf };
    const { decisions, entitlements, steps } = evaluateEvent(campaigns, event, context);
    const outcome = decisions.find((decision) => decision.campaignId === campaignId)?.outcome;
    collected.actions += outcome === undefined ? 0 : 1;
    collected.met += outcome !== undefined && metBy.has(outcome) ? 1 : 0;
    collected.simple.push(...entitlements);
    for (const step of steps.flatMap((hit) => hit.steps)) {
      const { eventId, userId, occurredAt: completedAt } = event;
      collected.steps.push({ eventId, step, completedAt, userId });
    }
  }
  return collected;
};

const metBy: ReadonlySet<DecisionOutcome> = new Set(['qualified', 'excluded', 'progressed']);

const questsDone = (campaign: Campaign, steps: Collected['steps']): readonly Entitlement[] => {
  const { terms } = campaign;
  if (terms.type !== 'QUEST') return [];
  return [...Map.groupBy(steps, ({ userId }) => userId)].flatMap(([userId, own]) =>
    foldQuest(terms.rule, own).completions.flatMap((completion, index) => {
      const done = { number: index + 1, completion };
      const qualification = questQualification(campaign, userId, done);
      return qualification === undefined
        ? []
        : [{ priority: terms.priority, choices: [qualification] }];
    }),
  );
};

import { matchEvent, type Tally } from '#shared/domain/campaigns/match-event.ts';
import { incentiveIdOf } from '#shared/eventing/incentive-id.ts';
import { ruleKeyOf } from '#shared/eventing/rule-key.ts';
import type { EventToRecord } from '#shared/stores/postgres/events/event-store.ts';
import type { JudgedHit } from '#shared/stores/postgres/events/record-events.ts';
import type { ActionClaim } from './action-claim.ts';

type Context = Readonly<{ now: Date; cohorts: ReadonlySet<string> }>;

/** A judged action, and how many campaigns decided what beside what is recorded of it. */
export type JudgedAction = Readonly<{ judged: EventToRecord; tally: Tally }>;

/** What the campaigns make of an action by itself. What a quest comes to is seen when its steps are counted. */
export const judgeAction = (
  { event, saidAt, correlation, campaigns, set }: ActionClaim,
  context: Context,
): JudgedAction => {
  const { decisions, entitlements, steps, tally } = matchEvent(campaigns, event, {
    ...context,
    incentiveIdOf,
  });
  const quests = steps.flatMap((hit): readonly JudgedHit[] => {
    const { type, rule } = hit.campaign.terms;
    return type === 'QUEST' ? [{ ...hit, ruleKey: ruleKeyOf(rule) }] : [];
  });
  const cohorts = [...context.cohorts].filter((cohort) => campaigns.cohorts.has(cohort)).sort();
  const judgedBy =
    set.versions.length === 0 ? undefined : { campaigns: set, judgedAt: context.now, cohorts };
  return {
    judged: { event, saidAt, correlation, decisions, entitlements, quests, judgedBy },
    tally,
  };
};

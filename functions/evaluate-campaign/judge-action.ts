import { type JudgingContext, judgeEvent } from '#shared/domain/campaigns/judge-event.ts';
import { incentiveIdOf } from '#shared/eventing/incentive-id.ts';
import { ruleKeyOf } from '#shared/eventing/rule-key.ts';
import type { EventToRecord } from '#shared/stores/postgres/event-store.ts';
import type { JudgedHit } from '#shared/stores/postgres/record-events.ts';
import type { ActionClaim } from './action-claim.ts';

/** What the campaigns make of an action by itself. What a quest comes to is seen when its steps are counted. */
export const judgeAction = (
  { event, saidAt, correlation, campaigns }: ActionClaim,
  context: Omit<JudgingContext, 'incentiveIdOf'>,
): EventToRecord => {
  const { decisions, entitlements, steps } = judgeEvent(campaigns, event, {
    ...context,
    incentiveIdOf,
  });
  const quests = steps.flatMap((hit): readonly JudgedHit[] => {
    const { type, rule } = hit.campaign.terms;
    return type === 'QUEST' ? [{ ...hit, ruleKey: ruleKeyOf(rule) }] : [];
  });
  return { event, saidAt, correlation, decisions, entitlements, quests };
};

import type { ActionEvent } from './action-event.ts';
import { stepsOf } from './campaign.ts';
import type { CompiledCampaign } from './compiled-campaign.ts';
import { decideEvent, type EvaluationContext, type EventDecision } from './decide-event.ts';
import { evaluateClauses, ineligibilityOf } from './match-event.ts';

/**
 * Evaluates an event against every campaign that uses its action, in any status: window, lateness,
 * cohort, clauses, reward, then the other campaigns of its stacking group. Decides for each of
 * them, in their order. Depends only on its arguments, so it is deterministic.
 */
export const evaluateEvent = (
  campaigns: readonly CompiledCampaign[],
  event: ActionEvent,
  context: EvaluationContext,
): EventDecision => {
  const evaluations = campaigns
    .filter(({ campaign }) => stepsOf(campaign.terms).some(({ action }) => action === event.action))
    .map((compiled) => {
      const { campaign } = compiled;
      const outcome = ineligibilityOf(campaign.terms, event, context);
      return outcome === undefined ? evaluateClauses(compiled, event) : { campaign, outcome };
    });
  return decideEvent(evaluations, event, context);
};

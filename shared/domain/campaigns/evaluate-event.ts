import type { ActionEvent } from './action-event.ts';
import { stepsOf } from './campaign.ts';
import type { CompiledCampaign } from './compiled-campaign.ts';
import { decideEvent, type EventDecision } from './decide-event.ts';
import { type EvaluationContext, evaluateClauses, ineligibilityOf } from './evaluation.ts';

/**
 * Evaluates an event by every campaign that asks for its action, whatever the status of the
 * campaign: window, lateness, cohort, clauses, reward, then the others of its stacking group.
 * Decides for each of them, in their order. Asks nothing but its arguments, so the same always
 * gives the same.
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

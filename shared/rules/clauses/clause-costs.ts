import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type CampaignTerms, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import type { ClauseCosts } from '#shared/domain/campaigns/campaign-load.ts';
import { vocabularyOf } from '../expressions/event-variables.ts';
import { compileClause } from './compile-clause.ts';

/** Units for evaluating everything besides the clauses: window, cohort and the decision. */
const evaluationUnits = 20;

/**
 * The most units that an event of each action takes of a campaign that `checkClauses` finds nothing
 * wrong with.
 */
export const clauseCosts = (
  terms: CampaignTerms,
  schemas: ReadonlyMap<string, ActionSchema>,
): ClauseCosts => {
  const costs: Record<string, number> = {};
  for (const { action, when } of stepsOf(terms)) {
    const schema = schemas.get(action);
    const cost = when && schema ? compileClause(when, vocabularyOf(schema)).cost : 0;
    costs[action] = (costs[action] ?? evaluationUnits) + cost;
  }
  return costs;
};

import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, type QuestStep, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import type {
  ClauseResult,
  CompiledCampaign,
  Condition,
} from '#shared/domain/campaigns/compiled-campaign.ts';
import { compileClause } from './compile-clause.ts';
import { vocabularyOf } from './event-variables.ts';

/**
 * Makes a campaign ready to judge events, by the schemas of its actions and, where it names no time zone, by that of the tenant. A clause
 * that does not compile keeps nobody from judging: it is answered with an error.
 */
export const compileCampaign = (
  campaign: Campaign,
  schemas: ReadonlyMap<string, ActionSchema>,
  timeZone: string,
): CompiledCampaign => ({
  campaign,
  conditions: stepsOf(campaign.terms).map((step) =>
    conditionOf(
      step,
      schemas.get(step.action) ?? withoutFields(step.action),
      campaign.terms.timeZone ?? timeZone,
    ),
  ),
});

const withoutFields = (action: string): ActionSchema => ({
  action,
  version: 0,
  description: 'Unknown',
  fields: {},
});

const conditionOf = ({ when }: QuestStep, schema: ActionSchema, timeZone: string): Condition => {
  if (when === undefined) return () => ({ holds: true, clauses: [] });
  const vocabulary = vocabularyOf(schema);
  const { ask, size } = compileClause(when, vocabulary);
  return (event) => {
    const clauses = Array.from({ length: size }, (): ClauseResult => 'skipped');
    return { holds: ask(vocabulary.variablesOf(event, timeZone), clauses), clauses };
  };
};

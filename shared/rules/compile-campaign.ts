import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, expressionsOf, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import type {
  ClauseResult,
  CompiledCampaign,
  Condition,
} from '#shared/domain/campaigns/compiled-campaign.ts';
import { clauseLimits, refuseExpressions } from './clause-limits.ts';
import { type CompiledClause, compileClause } from './compile-clause.ts';
import { type Vocabulary, vocabularyOf } from './event-variables.ts';

/** A compiled campaign whose clauses may be compiled before the first event comes. */
type PreparableCampaign = CompiledCampaign & Readonly<{ prepare: (action: string) => void }>;

/**
 * Makes a campaign ready to judge events, by the schemas of its actions and, where it names no time zone, by that of the tenant. The steps that
 * ask for an action are compiled by `prepare` or when its first event comes. A clause that does not compile keeps nobody from judging: it is
 * answered with an error, and so are all of a campaign that is beyond the limits, as one may be that was saved before there were any.
 */
export const compileCampaign = (
  campaign: Campaign,
  schemas: ReadonlyMap<string, ActionSchema>,
  timeZone: string,
): PreparableCampaign => {
  const steps = stepsOf(campaign.terms);
  const zone = campaign.terms.timeZone ?? timeZone;
  const isTooLarge = refuseExpressions(expressionsOf(campaign.terms)) !== undefined;
  const compileFor = (action: string): readonly Condition[] => {
    if (isTooLarge) return steps.map(() => beyondLimits);
    const vocabulary = vocabularyOf(schemas.get(action) ?? withoutFields(action));
    let cost = 0;
    const conditions = steps.map((step) => {
      if (step.action !== action || step.when === undefined) return always;
      const clause = compileClause(step.when, vocabulary);
      cost += clause.cost;
      return conditionOf(clause, vocabulary, zone);
    });
    return cost > clauseLimits.campaignCostMax ? steps.map(() => beyondLimits) : conditions;
  };
  const compiled = new Map<string, readonly Condition[]>();
  const conditionsFor = (action: string): readonly Condition[] => {
    const known = compiled.get(action) ?? compileFor(action);
    compiled.set(action, known);
    return known;
  };
  return {
    campaign,
    prepare: (action) => {
      conditionsFor(action);
    },
    conditions: steps.map(
      ({ action }, step) =>
        (event) =>
          (conditionsFor(action)[step] ?? always)(event),
    ),
  };
};

const always: Condition = () => ({ holds: true, clauses: [] });

const beyondLimits: Condition = () => ({
  holds: false,
  clauses: [{ error: 'the clauses of the campaign are beyond the limits: save it with fewer' }],
});

const withoutFields = (action: string): ActionSchema => ({
  action,
  version: 0,
  description: 'Unknown',
  fields: {},
});

const conditionOf =
  ({ ask, size }: CompiledClause, vocabulary: Vocabulary, timeZone: string): Condition =>
  (event) => {
    const clauses = Array.from({ length: size }, (): ClauseResult => 'skipped');
    return { holds: ask(vocabulary.variablesOf(event, timeZone), clauses), clauses };
  };

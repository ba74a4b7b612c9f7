import { setImmediate } from 'node:timers/promises';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, expressionsOf, stepsOf } from '#shared/domain/campaigns/campaign.ts';
import type {
  ClauseResult,
  CompiledCampaign,
  Condition,
} from '#shared/domain/campaigns/compiled-campaign.ts';
import { type MatchableCampaigns, matchable } from '#shared/domain/campaigns/match-event.ts';
import { type CampaignAccess, candidateIndex } from './candidate-index.ts';
import { type Accesses, ofAny } from './clauses/clause-access.ts';
import { type CompiledClause, compileClause } from './clauses/compile-clause.ts';
import { keepLeaves } from './clauses/compile-leaf.ts';
import { clauseLimits, refuseExpressions } from './expressions/clause-limits.ts';
import { type Vocabulary, vocabularyOf } from './expressions/event-variables.ts';

type Compilation = Readonly<{
  action: string;
  schemas: ReadonlyMap<string, ActionSchema>;
  /** Of the tenant. */
  timeZone: string;
}>;

/** The campaigns that use an action, with their compilation inputs. */
export type CompiledCampaigns = Omit<MatchableCampaigns, 'campaigns'> &
  Readonly<{
    campaigns: readonly PreparableCampaign[];
    /** Of the action. */
    schema: ActionSchema;
    timeZone: string;
  }>;

/**
 * Compiles the campaigns that use an action, with an index that finds those whose clauses an event
 * may meet. A version of a campaign that `previous` has compiled by the same schema and time zone
 * is taken from there. Compiles one after the other, and lets other work run in between.
 */
export const compileCampaigns = async (
  campaigns: readonly Campaign[],
  { action, schemas, timeZone }: Compilation,
  previous?: CompiledCampaigns,
): Promise<CompiledCampaigns> => {
  const newest = schemas.get(action) ?? withoutFields(action);
  const isAsBefore = isCompiledBy(previous, newest, timeZone);
  const schema = isAsBefore ? previous.schema : newest;
  const known = byVersion(isAsBefore ? previous.campaigns : []);
  const allSchemas = new Map([...schemas, [action, schema]]);
  const compiled: PreparableCampaign[] = [];
  for (const campaign of campaigns) {
    const before = known.get(versionKey(campaign));
    const one = before ?? compileCampaign(campaign, allSchemas, timeZone);
    one.prepare(action);
    compiled.push(one);
    if (before === undefined) await setImmediate();
  }
  const candidatesOf = finderOf(compiled, action, vocabularyOf(schema));
  return { ...matchable(compiled, candidatesOf), campaigns: compiled, schema, timeZone };
};

const finderOf = (
  compiled: readonly PreparableCampaign[],
  action: string,
  vocabulary: Vocabulary,
): MatchableCampaigns['candidatesOf'] => {
  const used = compiled.flatMap(({ campaign }) => expressionsOf(campaign.terms));
  keepLeaves(vocabulary, new Set(used));
  const accesses = compiled.map((one) => one.prepare(action));
  // Without a clause that an index can use, every campaign is a candidate for every event.
  if (accesses.every((access) => access.accesses.length === 0)) return () => compiled;
  const placesOf = candidateIndex(accesses, vocabulary);
  return (event) => placesOf(event).flatMap((place) => compiled[place] ?? []);
};

const isCompiledBy = (
  campaigns: CompiledCampaigns | undefined,
  { version }: ActionSchema,
  timeZone: string,
): campaigns is CompiledCampaigns =>
  campaigns?.timeZone === timeZone && campaigns.schema.version === version;

const byVersion = (campaigns: readonly PreparableCampaign[]) =>
  new Map(campaigns.map((one) => [versionKey(one.campaign), one]));

const versionKey = ({ campaignId, version }: Campaign): string => `${campaignId} ${version}`;

/** A compiled campaign whose clauses may be compiled before the first event comes. */
type PreparableCampaign = CompiledCampaign &
  Readonly<{
    /** Compiles its clauses for an action, and determines how to skip it for an event. */
    prepare: (action: string) => CampaignAccess;
  }>;

/** One condition per step, with the common part of all steps that use the action. */
type Compiled = Readonly<{ conditions: readonly Condition[]; accesses: Accesses }>;

/**
 * Makes a campaign ready to evaluate events, by the schemas of its actions and, where it names no
 * time zone, by that of the tenant. The steps that use an action are compiled by `prepare` or with
 * its first event. A clause that does not compile does not prevent others from being evaluated: its
 * result is an error. So are the results of all clauses of a campaign that exceeds the limits
 * because it was saved before they existed.
 */
export const compileCampaign = (
  campaign: Campaign,
  schemas: ReadonlyMap<string, ActionSchema>,
  timeZone: string,
): PreparableCampaign => {
  const steps = stepsOf(campaign.terms);
  const zone = campaign.terms.timeZone ?? timeZone;
  const isTooLarge = refuseExpressions(expressionsOf(campaign.terms)) !== undefined;
  const refused: Compiled = { conditions: steps.map(() => beyondLimits), accesses: [] };
  const compileFor = (action: string): Compiled => {
    if (isTooLarge) return refused;
    const vocabulary = vocabularyOf(schemas.get(action) ?? withoutFields(action));
    let cost = 0;
    const accesses: Accesses[] = [];
    const conditions = steps.map((step) => {
      if (step.action !== action) return always;
      const clause = step.when && compileClause(step.when, vocabulary);
      accesses.push(clause?.accesses ?? []);
      cost += clause?.cost ?? 0;
      return clause === undefined ? always : conditionOf(clause, vocabulary, zone);
    });
    return cost > clauseLimits.campaignCostMax
      ? refused
      : { conditions, accesses: ofAny(accesses) };
  };
  const compiled = new Map<string, Compiled>();
  const compiledFor = (action: string): Compiled => {
    const known = compiled.get(action) ?? compileFor(action);
    compiled.set(action, known);
    return known;
  };
  return {
    campaign,
    prepare: (action) => ({ accesses: compiledFor(action).accesses, timeZone: zone }),
    conditions: steps.map(
      ({ action }, step) =>
        (event) =>
          (compiledFor(action).conditions[step] ?? always)(event),
    ),
  };
};

const always: Condition = () => ({ holds: true, clauses: [] });

const beyondLimits: Condition = () => ({
  holds: false,
  clauses: [{ error: "the campaign's clauses exceed the limits; reduce them" }],
});

/** The schema of an undeclared action. */
const withoutFields = (action: string): ActionSchema => ({
  action,
  version: 0,
  description: 'Unknown',
  fields: {},
});

const conditionOf =
  ({ ask, size }: CompiledClause, vocabulary: Vocabulary, timeZone: string): Condition =>
  (event) => {
    const clauses = new Array<ClauseResult>(size).fill('skipped');
    return { holds: ask(vocabulary.variablesOf(event, timeZone), clauses), clauses };
  };

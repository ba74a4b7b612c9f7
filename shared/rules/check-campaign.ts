import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import {
  type CampaignTerms,
  type Clause,
  expressionsOf,
  type SimpleRule,
} from '#shared/domain/campaigns/campaign.ts';
import { clauseLimits, refuseExpressions } from './expressions/clause-limits.ts';
import { vocabularyOf } from './expressions/event-variables.ts';
import { compileExpression } from './expressions/expression.ts';

/** What is wrong at a place of the document: `['rule', 'when', 'all', 0, 'when']`. */
export type ClauseDefect = Readonly<{ path: readonly (string | number)[]; message: string }>;

type Path = ClauseDefect['path'];

/**
 * Finds everything that makes the rule of a campaign invalid under the latest schemas of its
 * actions: undeclared actions and fields, expressions that do not compile or cost too much, alone
 * or together, and a share of a field that is not an int. A rule without defects is also valid
 * under later versions of the schemas.
 */
export const checkClauses = (
  terms: CampaignTerms,
  schemas: ReadonlyMap<string, ActionSchema>,
): readonly ClauseDefect[] => {
  const message = refuseExpressions(expressionsOf(terms));
  if (message !== undefined) return [{ path: ['rule'], message }];
  return [
    ...checkRules(rulesOf(terms), schemas, { of: 'a campaign', costMax: campaignCostMax }),
    ...shareDefects(terms, schemas),
  ];
};

const { campaignCostMax } = clauseLimits;

/** A rule with its place in a document. */
type PlacedRule = Readonly<{ path: Path; rule: SimpleRule }>;

/** The maximum total cost of the rules, and the name of their owner for messages. */
type CostLimit = Readonly<{ of: string; costMax: number }>;

/** Finds everything that makes rules invalid under the latest schemas of their actions. */
export const checkRules = (
  rules: readonly PlacedRule[],
  schemas: ReadonlyMap<string, ActionSchema>,
  limit: CostLimit,
): readonly ClauseDefect[] => {
  const checked = rules.flatMap(({ path, rule }) => checkRule(path, rule, schemas));
  return [
    ...checked.filter((each) => 'message' in each),
    ...costDefects(
      checked.filter((each) => 'cost' in each),
      limit,
    ),
  ];
};

/** An expression that compiles, with the most units that it takes. */
type Costly = Readonly<{ path: Path; cost: number }>;

const rulesOf = ({ type, rule }: CampaignTerms): readonly PlacedRule[] =>
  type === 'SIMPLE'
    ? [{ path: ['rule'], rule }]
    : rule.steps.map((step, index) => ({ path: ['rule', 'steps', index], rule: step }));

const checkRule = (
  path: Path,
  { action, when }: SimpleRule,
  schemas: ReadonlyMap<string, ActionSchema>,
): readonly (ClauseDefect | Costly)[] => {
  const schema = schemas.get(action);
  if (schema === undefined) {
    return [{ path: [...path, 'action'], message: `action ${action} does not exist` }];
  }
  return when === undefined ? [] : checkClause([...path, 'when'], when, schema);
};

const checkClause = (
  path: Path,
  clause: Clause,
  schema: ActionSchema,
): readonly (ClauseDefect | Costly)[] => {
  const within = (name: 'all' | 'any', clauses: readonly Clause[]) =>
    clauses.flatMap((each, index) => checkClause([...path, name, index], each, schema));
  if ('all' in clause) return within('all', clause.all);
  if ('any' in clause) return within('any', clause.any);
  const place = [...path, 'when'];
  const expression = compileExpression(clause.when, vocabularyOf(schema));
  return expression.kind === 'compiled'
    ? [{ path: place, cost: expression.cost }]
    : expression.defects.map((message) => ({ path: place, message }));
};

const costDefects = (
  expressions: readonly Costly[],
  { of, costMax }: CostLimit,
): readonly ClauseDefect[] => {
  const total = expressions.reduce((sum, { cost }) => sum + cost, 0);
  const [dearest] = expressions.toSorted((one, other) => other.cost - one.cost);
  if (total <= costMax || dearest === undefined) return [];
  const message =
    `costs up to ${total} units in total; the maximum for ${of} is ${costMax}: ` +
    `this expression costs the most, ${dearest.cost}`;
  return [{ path: dearest.path, message }];
};

const shareDefects = (
  { type, rule, reward }: CampaignTerms,
  schemas: ReadonlyMap<string, ActionSchema>,
): readonly ClauseDefect[] => {
  if (type === 'QUEST' || reward.type === 'COUPON' || reward.amount.kind === 'fixed') return [];
  const { field } = reward.amount;
  const schema = schemas.get(rule.action);
  if (schema === undefined || hasWholeNumber(schema, field)) return [];
  const message = `${field} is not an int field of ${rule.action}`;
  return [{ path: ['reward', 'amount', 'field'], message }];
};

const hasWholeNumber = ({ fields }: ActionSchema, name: string): boolean =>
  Object.hasOwn(fields, name) && fields[name]?.type === 'int';

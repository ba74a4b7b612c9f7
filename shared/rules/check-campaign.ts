import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { CampaignTerms, Clause, SimpleRule } from '#shared/domain/campaigns/campaign.ts';
import { vocabularyOf } from './event-variables.ts';
import { compileExpression } from './expression.ts';

/** What is wrong at a place of the document: `['rule', 'when', 'all', 0, 'when']`. */
export type ClauseDefect = Readonly<{ path: readonly (string | number)[]; message: string }>;

type Path = ClauseDefect['path'];

/**
 * Finds everything that keeps the rule of a campaign from being asked, by the newest schemas of its actions: actions and fields that nobody
 * declared, expressions that do not compile, a share of what is no whole number. A rule without defects can be asked of every event that
 * fits a later version of the schemas too.
 */
export const checkClauses = (
  terms: CampaignTerms,
  schemas: ReadonlyMap<string, ActionSchema>,
): readonly ClauseDefect[] => [
  ...rulesOf(terms).flatMap(({ path, rule }) => ruleDefects(path, rule, schemas)),
  ...shareDefects(terms, schemas),
];

const rulesOf = ({ type, rule }: CampaignTerms): readonly { path: Path; rule: SimpleRule }[] =>
  type === 'SIMPLE'
    ? [{ path: ['rule'], rule }]
    : rule.steps.map((step, index) => ({ path: ['rule', 'steps', index], rule: step }));

const ruleDefects = (
  path: Path,
  { action, when }: SimpleRule,
  schemas: ReadonlyMap<string, ActionSchema>,
): readonly ClauseDefect[] => {
  const schema = schemas.get(action);
  if (schema === undefined) {
    return [{ path: [...path, 'action'], message: `${action} is no action of the tenant` }];
  }
  return when === undefined ? [] : clauseDefects([...path, 'when'], when, schema);
};

const clauseDefects = (
  path: Path,
  clause: Clause,
  schema: ActionSchema,
): readonly ClauseDefect[] => {
  const within = (name: 'all' | 'any', clauses: readonly Clause[]) =>
    clauses.flatMap((each, index) => clauseDefects([...path, name, index], each, schema));
  if ('all' in clause) return within('all', clause.all);
  if ('any' in clause) return within('any', clause.any);
  const expression = compileExpression(clause.when, vocabularyOf(schema));
  return expression.kind === 'compiled'
    ? []
    : expression.defects.map((message) => ({ path: [...path, 'when'], message }));
};

const shareDefects = (
  { type, rule, reward }: CampaignTerms,
  schemas: ReadonlyMap<string, ActionSchema>,
): readonly ClauseDefect[] => {
  if (type === 'QUEST' || reward.type === 'COUPON' || reward.amount.kind === 'fixed') return [];
  const { field } = reward.amount;
  const schema = schemas.get(rule.action);
  if (schema === undefined || hasWholeNumber(schema, field)) return [];
  const message = `${field} is no whole-number field of ${rule.action}`;
  return [{ path: ['reward', 'amount', 'field'], message }];
};

const hasWholeNumber = ({ fields }: ActionSchema, name: string): boolean =>
  Object.hasOwn(fields, name) && fields[name]?.type === 'int';

import type { Clause } from '#shared/domain/campaigns/campaign.ts';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import { clauseLimits } from './clause-limits.ts';
import type { EventVariables, Vocabulary } from './event-variables.ts';
import { compileExpression } from './expression.ts';

type AskOne = (variables: EventVariables) => ClauseResult;

/** Answers whether a clause holds, and writes what it asked into the results: at the place of each expression in the document. */
type Ask = (variables: EventVariables, results: ClauseResult[]) => boolean;

/** A compiled tree of clauses: how many expressions it has, and the most units that they take together. */
export type CompiledClause = Readonly<{ ask: Ask; size: number; cost: number }>;

/** Compiles a tree of clauses. It asks no more than it needs to, in the order of the document; an error is no yes. */
export const compileClause = (clause: Clause, vocabulary: Vocabulary): CompiledClause => {
  const expressions: AskOne[] = [];
  let cost = 0;
  const compiled = (node: Clause): Ask => {
    if ('all' in node) {
      const parts = node.all.map(compiled);
      return (variables, results) => parts.every((ask) => ask(variables, results));
    }
    if ('any' in node) {
      const parts = node.any.map(compiled);
      return (variables, results) => parts.some((ask) => ask(variables, results));
    }
    const one = compileOne(node.when, vocabulary);
    cost += one.cost;
    const place = expressions.push(one.ask) - 1;
    return (variables, results) => (results[place] = one.ask(variables)) === 'yes';
  };
  const ask = compiled(clause);
  return { ask, size: expressions.length, cost };
};

const compileOne = (
  text: string,
  vocabulary: Vocabulary,
): Readonly<{ ask: AskOne; cost: number }> => {
  const expression = compileExpression(text, vocabulary);
  if (expression.kind === 'compiled') return expression;
  const result = { error: expression.defects.join('; ').slice(0, clauseLimits.errorCharactersMax) };
  return { ask: () => result, cost: 1 };
};

import type { Clause } from '#shared/domain/campaigns/campaign.ts';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { EventVariables, Vocabulary } from './event-variables.ts';
import { compileExpression } from './expression.ts';

type AskOne = (variables: EventVariables) => ClauseResult;

/** Answers whether a clause holds, and writes what it asked into the results: at the place of each expression in the document. */
type Ask = (variables: EventVariables, results: ClauseResult[]) => boolean;

/** A tree of clauses that asks no more than it needs to, in the order of the document; an error is no yes. `size` counts its expressions. */
export const compileClause = (
  clause: Clause,
  vocabulary: Vocabulary,
): Readonly<{ ask: Ask; size: number }> => {
  const expressions: AskOne[] = [];
  const compiled = (node: Clause): Ask => {
    if ('all' in node) {
      const parts = node.all.map(compiled);
      return (variables, results) => parts.every((ask) => ask(variables, results));
    }
    if ('any' in node) {
      const parts = node.any.map(compiled);
      return (variables, results) => parts.some((ask) => ask(variables, results));
    }
    const askOne = askOneOf(node.when, vocabulary);
    const place = expressions.push(askOne) - 1;
    return (variables, results) => (results[place] = askOne(variables)) === 'yes';
  };
  return { ask: compiled(clause), size: expressions.length };
};

const askOneOf = (text: string, vocabulary: Vocabulary): AskOne => {
  const expression = compileExpression(text, vocabulary);
  if (expression.kind === 'compiled') return expression.ask;
  const result = { error: expression.defects.join('; ') };
  return () => result;
};

import type { Clause } from '#shared/domain/campaigns/campaign.ts';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { EventVariables, Vocabulary } from '../expressions/event-variables.ts';
import { type Accesses, ofAll, ofAny } from './clause-access.ts';
import { compileLeaf } from './compile-leaf.ts';

/**
 * Returns whether a clause is met, and writes the result of each evaluated expression to its place
 * in document order.
 */
type Ask = (variables: EventVariables, results: ClauseResult[]) => boolean;

/** A part of a tree, as `CompiledLeaf` has it. */
type Node = Readonly<{ ask: Ask; accesses: Accesses; isTotal: boolean }>;

/**
 * A compiled tree of clauses: how many expressions it has, and the most units that they take
 * together.
 */
export type CompiledClause = Readonly<{
  ask: Ask;
  size: number;
  cost: number;
  /** Ways to find out that it is not met and nothing in it fails, without evaluating it. */
  accesses: Accesses;
}>;

/**
 * Compiles a tree of clauses. Evaluates no more expressions than needed, in document order; an
 * error counts as not met.
 */
export const compileClause = (clause: Clause, vocabulary: Vocabulary): CompiledClause => {
  let size = 0;
  let cost = 0;
  const compiled = (node: Clause): Node => {
    if ('all' in node) return allOf(node.all.map(compiled));
    if ('any' in node) return anyOf(node.any.map(compiled));
    const leaf = compileLeaf(node.when, vocabulary);
    cost += leaf.cost;
    const place = size++;
    return {
      ...leaf,
      ask: (variables, results) => (results[place] = leaf.ask(variables)) === 'yes',
    };
  };
  const { ask, accesses } = compiled(clause);
  return { ask, size, cost, accesses };
};

/**
 * A clause is evaluated after those before it were met: if one of these may fail, later ones cannot
 * be used by the index.
 */
const allOf = (parts: readonly Node[]): Node => {
  const partial = parts.findIndex(({ isTotal }) => !isTotal);
  const decisive = partial < 0 ? parts : parts.slice(0, partial + 1);
  return {
    ask: (variables, results) => parts.every(({ ask }) => ask(variables, results)),
    accesses: ofAll(decisive.map(({ accesses }) => accesses)),
    isTotal: partial < 0,
  };
};

const anyOf = (parts: readonly Node[]): Node => ({
  ask: (variables, results) => parts.some(({ ask }) => ask(variables, results)),
  accesses: ofAny(parts.map(({ accesses }) => accesses)),
  isTotal: parts.every(({ isTotal }) => isTotal),
});

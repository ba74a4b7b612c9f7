import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import { clauseLimits } from '../expressions/clause-limits.ts';
import type { EventVariables, Vocabulary } from '../expressions/event-variables.ts';
import { compileExpression } from '../expressions/expression.ts';
import { cannotFail } from './cannot-fail.ts';
import type { Accesses } from './clause-access.ts';
import { expressionAccesses } from './expression-access.ts';

/** A compiled expression of a clause. */
export type CompiledLeaf = Readonly<{
  ask: (variables: EventVariables) => ClauseResult;
  /** The most units that it takes. */
  cost: number;
  accesses: Accesses;
  /** Whether it has a result for every event with all required fields. */
  isTotal: boolean;
}>;

const leaves = new WeakMap<Vocabulary, Map<string, CompiledLeaf>>();

/**
 * Compiles the expression of a clause, shared by all clauses over the same events: it is evaluated
 * once per event and time zone. One that does not compile is always answered with the error.
 */
export const compileLeaf = (text: string, vocabulary: Vocabulary): CompiledLeaf => {
  const shared = leaves.get(vocabulary) ?? new Map<string, CompiledLeaf>();
  leaves.set(vocabulary, shared);
  const leaf = shared.get(text) ?? compile(text, vocabulary);
  shared.set(text, leaf);
  return leaf;
};

/**
 * Drops expressions that no campaign uses any more, so that changing campaigns does not leak
 * memory.
 */
export const keepLeaves = (vocabulary: Vocabulary, used: ReadonlySet<string>): void => {
  const shared = leaves.get(vocabulary);
  for (const text of shared?.keys() ?? []) if (!used.has(text)) shared?.delete(text);
};

const compile = (text: string, vocabulary: Vocabulary): CompiledLeaf => {
  const expression = compileExpression(text, vocabulary);
  if (expression.kind === 'refused') {
    const error = expression.defects.join('; ').slice(0, clauseLimits.errorCharactersMax);
    return { ask: () => ({ error }), cost: 1, accesses: [], isTotal: false };
  }
  const { ast, cost, ask } = expression;
  return {
    ask: once(ask),
    cost,
    accesses: expressionAccesses(ast, vocabulary),
    isTotal: cannotFail(ast, vocabulary.schema),
  };
};

/** Keeps the number of the last variables, not these: they would hold on to their event. */
const once = (ask: CompiledLeaf['ask']): CompiledLeaf['ask'] => {
  let serial = 0;
  let answer: ClauseResult = 'skipped';
  return (variables) => {
    if (variables.serial !== serial) {
      answer = ask(variables);
      serial = variables.serial;
    }
    return answer;
  };
};

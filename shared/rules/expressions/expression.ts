import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import { clauseLimits } from './clause-limits.ts';
import { type Answer, Failure } from './clause-value.ts';
import { compileNode } from './compile-node.ts';
import type { EventVariables, Vocabulary } from './event-variables.ts';
import { forbiddenParts } from './forbidden-parts.ts';

/** A compiled expression with its maximum cost, or all of its defects. */
export type Expression = Readonly<
  | {
      kind: 'compiled';
      ast: ASTNode;
      cost: number;
      ask: (variables: EventVariables) => ClauseResult;
    }
  | { kind: 'refused'; defects: readonly string[] }
>;

const { expressionCharactersMax, expressionCostMax, errorCharactersMax } = clauseLimits;

/**
 * Compiles an expression over the events of a schema. A compiled expression has passed every check:
 * for any event it returns true, false or an error, within its cost.
 */
export const compileExpression = (text: string, vocabulary: Vocabulary): Expression => {
  if (text.length > expressionCharactersMax) {
    return refused(`is longer than ${expressionCharactersMax} characters`);
  }
  const parsed = parse(text, vocabulary);
  if (typeof parsed === 'string') return refused(parsed);
  const forbidden = forbiddenParts(parsed.ast, vocabulary.schema);
  if (forbidden.length > 0) return refused(...forbidden);
  const { valid, type, error } = parsed.check();
  if (!valid) return refused(reasonOf(error));
  return type === 'bool'
    ? compileChecked(parsed, vocabulary)
    : refused(`is ${type ?? 'of no type'}, but must be bool`);
};

const compileChecked = ({ ast }: ParseResult, { schema }: Vocabulary): Expression => {
  const defects: string[] = [];
  const { cost, run } = compileNode(ast, { schema, loops: new Map(), defects });
  // Later defects may only be consequences of the first one.
  const [defect] = defects;
  if (defect !== undefined) return refused(defect);
  return cost > expressionCostMax
    ? refused(`costs up to ${cost} units; the maximum for an expression is ${expressionCostMax}`)
    : { kind: 'compiled', ast, cost, ask: (variables) => resultOf(run(variables)) };
};

const refused = (...defects: readonly string[]): Expression => ({ kind: 'refused', defects });

const parse = (text: string, { environment }: Vocabulary): ParseResult | string => {
  try {
    return environment.parse(text);
  } catch (error) {
    return reasonOf(error);
  }
};

const resultOf = (answer: Answer): ClauseResult => {
  if (answer instanceof Failure) return { error: answer.message.slice(0, errorCharactersMax) };
  return answer === true ? 'yes' : 'no';
};

/** The message of cel-js, without its drawing of the position. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const [reason = error.message] = error.message.split('\n');
  const at = 'range' in error ? (error.range as { start: number } | undefined)?.start : undefined;
  return at === undefined ? reason : `${reason} (at character ${at + 1})`;
};

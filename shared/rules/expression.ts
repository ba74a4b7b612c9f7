import type { ParseResult } from '@marcbachmann/cel-js';
import type { ClauseResult } from '#shared/domain/campaigns/compiled-campaign.ts';
import type { EventVariables, Vocabulary } from './event-variables.ts';
import { forbiddenParts } from './forbidden-parts.ts';

/** An expression that can be asked, or everything that is wrong with it. */
export type Expression = Readonly<
  | { kind: 'compiled'; ask: (variables: EventVariables) => ClauseResult }
  | { kind: 'refused'; defects: readonly string[] }
>;

const charactersMax = 500;
const errorCharactersMax = 200;

/** Compiles an expression over the events of a schema. What is compiled has passed every check: it is answered yes or no, or with an error, and quickly. */
export const compileExpression = (text: string, vocabulary: Vocabulary): Expression => {
  if (text.length > charactersMax) {
    return refused(`is longer than ${charactersMax} characters`);
  }
  const parsed = parse(text, vocabulary);
  if (typeof parsed === 'string') return refused(parsed);
  const forbidden = forbiddenParts(parsed.ast, vocabulary.schema);
  if (forbidden.length > 0) return refused(...forbidden);
  const { valid, type, error } = parsed.check();
  if (!valid) return refused(reasonOf(error));
  if (type !== 'bool') return refused(`is ${type ?? 'of no type'}, but must be bool`);
  return { kind: 'compiled', ask: (variables) => resultOf(parsed, variables) };
};

const refused = (...defects: readonly string[]): Expression => ({ kind: 'refused', defects });

const parse = (text: string, { environment }: Vocabulary): ParseResult | string => {
  try {
    return environment.parse(text);
  } catch (error) {
    return reasonOf(error);
  }
};

const resultOf = (parsed: ParseResult, variables: EventVariables): ClauseResult => {
  try {
    return parsed(variables) === true ? 'yes' : 'no';
  } catch (error) {
    return { error: reasonOf(error).slice(0, errorCharactersMax) };
  }
};

/** What the package says, without the picture of the place that it draws. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const [reason = error.message] = error.message.split('\n');
  const at = 'range' in error ? (error.range as { start: number } | undefined)?.start : undefined;
  return at === undefined ? reason : `${reason} (at character ${at + 1})`;
};

import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { SimpleRule } from '#shared/domain/campaigns/campaign.ts';
import { compileClause } from './clauses/compile-clause.ts';
import { vocabularyOf } from './expressions/event-variables.ts';

/**
 * Compiles a rule by itself, by the schema of its action: returns whether an event of the
 * action meets it. A clause that fails, or does not compile, is not met.
 */
export const compileRule = (
  { when }: SimpleRule,
  schema: ActionSchema,
  timeZone: string,
): ((event: ActionEvent) => boolean) => {
  if (when === undefined) return () => true;
  const vocabulary = vocabularyOf(schema);
  const { ask } = compileClause(when, vocabulary);
  return (event) => ask(vocabulary.variablesOf(event, timeZone), []);
};

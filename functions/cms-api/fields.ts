import { z } from 'zod';
import { instant } from '#shared/eventing/contracts/fields.ts';
import { instantFormat, orMissing } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';

/** A union of objects discriminated by a word in one of their fields. */
export const byWord = <const Options extends readonly [z.ZodObject, ...z.ZodObject[]]>(
  field: string,
  words: string,
  options: Options,
) =>
  z.discriminatedUnion(field, options, {
    error: ({ code, input }: Readonly<{ code?: string | undefined; input?: unknown }>) =>
      code === 'invalid_union' ? `must be ${words}` : orMissing('must be an object')({ input }),
  });

/** A union of objects discriminated by `kind`. */
export const byKind = <const Options extends readonly [z.ZodObject, ...z.ZodObject[]]>(
  kinds: string,
  options: Options,
) => byWord('kind', kinds, options);

/** A list of limited length. */
export const listOf = <Item extends z.ZodType>(
  item: Item,
  { atLeast = 0, atMost }: Readonly<{ atLeast?: number; atMost: number }>,
) => {
  const error = orMissing(`must be a list of ${atLeast} to ${atMost}`);
  return z.array(item, { error }).min(atLeast, { error }).max(atMost, { error });
};

/** One of a few words. */
export const oneOf = <const Words extends readonly string[]>(...words: Words) =>
  z.enum(words, {
    error: orMissing(`must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`),
  });

const actionCodeError = 'must be upper-case letters, digits and _, at most 63, such as PURCHASE';

/** The code of an action. */
export const actionCode = z
  .string({ error: orMissing(actionCodeError) })
  .regex(/^[A-Z][A-Z0-9_]{0,62}$/, { error: actionCodeError });

const fieldNameError = 'must be letters, digits and _, at most 63, and begin with a letter';

/** The name of a field of an action, as expressions write it. */
export const fieldName = z
  .string({ error: orMissing(fieldNameError) })
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, { error: fieldNameError });

/** An instant of a document. */
export const someInstant = instant.meta(instantFormat);

/** Something in a document that contradicts something else in it. */
export type Issue = Readonly<{ path: (string | number)[]; message: string }>;

/** Reports defects of a body with path and message, in the same form as the runtime's. */
export const refuseBody = (contradictions: readonly Issue[]): void => {
  if (contradictions.length === 0) return;
  const defects = contradictions.map(({ path, message }) => `body ${path.join('.')}: ${message}`);
  throw new HttpProblem(400, 'invalid-request', defects.join('; '));
};

/**
 * Refuses fields that are valid separately but contradict each other. Runs only if each is valid.
 */
export const crossChecked =
  <Value>(find: (value: Value) => readonly Issue[]) =>
  ({ value, issues }: z.core.ParsePayload<Value>): void => {
    if (issues.length > 0) return;
    for (const { path, message } of find(value)) {
      issues.push({ code: 'custom', path, message, input: value });
    }
  };

/** A shape whose defects a walk finds, as the walk knows their places. */
export const withIssues = <Shape extends z.ZodType>(
  shape: Shape,
  issuesOf: (value: unknown) => readonly Issue[],
) =>
  z.preprocess((value, context) => {
    for (const { path, message } of issuesOf(value))
      context.addIssue({ code: 'custom', path, message, input: value });
    return value;
  }, shape);

/** The defects of a part of a document, each with its place in the whole. */
export const issuesAt = (
  path: Issue['path'],
  { issues }: Pick<z.ZodError, 'issues'>,
): readonly Issue[] =>
  issues.map((issue) => ({
    path: [...path, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))],
    message: issue.message,
  }));

/** Whether a value occurs more than once, and the index of the second one. */
export const firstRepeat = (values: readonly string[]): number | undefined => {
  const index = values.findIndex((value, position) => values.indexOf(value) < position);
  return index < 0 ? undefined : index;
};

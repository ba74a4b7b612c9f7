import type { ClauseFunction } from './clause-functions.ts';
import { type Answer, Failure, type Type, type Value } from './clause-value.ts';
import type { EventVariables } from './event-variables.ts';

/** A compiled part of an expression. */
export type Part = Size &
  Readonly<{
    /** The most units that it takes, whatever the event. */
    cost: number;
    /** Evaluates it, and adds the units that it takes to those of the variables. */
    run: (variables: EventVariables) => Answer;
  }>;

/** What is known of a value in advance: its type, and the maximum length of a text or list. */
export type Size = Readonly<{
  type: Type;
  length: number;
  /** Of the values of a list; undefined where it has none. */
  item?: Readonly<{ type: Type; length: number }> | undefined;
}>;

/** Units that calling anything costs. */
const callUnits = 2;

/** A value that is the same for every event. */
export const constantPart = (size: Size, value: Answer): Part => ({
  ...size,
  cost: 1,
  run: () => value,
});

/**
 * A function of parts, all of which have to have a value. A failure of its own names the character
 * of the expression.
 */
export const callPart = (
  called: ClauseFunction,
  parts: readonly Part[],
  character: number,
): Part => {
  const { returns, units, lengthOf } = called;
  const lengths = parts.map(({ length }) => length);
  const cost = callUnits + Math.ceil(units?.(...lengths) ?? 0);
  return {
    type: returns,
    length: lengthOf?.(...lengths) ?? 0,
    cost: parts.reduce((sum, part) => sum + part.cost, cost),
    run: runOf(called, parts, character),
  };
};

/** Most calls have one value or two: these make no list of them. */
const runOf = (called: ClauseFunction, parts: readonly Part[], character: number): Part['run'] => {
  const { units } = called;
  const apply = called.apply as (...values: readonly Value[]) => Answer;
  const [first, second] = parts;
  const done = (answer: Answer): Answer =>
    answer instanceof Failure ? failureAt(answer.message, character) : answer;
  if (first === undefined || parts.length > 2) {
    return (variables) => {
      const values = valuesOf(parts, variables);
      if (values instanceof Failure) return values;
      variables.units += callUnits + (units?.(...values.map(lengthOfValue)) ?? 0);
      return done(apply(...values));
    };
  }
  if (second === undefined) {
    return (variables) => {
      const value = first.run(variables);
      if (value instanceof Failure) return value;
      variables.units += callUnits + (units?.(lengthOfValue(value)) ?? 0);
      return done(apply(value));
    };
  }
  return (variables) => {
    const left = first.run(variables);
    if (left instanceof Failure) return left;
    const right = second.run(variables);
    if (right instanceof Failure) return right;
    variables.units += callUnits + (units?.(lengthOfValue(left), lengthOfValue(right)) ?? 0);
    return done(apply(left, right));
  };
};

/** The values of parts in their order, or the first failure. */
export const valuesOf = (
  parts: readonly Part[],
  variables: EventVariables,
): readonly Value[] | Failure => {
  const values: Value[] = [];
  for (const part of parts) {
    const answer = part.run(variables);
    if (answer instanceof Failure) return answer;
    values.push(answer);
  }
  return values;
};

const lengthOfValue = (value: Value): number =>
  typeof value === 'string' || Array.isArray(value) ? value.length : 0;

/** A failure with the place in the expression where it came about. */
export const failureAt = (message: string, character: number): Failure =>
  new Failure(`${message} (at character ${character})`);

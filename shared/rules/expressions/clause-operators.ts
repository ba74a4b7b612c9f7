import { ClauseDuration } from './clause-duration.ts';
import { checkedInt } from './clause-functions.ts';
import { type Answer, Failure, type Scalar, type Type } from './clause-value.ts';

/** What an operator does with two values of types that the checker has found to fit. */
export type Arithmetic = Readonly<{
  returns: Type;
  apply: (left: never, right: never) => Answer;
}>;

const ofInts = (apply: (left: bigint, right: bigint) => bigint | Failure): Arithmetic => ({
  returns: 'int',
  apply: (left: bigint, right: bigint) => {
    const result = apply(left, right);
    return result instanceof Failure ? result : checkedInt(result);
  },
});

const ofDoubles = (apply: (left: number, right: number) => number): Arithmetic => ({
  returns: 'double',
  apply,
});

const ofDurations = (apply: (left: bigint, right: bigint) => bigint): Arithmetic => ({
  returns: 'duration',
  apply: (left: ClauseDuration, right: ClauseDuration) =>
    new ClauseDuration(apply(left.nanoseconds, right.nanoseconds)),
});

const timestampMaxMs = Date.parse('9999-12-31T23:59:59.999Z');
const timestampMinMs = Date.parse('0001-01-01T00:00:00Z');

const inRange = (date: Date): Answer => {
  const atMs = date.getTime();
  return atMs >= timestampMinMs && atMs <= timestampMaxMs
    ? date
    : new Failure('timestamp is out of range');
};

/**
 * By operator and the types of both sides. Texts and lists are not added, so that nothing grows
 * while an expression is evaluated.
 */
export const arithmetics: Readonly<Record<string, Arithmetic>> = {
  'int + int': ofInts((left, right) => left + right),
  'int - int': ofInts((left, right) => left - right),
  'int * int': ofInts((left, right) => left * right),
  'int / int': ofInts((left, right) =>
    right === 0n ? new Failure('division by zero') : left / right,
  ),
  'int % int': ofInts((left, right) =>
    right === 0n ? new Failure('modulo by zero') : left % right,
  ),
  'double + double': ofDoubles((left, right) => left + right),
  'double - double': ofDoubles((left, right) => left - right),
  'double * double': ofDoubles((left, right) => left * right),
  'double / double': ofDoubles((left, right) => left / right),
  'duration + duration': ofDurations((left, right) => left + right),
  'duration - duration': ofDurations((left, right) => left - right),
  'timestamp + duration': {
    returns: 'timestamp',
    apply: (left: Date, right: ClauseDuration) => inRange(right.after(left)),
  },
  'duration + timestamp': {
    returns: 'timestamp',
    apply: (left: ClauseDuration, right: Date) => inRange(left.after(right)),
  },
  'timestamp - duration': {
    returns: 'timestamp',
    apply: (left: Date, right: ClauseDuration) =>
      inRange(new ClauseDuration(-right.nanoseconds).after(left)),
  },
  'timestamp - timestamp': {
    returns: 'duration',
    apply: (left: Date, right: Date) => ClauseDuration.between(right, left),
  },
};

/** How two values of one type, or two numbers, compare. */
export const comparisons: Readonly<Record<string, (left: Scalar, right: Scalar) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '==': (left, right) => isEqual(left, right),
  '!=': (left, right) => !isEqual(left, right),
};

/**
 * Whether two values are the same: instants and durations by what they measure, an int and a double
 * by their number.
 */
export const isEqual = (left: Scalar, right: Scalar): boolean => {
  if (left === right) return true;
  if (typeof left !== 'object' && typeof left === typeof right) return false;
  return left <= right && left >= right;
};

import { ClauseDuration } from './clause-duration.ts';
import { type Answer, Failure, type Type, type Value } from './clause-value.ts';

/** A function over values whose types the checker has found to fit. */
export type ClauseFunction = Readonly<{
  returns: Type;
  apply: (...values: readonly never[]) => Answer;
  /**
   * Units of cost, by the lengths of its values: never fewer for longer ones. Without it, the
   * function costs only the call.
   */
  units?: (...lengths: readonly number[]) => number;
  /** The most characters of the text that it returns, by the same. */
  lengthOf?: (...lengths: readonly number[]) => number;
}>;

/**
 * The worst case of V8's search: at each character of one text, it starts over and goes through the
 * other.
 */
const searching = (length = 0, sought = 0): number => (length * (8 + sought)) / 32;
const sixteenth = (...lengths: readonly number[]): number => Math.min(...lengths) / 16;

const size = {
  returns: 'int',
  apply: (value: string | readonly Value[]) =>
    BigInt(typeof value === 'string' ? codePointsOf(value) : value.length),
  units: (length = 0) => length / 4,
} as const satisfies ClauseFunction;

const codePointsOf = (text: string): number => {
  let count = 0;
  for (const _character of text) count += 1;
  return count;
};

const sameLength = (length = 0): number => length;

/** A part of a text. Positions are UTF-16 code units, the end is not part of it. */
const substring = (text: string, start: bigint, end = BigInt(text.length)): Answer =>
  start < 0n || end < start || end > BigInt(text.length)
    ? new Failure('substring() is out of range')
    : text.substring(Number(start), Number(end));

const toInt = (value: bigint | number): Answer => {
  if (typeof value === 'bigint') return value;
  return Number.isFinite(value)
    ? checkedInt(BigInt(Math.trunc(value)))
    : new Failure('integer overflow');
};

const intMax = 2n ** 63n - 1n;

/** A whole number of 64 bits, as all of CEL are. */
export const checkedInt = (value: bigint): bigint | Failure =>
  value > intMax || value < -intMax - 1n ? new Failure('integer overflow') : value;

/** What every text of a number fits in. */
const numberLengthMax = 32;

/**
 * What may be called as `name(value)`, besides `has`, and `timestamp` and `duration` of a text of
 * their own.
 */
export const clauseFunctions: Readonly<
  Record<string, ClauseFunction & Readonly<{ takes: readonly Type[] }>>
> = {
  size: { ...size, takes: ['string', 'list'] },
  int: { takes: ['int', 'double'], returns: 'int', apply: toInt },
  double: {
    takes: ['int', 'double'],
    returns: 'double',
    apply: (value: bigint | number) => Number(value),
  },
  string: {
    takes: ['string', 'bool', 'int', 'double'],
    returns: 'string',
    apply: (value: string | boolean | bigint | number) => textOf(value),
    units: () => 4,
    lengthOf: (length = 0) => Math.max(length, numberLengthMax),
  },
};

const textOf = (value: string | boolean | bigint | number): string => {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
};

const clock = (
  ofDate: (date: Date) => number,
  unit: 'h' | 'm' | 's' | 'ms' = 'ms',
): ClauseFunction => ({
  returns: 'int',
  apply: (value: Date | ClauseDuration) =>
    value instanceof ClauseDuration ? value.in(unit) : BigInt(ofDate(value)),
});

/** What may be called as `value.name(…)`, by the number of values in the parentheses. */
export const clauseMethods: Readonly<Record<string, ClauseFunction>> = {
  'size/0': size,
  'contains/1': {
    returns: 'bool',
    apply: (text: string, sought: string) => text.includes(sought),
    units: searching,
  },
  'startsWith/1': {
    returns: 'bool',
    apply: (text: string, sought: string) => text.startsWith(sought),
    units: sixteenth,
  },
  'endsWith/1': {
    returns: 'bool',
    apply: (text: string, sought: string) => text.endsWith(sought),
    units: sixteenth,
  },
  'indexOf/1': {
    returns: 'int',
    apply: (text: string, sought: string) => BigInt(text.indexOf(sought)),
    units: searching,
  },
  'lastIndexOf/1': {
    returns: 'int',
    apply: (text: string, sought: string) => BigInt(text.lastIndexOf(sought)),
    units: searching,
  },
  'substring/1': { returns: 'string', apply: substring, lengthOf: sameLength },
  'substring/2': { returns: 'string', apply: substring, lengthOf: sameLength },
  'lowerAscii/0': inCase((text) => text.toLowerCase()),
  'upperAscii/0': inCase((text) => text.toUpperCase()),
  'trim/0': {
    returns: 'string',
    apply: (text: string) => text.trim(),
    units: (length = 0) => length / 8,
    lengthOf: sameLength,
  },
  'getFullYear/0': clock((date) => date.getUTCFullYear()),
  'getMonth/0': clock((date) => date.getUTCMonth()),
  'getDate/0': clock((date) => date.getUTCDate()),
  'getDayOfMonth/0': clock((date) => date.getUTCDate() - 1),
  'getDayOfWeek/0': clock((date) => date.getUTCDay()),
  'getHours/0': clock((date) => date.getUTCHours(), 'h'),
  'getMinutes/0': clock((date) => date.getUTCMinutes(), 'm'),
  'getSeconds/0': clock((date) => date.getUTCSeconds(), 's'),
  'getMilliseconds/0': clock((date) => date.getUTCMilliseconds(), 'ms'),
};

/** One character may become three: ΐ in upper case. */
function inCase(convert: (text: string) => string): ClauseFunction {
  return {
    returns: 'string',
    apply: (text: string) => convert(text),
    units: sameLength,
    lengthOf: (length = 0) => 3 * length,
  };
}

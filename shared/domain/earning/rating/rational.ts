/** An exact fraction in lowest terms; the denominator is above zero. */
export type Rational = Readonly<{ num: bigint; den: bigint }>;

export const zero: Rational = { num: 0n, den: 1n };

/** Returns num/den in lowest terms; `den` must be above zero. */
export const rational = (num: bigint, den: bigint): Rational => {
  const divisor = greatestCommonDivisor(num < 0n ? -num : num, den);
  return { num: num / divisor, den: den / divisor };
};

/** Returns the exact sum. */
export const plus = (one: Rational, other: Rational): Rational =>
  rational(one.num * other.den + other.num * one.den, one.den * other.den);

/** Returns the exact product. */
export const times = (one: Rational, other: Rational): Rational =>
  rational(one.num * other.num, one.den * other.den);

/** Returns the whole part of a fraction that is not below zero. */
export const wholeOf = ({ num, den }: Rational): bigint => num / den;

/** Returns what the whole part leaves of a fraction that is not below zero. */
export const remainderOf = ({ num, den }: Rational): Rational => ({ num: num % den, den });

/** Writes a fraction as "num/den", the form that traces and states keep. */
export const fractionText = ({ num, den }: Rational): string => `${num}/${den}`;

const greatestCommonDivisor = (one: bigint, other: bigint): bigint => {
  let [larger, smaller] = [one, other];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
};

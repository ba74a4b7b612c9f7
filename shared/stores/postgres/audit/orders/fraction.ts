/** An exact fraction of the audit's own; the denominator is above zero. */
export type Fraction = Readonly<{ over: bigint; under: bigint }>;

export const nothing: Fraction = { over: 0n, under: 1n };

/** Multiplies a fraction by over/under. */
export const multiply = (fraction: Fraction, over: bigint, under: bigint): Fraction =>
  shorten({ over: fraction.over * over, under: fraction.under * under });

/** Adds two fractions. */
export const add = (one: Fraction, other: Fraction): Fraction =>
  shorten({
    over: one.over * other.under + other.over * one.under,
    under: one.under * other.under,
  });

/** Remainders are carried from order to order: unshortened, they would grow without end. */
const shorten = ({ over, under }: Fraction): Fraction => {
  const divisor = commonDivisor(over, under);
  return { over: over / divisor, under: under / divisor };
};

const commonDivisor = (one: bigint, other: bigint): bigint =>
  other === 0n ? one : commonDivisor(other, one % other);

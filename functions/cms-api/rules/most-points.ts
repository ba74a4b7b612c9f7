import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import type { EarningTerms, Promotion } from '#shared/domain/points/earning-rule.ts';

/** The largest multiplier that may be written down, in basis points: a hundredfold. */
export const multiplierBpMax = 1_000_000;

const onceBp = 10_000n;

/**
 * Returns the most points that one order could earn by these terms before caps: the largest order in the best band, at the
 * moment when the promotions multiply most, with the largest tier that any ladder may have. Never too few.
 */
export const mostPoints = ({
  rate,
  bands,
  promotions,
}: Pick<EarningTerms, 'rate' | 'bands' | 'promotions'>): bigint => {
  const bandBp = Math.max(Number(onceBp), ...(bands?.bands ?? []).map((band) => band.multiplierBp));
  const promoted = mostPromoted(promotions);
  const times = BigInt(bandBp) * BigInt(multiplierBpMax) * promoted.num;
  const num = BigInt(amountMinorMax) * BigInt(rate.points) * times;
  const den = BigInt(rate.perMinor) * onceBp * onceBp * promoted.den;
  // One more for what rounding and a remainder from before may add.
  return num / den + 1n;
};

type Fraction = Readonly<{ num: bigint; den: bigint }>;

/** The product of the promotions that apply together, where it is largest. That is always when one of them begins. */
const mostPromoted = (promotions: readonly Promotion[]): Fraction =>
  promotions
    .map(({ from }) => productAt(promotions, from))
    .reduce((most, other) => (other.num * most.den > most.num * other.den ? other : most), {
      num: 1n,
      den: 1n,
    });

const productAt = (promotions: readonly Promotion[], at: Date): Fraction =>
  promotions
    .filter(({ from, until, multiplierBp }) => from <= at && at < until && multiplierBp > onceBp)
    .reduce(
      ({ num, den }, { multiplierBp }) => ({ num: num * BigInt(multiplierBp), den: den * onceBp }),
      { num: 1n, den: 1n },
    );

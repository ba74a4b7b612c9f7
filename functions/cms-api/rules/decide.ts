import type {
  AmountBands,
  EarningTerms,
  Expiry,
  Promotion,
} from '#shared/domain/earning/rating/earning-rule.ts';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { crossChecked, firstRepeat, type Issue } from '../fields.ts';

/** Refuses bands that do not ascend. */
export const issuesOfBands = crossChecked<AmountBands>(({ bands }) =>
  bands.flatMap(({ fromMinor }, index) => {
    const before = bands[index - 1]?.fromMinor;
    return before === undefined || fromMinor > before
      ? []
      : [{ path: ['bands', index, 'fromMinor'], message: `must be above ${before}` }];
  }),
);

/** Refuses terms whose parts are valid separately but contradict each other. */
export const issuesOfTerms = crossChecked<EarningTerms>((terms) => [
  ...ofPromotions(terms),
  ...ofCaps(terms),
  ...ofDates(terms),
  ...ofSize(terms),
]);

const ofPromotions = ({ promotions }: EarningTerms): readonly Issue[] => {
  const repeat = firstRepeat(promotions.map(({ id }) => id));
  return [
    ...(repeat === undefined
      ? []
      : [{ path: ['promotions', repeat, 'id'], message: 'duplicates an earlier entry' }]),
    ...promotions.flatMap(({ from, until }, index) =>
      from < until
        ? []
        : [
            {
              path: ['promotions', index, 'until'],
              message: `must be after ${from.toISOString()}`,
            },
          ],
    ),
  ];
};

const ofCaps = ({ caps }: EarningTerms): readonly Issue[] => {
  const given = (['order', 'day', 'month'] as const).flatMap((span) => {
    const points = caps[span];
    return points === undefined ? [] : [{ span, points }];
  });
  return given.flatMap(({ span, points }, index) => {
    const smaller = given[index - 1];
    if (smaller === undefined || points >= smaller.points) return [];
    const message = `must be at least ${smaller.points}, the cap of the ${smaller.span}`;
    return [{ path: ['caps', span], message }];
  });
};

const ofDates = ({ pending, expiry }: EarningTerms): readonly Issue[] => {
  const lives = leastDays(expiry);
  if (pending.kind !== 'delay' || lives === undefined || pending.days < lives) return [];
  const message = `must be below ${lives}: with this expiry, the points of some orders expire after ${lives} days`;
  return [{ path: ['pending', 'days'], message }];
};

const daysMin = { month: 28, quarter: 90, year: 365 } as const;

/** The minimum number of days before points expire; undefined if they never do. */
const leastDays = (expiry: Expiry): number | undefined => {
  if (expiry.kind === 'none') return undefined;
  return expiry.kind === 'rolling' ? expiry.days : expiry.more * daysMin[expiry.period];
};

const ofSize = (terms: EarningTerms): readonly Issue[] => {
  const most = mostPoints(terms);
  if (most <= BigInt(Number.MAX_SAFE_INTEGER)) return [];
  const message =
    `must not let the largest order earn more than ${Number.MAX_SAFE_INTEGER} points; ` +
    `with all multipliers and the largest tier it could earn ${most}`;
  return [{ path: ['rate'], message }];
};

/** The largest multiplier that may be written down, in basis points: a hundredfold. */
export const multiplierBpMax = 1_000_000;

const onceBp = 10_000n;

/**
 * Returns the most points that one order could earn by these terms before caps: the largest order
 * in the best band, at the moment when the promotions multiply most, with the largest tier that any
 * ladder may have. Never too low.
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

/**
 * The product of the promotions that apply together, where it is largest. That is always when one
 * of them begins.
 */
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

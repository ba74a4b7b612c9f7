import type { AmountBands, EarningTerms, Expiry } from '#shared/domain/points/earning-rule.ts';
import { type Contradiction, firstRepeat, together } from '../fields.ts';
import { mostPoints } from './most-points.ts';

/** Refuses bands that do not ascend. */
export const misfitsOfBands = together<AmountBands>(({ bands }) =>
  bands.flatMap(({ fromMinor }, index) => {
    const before = bands[index - 1]?.fromMinor;
    return before === undefined || fromMinor > before
      ? []
      : [{ path: ['bands', index, 'fromMinor'], message: `must be above ${before}` }];
  }),
);

/** Refuses terms whose parts fit each by itself but not together. */
export const misfitsOfTerms = together<EarningTerms>((terms) => [
  ...ofPromotions(terms),
  ...ofCaps(terms),
  ...ofDates(terms),
  ...ofSize(terms),
]);

const ofPromotions = ({ promotions }: EarningTerms): readonly Contradiction[] => {
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

const ofCaps = ({ caps }: EarningTerms): readonly Contradiction[] => {
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

const ofDates = ({ pending, expiry }: EarningTerms): readonly Contradiction[] => {
  const lives = leastDays(expiry);
  if (pending.kind !== 'delay' || lives === undefined || pending.days < lives) return [];
  const message = `must be below ${lives}: by this expiry the points of some orders lapse after ${lives} days`;
  return [{ path: ['pending', 'days'], message }];
};

const daysMin = { month: 28, quarter: 90, year: 365 } as const;

/** How many days points live at least; points that never lapse have no number. */
const leastDays = (expiry: Expiry): number | undefined => {
  if (expiry.kind === 'none') return undefined;
  return expiry.kind === 'rolling' ? expiry.days : expiry.more * daysMin[expiry.period];
};

const ofSize = (terms: EarningTerms): readonly Contradiction[] => {
  const most = mostPoints(terms);
  if (most <= BigInt(Number.MAX_SAFE_INTEGER)) return [];
  const message =
    `must not let the largest order earn more than ${Number.MAX_SAFE_INTEGER} points; ` +
    `with all multipliers and the largest tier it could earn ${most}`;
  return [{ path: ['rate'], message }];
};

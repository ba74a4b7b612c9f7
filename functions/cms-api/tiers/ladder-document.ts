import { z } from 'zod';
import type { Tier, TierLadder } from '#shared/domain/points/tier-ladder.ts';
import { currencyCode } from '#shared/eventing/contracts/fields.ts';
import {
  byKind,
  type Contradiction,
  firstRepeat,
  label,
  listOf,
  oneOf,
  strict,
  together,
  whole,
} from '../fields.ts';
import { multiplierBp } from '../rules/rule-document.ts';

const tier = strict({
  name: label(64),
  threshold: whole(1).describe('The tier is held from this value of the metric on'),
  multiplierBp,
});

const contradictionsOf = (tiers: readonly Tier[]): readonly Contradiction[] => {
  const repeat = firstRepeat(tiers.map(({ name }) => name));
  return [
    ...tiers.flatMap(({ threshold }, index) => {
      const before = tiers[index - 1]?.threshold;
      return before === undefined || threshold > before
        ? []
        : [{ path: [index, 'threshold'], message: `must be above ${before}` }];
    }),
    ...(repeat === undefined ? [] : [{ path: [repeat, 'name'], message: 'stands above already' }]),
  ];
};

const tiers = listOf(tier, { atLeast: 1, atMost: 20 })
  .check(together(contradictionsOf))
  .describe('Ascending by threshold; below the first there is no tier, and the multiplier is 1');

/** What a ladder of tiers says, as it is saved and shown. Its output is stored as it is. */
export const ladderTerms = strict({
  metric: oneOf('earned', 'spend').describe(
    'Points earned, or minor units spent on orders in the currency; both net of refunds',
  ),
  currency: currencyCode.describe('The currency whose orders count as spend'),
  window: byKind('lifetime, rolling or calendar-year', [
    strict({ kind: z.literal('lifetime') }),
    strict({
      kind: z.literal('rolling'),
      days: whole(1, 366).describe('Today and the local days before, so many together'),
    }),
    strict({ kind: z.literal('calendar-year') }),
  ]).describe('Over which orders the metric counts'),
  tiers,
  graceDays: whole(0, 3_650).describe(
    'For so many local days who is below the threshold keeps the tier',
  ),
  downgrade: oneOf('never', 'one-level', 'to-metric').describe(
    'How one falls: never, by one level at a time, or to the tier that the metric deserves',
  ),
  noticeDays: whole(0, 365).describe('How many days before a fall the customer is told'),
}).meta({ id: 'TierTerms' }) satisfies z.ZodType<Omit<TierLadder, 'version' | 'validFrom'>>;

/** The body that makes a new version of a program's tiers. */
export const newLadder = strict({ terms: ladderTerms }).meta({ id: 'NewTiers' });

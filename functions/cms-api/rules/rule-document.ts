import { z } from 'zod';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { type EarningTerms, plainTerms } from '#shared/domain/points/earning-rule.ts';
import { currencyCode, identifier } from '#shared/eventing/contracts/fields.ts';
import { byKind, listOf, oneOf, slug, someInstant, strict, whole } from '../fields.ts';
import { misfitsOfBands, misfitsOfTerms } from './misfits.ts';
import { multiplierBpMax } from './most-points.ts';

/** A multiplier as documents write it. */
export const multiplierBp = whole(1, multiplierBpMax).describe(
  'In basis points: 10000 changes nothing, 15000 is one and a half',
);

const rate = strict({
  points: whole(1, 1_000_000_000),
  perMinor: whole(1, amountMinorMax).describe('10000 paise are ₹100'),
}).describe('So many points for so many minor units, exactly');

const band = strict({
  fromMinor: whole(1, amountMinorMax).describe('The amount in minor units where the band begins'),
  multiplierBp,
});

const bands = strict({
  mode: oneOf('marginal', 'whole').describe(
    'marginal: each part of the amount has the multiplier of its own band; whole: all of it has that of the band it reaches',
  ),
  bands: listOf(band, { atLeast: 1, atMost: 50 }).describe('Ascending by fromMinor'),
})
  .check(misfitsOfBands)
  .describe('Multipliers by the amount of one order; below the first band it is 1');

const promotion = strict({
  id: slug,
  from: someInstant,
  until: someInstant.describe('Orders placed from here on are too late'),
  multiplierBp,
  cohort: slug.optional().describe('Only for the members of this cohort'),
});

const cap = whole(1).optional();

const caps = strict({
  order: cap,
  day: cap.describe("Of a day in the tenant's time zone"),
  month: cap.describe("Of a month in the tenant's time zone"),
}).describe('The most points that one customer may earn, from the smaller span to the larger');

const pending = byKind('none, delay or event', [
  strict({ kind: z.literal('none') }),
  strict({
    kind: z.literal('delay'),
    days: whole(1, 3_650).describe('Of 24 hours, counted from the order'),
  }),
  strict({
    kind: z.literal('event'),
    name: identifier.describe('The progress of the order that must be reported, such as delivered'),
  }),
]).describe(
  'When points can be used: at once, after some days, or when something happens to the order',
);

const expiry = byKind('none, rolling or calendar', [
  strict({ kind: z.literal('none') }),
  strict({
    kind: z.literal('rolling'),
    days: whole(1, 36_500).describe(
      'Points lapse at the end of the local day so many days after the order',
    ),
  }),
  strict({
    kind: z.literal('calendar'),
    period: oneOf('month', 'quarter', 'year'),
    more: whole(0, 100).describe('How many periods after the one of the order; 0 is its own end'),
  }),
]).describe('When points lapse');

/** What an earning rule says, as it is saved and shown. Its output is stored as it is. */
export const ruleTerms = strict({
  rate,
  rounding: oneOf('floor', 'half-up', 'carry')
    .default(plainTerms.rounding)
    .describe("carry keeps the fraction of a point for the customer's next order"),
  bands: bands.optional(),
  promotions: listOf(promotion, { atMost: 100 })
    .default([])
    .describe('More points for orders placed within [from, until); those that overlap multiply'),
  caps: caps.default({}),
  pending: pending.default(plainTerms.pending),
  expiry: expiry.default(plainTerms.expiry),
  refundPolicy: oneOf('unlimited', 'within-balance', 'only-pending')
    .default(plainTerms.refundPolicy)
    .describe(
      'What a refund does about points that were spent: the balance goes below zero; what it does not hold is written off; or all but pending points is written off',
    ),
})
  .check(misfitsOfTerms)
  .meta({ id: 'RuleTerms' });

/** The body that makes a new version of an earning rule. */
export const newRule = strict({
  currency: currencyCode.describe('The currency of the orders that it pays'),
  terms: ruleTerms,
}).meta({ id: 'NewRule' });

/** Shows terms as they were saved. */
export const shownTerms = ({ bands, ...terms }: EarningTerms): z.input<typeof ruleTerms> => ({
  ...terms,
  ...(bands && { bands: { ...bands, bands: [...bands.bands] } }),
  promotions: terms.promotions.map(({ from, until, ...rest }) => ({
    ...rest,
    from: from.toISOString(),
    until: until.toISOString(),
  })),
});

import { z } from 'zod';
import { type EarningTerms, plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { amountMinorMax } from '#shared/domain/money/minor-units.ts';
import { currencyCode, identifier, slug } from '#shared/eventing/contracts/fields.ts';
import { shownInstant, strict, whole } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { StoredVersion } from '#shared/stores/postgres/tenants/stored-version.ts';
import { byKind, listOf, oneOf, someInstant } from '../fields.ts';
import { showVersion, versionFields } from '../versions/document.ts';
import { issuesOfBands, issuesOfTerms, multiplierBpMax } from './decide.ts';

/** A multiplier as documents write it. */
export const multiplierBp = whole(1, multiplierBpMax).describe(
  'Multiplier in basis points: 10000 = 1×, 15000 = 1.5×',
);

const rate = strict({
  points: whole(1, 1_000_000_000),
  perMinor: whole(1, amountMinorMax).describe('10000 paise are ₹100'),
}).describe('Points per number of minor units, exact');

const band = strict({
  fromMinor: whole(1, amountMinorMax).describe('Start of the band in minor units'),
  multiplierBp,
});

const bands = strict({
  mode: oneOf('marginal', 'whole').describe(
    "marginal: each part of the amount gets its own band's multiplier; whole: the whole amount gets the multiplier of the band it reaches",
  ),
  bands: listOf(band, { atLeast: 1, atMost: 50 }).describe('Ascending by fromMinor'),
})
  .check(issuesOfBands)
  .describe('Multipliers by order amount; 1 below the first band');

const promotion = strict({
  id: slug,
  from: someInstant,
  until: someInstant.describe('End (exclusive), by the time the order was placed'),
  multiplierBp,
  cohort: slug.optional().describe('Only for members of this cohort'),
});

const cap = whole(1).optional();

const caps = strict({
  order: cap,
  day: cap.describe("Per day in the tenant's time zone"),
  month: cap.describe("Per month in the tenant's time zone"),
}).describe('Maximum points per customer, from the shortest period to the longest');

const pending = byKind('none, delay or event', [
  strict({ kind: z.literal('none') }),
  strict({
    kind: z.literal('delay'),
    days: whole(1, 3_650).describe('Days of 24 hours after the order'),
  }),
  strict({
    kind: z.literal('event'),
    name: identifier.describe('Order progress to wait for, such as delivered'),
  }),
]).describe(
  'When points become usable: at once, after a number of days, or after progress of the order',
);

const expiry = byKind('none, rolling or calendar', [
  strict({ kind: z.literal('none') }),
  strict({
    kind: z.literal('rolling'),
    days: whole(1, 36_500).describe(
      'Points expire at the end of the local day this many days after the order',
    ),
  }),
  strict({
    kind: z.literal('calendar'),
    period: oneOf('month', 'quarter', 'year'),
    more: whole(0, 100).describe(
      "Number of periods after the order's; 0 is the end of its own period",
    ),
  }),
]).describe('When points expire');

/** The document of an earning rule, as it is saved and shown. Its output is stored as it is. */
export const ruleTerms = strict({
  rate,
  rounding: oneOf('floor', 'half-up', 'carry')
    .default(plainTerms.rounding)
    .describe("carry adds the fraction of a point to the customer's next order"),
  bands: bands.optional(),
  promotions: listOf(promotion, { atMost: 100 })
    .default([])
    .describe('Multiplier for orders placed within [from, until). Overlapping promotions multiply'),
  caps: caps.default({}),
  pending: pending.default(plainTerms.pending),
  expiry: expiry.default(plainTerms.expiry),
  refundPolicy: oneOf('unlimited', 'within-balance', 'only-pending')
    .default(plainTerms.refundPolicy)
    .describe(
      'What happens to points that were already spent when an order is refunded: the balance goes negative, the missing points are written off, or only pending points are debited',
    ),
})
  .check(issuesOfTerms)
  .meta({ id: 'RuleTerms' });

/** The body that makes a new version of an earning rule. */
export const newRule = strict({
  currency: currencyCode.describe('Currency of the orders that it applies to'),
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

/** A version of an earning rule. */
export const ruleAnswer = z
  .object({
    ...versionFields,
    validUntil: shownInstant
      .nullable()
      .describe('Does not apply to orders placed at or after this time'),
    currency: z.string(),
    terms: ruleTerms,
  })
  .meta({ id: 'Rule' });

/** A page of rule versions. */
export const rulesAnswer = z
  .object({ rules: z.array(ruleAnswer), nextCursor })
  .meta({ id: 'Rules' });

/** Shows a rule version as of an instant. */
export const showRule = (
  stored: StoredVersion<EarningTerms>,
  now: Date,
): z.input<typeof ruleAnswer> => ({
  ...showVersion(stored, now),
  validUntil: stored.validUntil?.toISOString() ?? null,
  currency: stored.currency ?? '',
  terms: shownTerms(stored.terms),
});

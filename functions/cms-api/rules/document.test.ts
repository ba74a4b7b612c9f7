import { describe, expect, it } from 'vitest';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { newRule, shownTerms } from './document.ts';

const rate = { points: 1, perMinor: 10_000 };

const full = {
  rate,
  rounding: 'carry',
  bands: {
    mode: 'marginal',
    bands: [
      { fromMinor: 500_000, multiplierBp: 15_000 },
      { fromMinor: 900_000, multiplierBp: 20_000 },
    ],
  },
  promotions: [
    {
      id: 'diwali',
      from: '2026-11-08T00:00:00+05:30',
      until: '2026-11-10T00:00:00+05:30',
      multiplierBp: 20_000,
      cohort: 'vip',
    },
  ],
  caps: { order: 500, day: 1_000, month: 5_000 },
  pending: { kind: 'delay', days: 14 },
  expiry: { kind: 'calendar', period: 'quarter', more: 3 },
  refundPolicy: 'only-pending',
};

/** The defects of terms, each with its path. */
const issues = (terms: unknown, rest: object = { currency: 'INR' }): readonly string[] =>
  (newRule.safeParse({ ...rest, terms }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('newRule', () => {
  it('accepts terms with every part, and shows them as they were saved', () => {
    const { terms } = newRule.parse({ currency: 'INR', terms: full });
    expect(shownTerms(terms)).toEqual({
      ...full,
      promotions: [
        {
          ...full.promotions[0],
          from: '2026-11-07T18:30:00.000Z',
          until: '2026-11-09T18:30:00.000Z',
        },
      ],
    });
  });

  it('turns a rate alone into the plain terms', () => {
    expect(newRule.parse({ currency: 'INR', terms: { rate } }).terms).toEqual({
      ...plainTerms,
      rate,
    });
  });

  it('accepts the smallest and the largest of every value', () => {
    const largest = { fromMinor: 1_000_000_000_000, multiplierBp: 10_000 };
    expect(
      issues({
        rate: { points: 1, perMinor: 1_000_000_000_000 },
        bands: { mode: 'whole', bands: [{ fromMinor: 1, multiplierBp: 1_000_000 }, largest] },
        caps: { order: 1, day: 1, month: 1 },
        pending: { kind: 'delay', days: 1 },
        expiry: { kind: 'rolling', days: 2 },
      }),
    ).toEqual([]);
  });

  const promotion = (change: object) => ({ promotions: [{ ...full.promotions[0], ...change }] });
  const [diwali] = full.promotions;
  const bp = 'must be a whole number from 1 to 1000000';

  it.each<[what: string, change: object, misfit: string]>([
    ['no rate', { rate: undefined }, 'terms.rate: is missing'],
    ['a rate that is a number', { rate: 5 }, 'terms.rate: must be an object'],
    [
      'no points',
      { rate: { ...rate, points: 0 } },
      'terms.rate.points: must be a whole number from 1 to 1000000000',
    ],
    [
      'half points',
      { rate: { ...rate, points: 0.5 } },
      'terms.rate.points: must be a whole number from 1 to 1000000000',
    ],
    [
      'points in text',
      { rate: { ...rate, points: '1' } },
      'terms.rate.points: must be a whole number from 1 to 1000000000',
    ],
    [
      'a rate per nothing',
      { rate: { ...rate, perMinor: 0 } },
      'terms.rate.perMinor: must be a whole number from 1 to 1000000000000',
    ],
    ['a rate without perMinor', { rate: { points: 1 } }, 'terms.rate.perMinor: is missing'],
    ['another rounding', { rounding: 'up' }, 'terms.rounding: must be floor, half-up or carry'],
    [
      'another mode of bands',
      { bands: { ...full.bands, mode: 'all' } },
      'terms.bands.mode: must be marginal or whole',
    ],
    [
      'no bands in bands',
      { bands: { ...full.bands, bands: [] } },
      'terms.bands.bands: must be a list of 1 to 50',
    ],
    [
      'bands that stand still',
      { bands: { mode: 'whole', bands: [full.bands.bands[0], full.bands.bands[0]] } },
      'terms.bands.bands.1.fromMinor: must be above 500000',
    ],
    [
      'bands that descend',
      { bands: { mode: 'whole', bands: full.bands.bands.toReversed() } },
      'terms.bands.bands.1.fromMinor: must be above 900000',
    ],
    [
      'a band from nothing',
      { bands: { mode: 'whole', bands: [{ fromMinor: 0, multiplierBp: 1 }] } },
      'terms.bands.bands.0.fromMinor: must be a whole number from 1 to 1000000000000',
    ],
    [
      'a band that takes all',
      { bands: { mode: 'whole', bands: [{ fromMinor: 1, multiplierBp: 0 }] } },
      `terms.bands.bands.0.multiplierBp: ${bp}`,
    ],
    [
      'a promotion beyond a hundredfold',
      promotion({ multiplierBp: 1_000_001 }),
      `terms.promotions.0.multiplierBp: ${bp}`,
    ],
    [
      'a promotion that ends as it begins',
      promotion({ until: diwali?.from }),
      'terms.promotions.0.until: must be after 2026-11-07T18:30:00.000Z',
    ],
    [
      'two promotions of one name',
      { promotions: [diwali, diwali] },
      'terms.promotions.1.id: duplicates an earlier entry',
    ],
    [
      'a promotion without a zone',
      promotion({ from: '2026-11-08T00:00:00' }),
      'terms.promotions.0.from: must be an ISO 8601 instant with its offset',
    ],
    [
      'a promotion on no day',
      promotion({ from: '2026-02-30T00:00:00Z' }),
      'terms.promotions.0.from: must be an ISO 8601 instant with its offset',
    ],
    [
      'a promotion of the year 0',
      promotion({ from: '0000-01-01T00:00:00Z' }),
      'terms.promotions.0.from: must be from 1970 to 2999',
    ],
    [
      'a promotion for ever',
      promotion({ until: '9999-12-31T23:59:59-05:00' }),
      'terms.promotions.0.until: must be from 1970 to 2999',
    ],
    [
      'a promotion with a blank name',
      promotion({ id: 'big sale' }),
      'terms.promotions.0.id: must be lower-case letters, digits and dashes, at most 63',
    ],
    [
      'a promotion for a cohort that cannot be',
      promotion({ cohort: 'VIP' }),
      'terms.promotions.0.cohort: must be lower-case letters, digits and dashes, at most 63',
    ],
    [
      'too many promotions',
      { promotions: Array.from({ length: 101 }, (_, index) => ({ ...diwali, id: `p-${index}` })) },
      'terms.promotions: must be a list of 0 to 100',
    ],
    [
      'a cap of nothing',
      { caps: { order: 0 } },
      'terms.caps.order: must be a whole number of at least 1',
    ],
    [
      'a day below an order',
      { caps: { order: 10, day: 9 } },
      'terms.caps.day: must be at least 10, the cap of the order',
    ],
    [
      'a month below a day',
      { caps: { day: 10, month: 9 } },
      'terms.caps.month: must be at least 10, the cap of the day',
    ],
    [
      'a month below an order',
      { caps: { order: 10, month: 9 } },
      'terms.caps.month: must be at least 10, the cap of the order',
    ],
    [
      'another way to wait',
      { pending: { kind: 'later' } },
      'terms.pending.kind: must be none, delay or event',
    ],
    [
      'a delay of no days',
      { pending: { kind: 'delay', days: 0 } },
      'terms.pending.days: must be a whole number from 1 to 3650',
    ],
    ['an event without a name', { pending: { kind: 'event' } }, 'terms.pending.name: is missing'],
    [
      'an event with blanks',
      { pending: { kind: 'event', name: 'was delivered' } },
      'terms.pending.name: must be 1 to 128 printable ASCII characters without spaces',
    ],
    [
      'another expiry',
      { expiry: { kind: 'soon' } },
      'terms.expiry.kind: must be none, rolling or calendar',
    ],
    ['an expiry in text', { expiry: 'none' }, 'terms.expiry: must be an object'],
    [
      'an expiry at once',
      { expiry: { kind: 'rolling', days: 0 } },
      'terms.expiry.days: must be a whole number from 1 to 36500',
    ],
    [
      'a period that calendars lack',
      { expiry: { kind: 'calendar', period: 'week', more: 0 } },
      'terms.expiry.period: must be month, quarter or year',
    ],
    [
      'a period less',
      { expiry: { kind: 'calendar', period: 'year', more: -1 } },
      'terms.expiry.more: must be a whole number from 0 to 100',
    ],
    [
      'another refund policy',
      { refundPolicy: 'none' },
      'terms.refundPolicy: must be unlimited, within-balance or only-pending',
    ],
    ['a field that there is not', { roundign: 'floor' }, 'terms: has no field roundign'],
    ['a field that there is not, deep', { caps: { week: 1 } }, 'terms.caps: has no field week'],
    [
      'a field of another kind',
      { pending: { kind: 'none', days: 1 } },
      'terms.pending: has no field days',
    ],
  ])('refuses %s, with its path', (_what, change, issue) => {
    expect(issues({ ...full, ...change })).toEqual([issue]);
  });

  it.each([
    [{ kind: 'rolling', days: 14 }, 14],
    [{ kind: 'calendar', period: 'month', more: 0 }, 0],
    [{ kind: 'calendar', period: 'quarter', more: 0 }, 0],
  ])('refuses points that expire by %j before they become usable', (expiry, days) => {
    expect(issues({ rate, pending: { kind: 'delay', days: 14 }, expiry })).toEqual([
      `terms.pending.days: must be below ${days}: with this expiry, the points of some orders expire after ${days} days`,
    ]);
  });

  it('refuses an unknown currency, additional fields, and missing terms', () => {
    expect(issues(full, { currency: 'rupees' })).toEqual([
      'currency: must be an ISO 4217 code such as INR',
    ]);
    expect(issues(full, { currency: 'INR', version: 3 })).toEqual([': has no field version']);
    expect(issues(undefined)).toEqual(['terms: is missing']);
  });

  it('refuses what could earn more points than a number can represent exactly', () => {
    const rich = { rate: { points: 91, perMinor: 1 } };
    expect(issues(rich)).toEqual([
      'terms.rate: must not let the largest order earn more than 9007199254740991 points; ' +
        'with all multipliers and the largest tier it could earn 9100000000000001',
    ]);
    expect(issues({ rate: { points: 90, perMinor: 1 } })).toEqual([]);
  });
});

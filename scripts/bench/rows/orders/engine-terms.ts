import { withSql } from '#scripts/platform/with-sql.ts';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';

const terms = {
  ...plainTerms,
  rate: { points: 1, perMinor: 10_000 },
  rounding: 'carry',
  bands: {
    mode: 'marginal',
    bands: [
      { fromMinor: 100_000, multiplierBp: 12_500 },
      { fromMinor: 500_000, multiplierBp: 15_000 },
    ],
  },
  promotions: [
    {
      id: 'new-year',
      from: '2025-12-01T00:00:00Z',
      until: '2027-01-01T00:00:00Z',
      multiplierBp: 20_000,
    },
  ],
  caps: { order: 5_000, day: 20_000, month: 100_000 },
  expiry: { kind: 'rolling', days: 365 },
};

const tiers = {
  metric: 'earned',
  currency: 'INR',
  window: { kind: 'rolling', days: 90 },
  tiers: [
    { name: 'silver', threshold: 100, multiplierBp: 11_000 },
    { name: 'gold', threshold: 500, multiplierBp: 12_500 },
    { name: 'platinum', threshold: 2_000, multiplierBp: 15_000 },
  ],
  graceDays: 7,
  downgrade: 'one-level',
  noticeDays: 14,
};

/** The rule version for earlier orders: the plain rule, with expiry. */
export const pastRule = {
  version: 2,
  terms: { ...plainTerms, rate: terms.rate, expiry: terms.expiry },
};

/** Gives the default tenant's program terms of every kind for orders from an instant on. */
export const turnEverythingOn = (databaseUrl: string, from = '1990-01-01'): Promise<void> =>
  withSql(databaseUrl, async (sql) => {
    await sql`
    insert into earning_rules (tenant_id, program, version, currency, terms, valid_from) values
    ('default', 'points', ${pastRule.version}, 'INR', ${JSON.stringify(pastRule.terms)}::text::jsonb, '1980-01-01'),
    ('default', 'points', 3, 'INR', ${JSON.stringify(terms)}::text::jsonb, ${from})`;
    await sql`
    insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
    values ('default', 'points', 1, ${JSON.stringify(tiers)}::text::jsonb, ${from}, 'bench')`;
  });

import type { EarningOrder } from '#shared/domain/earning/earning-order.ts';
import { mainProgram, type Program } from '#shared/domain/earning/program.ts';
import { type EarningRule, plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';

/** One point per ₹100 since ever, with what a test changes. */
export const earningRule = (terms: Partial<EarningRule> = {}): EarningRule => ({
  ...plainTerms,
  version: 1,
  currency: 'INR',
  validFrom: new Date(0),
  rate: { points: 1, perMinor: 10_000 },
  ...terms,
});

/**
 * Silver from 100 and Gold from 300 points ever earned, which double and triple points, with what a
 * test changes.
 */
export const tierLadder = (terms: Partial<TierLadder> = {}): TierLadder => ({
  version: 1,
  validFrom: new Date(0),
  metric: 'earned',
  currency: 'INR',
  window: { kind: 'lifetime' },
  tiers: [
    { name: 'Silver', threshold: 100, multiplierBp: 20_000 },
    { name: 'Gold', threshold: 300, multiplierBp: 30_000 },
  ],
  graceDays: 0,
  downgrade: 'to-metric',
  noticeDays: 0,
  ...terms,
});

/** The terms of a ladder with Gold from 100 points ever earned, which is never lost. */
export const goldTerms = {
  metric: 'earned',
  currency: 'INR',
  window: { kind: 'lifetime' },
  tiers: [{ name: 'Gold', threshold: 100, multiplierBp: 15_000 }],
  graceDays: 0,
  downgrade: 'never',
  noticeDays: 0,
} as const;

/** The document of a rule of one point per ₹100, as cms-api takes it. */
export const newRule = { currency: 'INR', terms: { rate: { points: 1, perMinor: 10_000 } } };

/** A program of rules and ladders. */
export const earningProgram = (
  rules: readonly EarningRule[] = [earningRule()],
  ladders: readonly TierLadder[] = [],
): Program => ({ program: mainProgram, unit: 'POINTS', rules, ladders });

/** An order of ₹100 at noon UTC of a day in 2026, with what a test changes. */
export const earningOrder = (fields: Partial<EarningOrder> = {}): EarningOrder => ({
  orderId: 'o-1',
  placedAt: new Date('2026-06-01T12:00:00Z'),
  amountMinor: 10_000,
  currency: 'INR',
  cohorts: [],
  ...fields,
});

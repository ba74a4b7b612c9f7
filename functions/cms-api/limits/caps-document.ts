import { z } from 'zod';
import type { AmountCaps, Caps } from '#shared/domain/limits/caps.ts';
import { rewardCurrency } from '#shared/eventing/contracts/reward-fields.ts';
import { type Contradiction, strict, together, whole } from '../fields.ts';

/** Caps as documents write them, each of them at least `least`. */
export const capsDocument = (least: 0 | 1) => {
  const cap = whole(least).optional();
  const amounts = z.record(
    rewardCurrency,
    strict({
      maxPerDay: cap.describe('Maximum amount per local day of the tenant'),
      maxTotal: cap.describe('Maximum amount in all, or in any window of windowDays'),
    }),
    {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'must be POINTS or an ISO 4217 code such as INR'
          : 'must be an object',
    },
  );
  return strict({
    maxPerDay: cap.describe('Maximum incentives per local day of the tenant'),
    maxTotal: cap.describe('Maximum incentives in all, or in any window of windowDays'),
    windowDays: whole(1, 366)
      .optional()
      .describe(
        'maxTotal applies to any sliding window of this many local days. Defaults to all time',
      ),
    amounts: amounts.optional().describe('Caps by unit: points, or minor units of a currency'),
  })
    .check(together(misfitsOfCaps))
    .meta({ id: least === 0 ? 'Caps' : 'CampaignCaps' });
};

/** Caps of which one makes another pointless. */
const misfitsOfCaps = (caps: Caps): readonly Contradiction[] => {
  const measures: readonly Readonly<{ path: string[]; caps: AmountCaps }>[] = [
    { path: [], caps },
    ...Object.entries(caps.amounts ?? {}).map(([unit, amounts]) => ({
      path: ['amounts', unit],
      caps: amounts,
    })),
  ];
  const isOpen = measures.every((measure) => measure.caps.maxTotal === undefined);
  return [
    ...(caps.windowDays !== undefined && isOpen
      ? [{ path: ['windowDays'], message: 'requires a maxTotal' }]
      : []),
    ...measures.flatMap(({ path, caps: { maxPerDay, maxTotal } }) =>
      maxPerDay === undefined || maxTotal === undefined || maxPerDay <= maxTotal
        ? []
        : [{ path: [...path, 'maxPerDay'], message: `must be at most ${maxTotal}, the maxTotal` }],
    ),
  ];
};

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
      maxPerDay: cap.describe('By amount, on one local day of the tenant'),
      maxTotal: cap.describe('By amount, in all or within any windowDays in a row'),
    }),
    {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'must be POINTS or an ISO 4217 code such as INR'
          : 'must be an object',
    },
  );
  return strict({
    maxPerDay: cap.describe('Incentives on one local day of the tenant'),
    maxTotal: cap.describe('Incentives in all, or within any windowDays in a row'),
    windowDays: whole(1, 366)
      .optional()
      .describe('maxTotal holds for any so many local days in a row; for all days when left out'),
    amounts: amounts
      .optional()
      .describe('The same by unit: in points, or in minor units of the currency'),
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
      ? [{ path: ['windowDays'], message: 'says nothing without a maxTotal' }]
      : []),
    ...measures.flatMap(({ path, caps: { maxPerDay, maxTotal } }) =>
      maxPerDay === undefined || maxTotal === undefined || maxPerDay <= maxTotal
        ? []
        : [{ path: [...path, 'maxPerDay'], message: `must be at most ${maxTotal}, the maxTotal` }],
    ),
  ];
};

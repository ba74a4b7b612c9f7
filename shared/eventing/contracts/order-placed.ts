import { z } from 'zod';
import { amountMinorMax, toMinorUnits } from '#shared/domain/money/minor-units.ts';
import { defineContract } from '../contract.ts';
import { currencyCode, identifier, instant, tenantIdentifier } from './fields.ts';

const fields = z.object({
  orderId: identifier.describe(
    'Unique within the tenant; the same id with another content is refused',
  ),
  customerId: identifier,
  amount: z
    .union([z.string(), z.number()], { error: 'must be a decimal string or a number' })
    .optional()
    .describe('Decimal amount with at most 2 places, such as "1250.50"; or give amountMinor'),
  amountMinor: z
    .int({ error: 'must be a whole number of minor units' })
    .optional()
    .describe('Amount in minor units, such as 125050 paise; or give amount'),
  currency: currencyCode.default('INR'),
  placedAt: instant
    .optional()
    .describe('When the order was placed; the time of the record when left out'),
  tenantId: tenantIdentifier.default('default'),
});

/** An order as a shop or till writes it to `orders`: plain JSON is enough. Fields not named here are left alone. */
export const OrderPlaced = defineContract({
  type: 'guerdon.order.placed.v1',
  topic: 'orders',
  summary: 'A customer placed an order.',
  schema: fields.transform(({ amount, amountMinor, ...order }, context) => {
    const minor = chooseAmount({ amount, amountMinor, currency: order.currency });
    if (typeof minor === 'number') return { ...order, amountMinor: minor };
    context.addIssue({ code: 'custom', path: ['amount'], message: minor });
    return z.NEVER;
  }),
  example: {
    orderId: 'o-500017',
    customerId: 'c-1007',
    amount: '1250.50',
    currency: 'INR',
    placedAt: '2026-11-21T15:45:00+05:30',
    tenantId: 'default',
  },
});

/** An order that fits the contract; its amount is in minor units. */
export type Order = z.output<typeof OrderPlaced.schema>;

type Amounts = Readonly<{
  amount: string | number | undefined;
  amountMinor: number | undefined;
  currency: string;
}>;

/** @returns the amount in minor units, or what is wrong with it. */
const chooseAmount = ({ amount, amountMinor, currency }: Amounts): number | string => {
  if (amount === undefined) return amountMinor === undefined ? 'is missing' : inRange(amountMinor);
  const minor = toMinorUnits(amount, currency);
  if (typeof minor === 'string') return minor;
  if (amountMinor !== undefined && minor !== amountMinor) {
    return `and amountMinor disagree: ${amount} is not ${amountMinor} minor units`;
  }
  return inRange(minor);
};

const inRange = (minor: number): number | string => {
  if (minor <= 0) return `must be positive, got ${minor} minor units`;
  if (minor > amountMinorMax) return `must be at most ${amountMinorMax} minor units, got ${minor}`;
  return minor;
};

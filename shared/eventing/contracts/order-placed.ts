import { z } from 'zod';
import { defineContract } from '../contract.ts';
import {
  amountFields,
  currencyCode,
  identifier,
  instant,
  minorOf,
  tenantIdentifier,
} from './fields.ts';

const fields = z.object({
  orderId: identifier.describe(
    'Unique within the tenant; the same id with another content is refused',
  ),
  customerId: identifier,
  ...amountFields,
  currency: currencyCode.optional().describe('The currency of the tenant when left out'),
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
    const minor = minorOf({ amount, amountMinor, currency: order.currency }) ?? 'is missing';
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

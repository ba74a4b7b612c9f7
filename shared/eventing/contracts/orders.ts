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

const orderFields = z.object({
  orderId: identifier.describe(
    'Unique within the tenant; the same id with different content is refused',
  ),
  customerId: identifier,
  ...amountFields,
  currency: currencyCode.optional().describe('Defaults to the currency of the tenant'),
  placedAt: instant
    .optional()
    .describe('When the order was placed. Defaults to the time of the record'),
  tenantId: tenantIdentifier.default('default'),
});

/**
 * An order as a shop or till writes it to `orders`: plain JSON is enough. Fields not named here are
 * left alone.
 */
export const OrderPlaced = defineContract({
  type: 'guerdon.order.placed.v1',
  topic: 'orders',
  summary: 'A customer placed an order.',
  schema: orderFields.transform(({ amount, amountMinor, ...order }, context) => {
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

const line = z.object({
  lineId: identifier.describe('Each line of an order can be refunded once'),
  ...amountFields,
});

const refundFields = z.object({
  refundId: identifier.describe('Unique within the tenant; the same id again changes nothing'),
  orderId: identifier,
  ...amountFields,
  lines: z
    .array(line)
    .min(1, 'must name at least one line')
    .max(1_000)
    .optional()
    .describe('Refunded lines with their amounts. Alternative to an amount'),
  currency: currencyCode.optional().describe('Defaults to the currency of the order'),
  refundedAt: instant.optional().describe('Defaults to the time of the record'),
  tenantId: tenantIdentifier.default('default'),
});

/**
 * An order was refunded: by an amount, by lines, or whatever is left of it where it names neither.
 * On `orders`, plain JSON with a `refundId` is enough. A refund that comes before its order waits
 * for it.
 */
export const OrderRefunded = defineContract({
  type: 'guerdon.order.refunded.v1',
  topic: 'orders',
  summary: 'An order was refunded, in full or in part.',
  plainWith: 'refundId',
  schema: refundFields.transform(({ amount, amountMinor, lines, ...refund }, context) => {
    const { currency } = refund;
    const asked =
      lines === undefined
        ? wholeAmount({ amount, amountMinor, currency })
        : lineAmounts(lines, { isAlone: (amount ?? amountMinor) === undefined, currency });
    if ('defect' in asked) {
      context.addIssue({ code: 'custom', path: asked.at, message: asked.defect });
      return z.NEVER;
    }
    return { ...refund, ...asked };
  }),
  example: {
    refundId: 'r-77',
    orderId: 'o-500017',
    amount: '250.50',
    currency: 'INR',
    refundedAt: '2026-11-23T10:00:00+05:30',
    tenantId: 'default',
  },
});

/**
 * A refund that fits the contract; without `amountMinor`, all that is left of the order is
 * refunded.
 */
export type Refund = z.output<typeof OrderRefunded.schema>;

type Asked = Readonly<
  | { amountMinor?: number | undefined; lines?: readonly string[] | undefined }
  | { at: string[]; defect: string }
>;

const wholeAmount = (amounts: Parameters<typeof minorOf>[0]): Asked => {
  const amountMinor = minorOf(amounts);
  return typeof amountMinor === 'string'
    ? { at: ['amount'], defect: amountMinor }
    : { amountMinor };
};

const lineAmounts = (
  lines: readonly z.output<typeof line>[],
  { isAlone, currency }: Readonly<{ isAlone: boolean; currency: string | undefined }>,
): Asked => {
  if (!isAlone) return { at: ['amount'], defect: 'and lines are mutually exclusive' };
  if (new Set(lines.map(({ lineId }) => lineId)).size < lines.length) {
    return { at: ['lines'], defect: 'must name each line once' };
  }
  let amountMinor = 0;
  for (const [index, { lineId: _lineId, ...amounts }] of lines.entries()) {
    const minor = minorOf({ ...amounts, currency }) ?? 'is missing';
    if (typeof minor === 'string') return { at: ['lines', `${index}`, 'amount'], defect: minor };
    amountMinor += minor;
  }
  return { amountMinor, lines: lines.map(({ lineId }) => lineId) };
};

/**
 * Something happened to an order that its points may wait for, such as `delivered`. On `orders`,
 * plain JSON with a `progress` is enough. One that comes before its order is remembered for it.
 */
export const OrderProgressed = defineContract({
  type: 'guerdon.order.progressed.v1',
  topic: 'orders',
  summary: 'An order made progress that its points may wait for, such as its delivery.',
  plainWith: 'progress',
  schema: z.object({
    tenantId: tenantIdentifier.default('default'),
    orderId: identifier,
    progress: identifier.describe('Name that an earning rule waits for, such as delivered'),
    at: instant.optional().describe('Defaults to the time of the record'),
  }),
  example: {
    tenantId: 'default',
    orderId: 'o-500017',
    progress: 'delivered',
    at: '2026-11-24T09:00:00+05:30',
  },
});

import { z } from 'zod';
import { amountMinorMax, toMinorUnits } from '#shared/domain/money/minor-units.ts';
import { defineContract } from '../contract.ts';
import { currencyCode, identifier, instant, slug } from './fields.ts';

/** An amount of money, in one of two ways; `minorOf` reads it. */
export const amountFields = {
  amount: z
    .union([z.string(), z.number()], { error: 'must be a decimal string or a number' })
    .optional()
    .describe(
      'Decimal amount with at most 2 places, such as "1250.50". Alternative to amountMinor',
    ),
  amountMinor: z
    .int({ error: 'must be a whole number of minor units' })
    .optional()
    .describe('Amount in minor units, such as 125050 paise. Alternative to amount'),
};

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
  tenantId: slug.default('default'),
});

/**
 * An order as a shop or till writes it to `orders`: plain JSON is enough. Unknown fields are
 * ignored.
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
  tenantId: slug.default('default'),
});

/**
 * An order was refunded: by an amount, by lines, or, without either, in full. On `orders`, plain
 * JSON with a `refundId` is enough. A refund that comes before its order waits for it.
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
 * plain JSON with a `progress` is enough. One that comes before its order is kept until the order
 * arrives.
 */
export const OrderProgressed = defineContract({
  type: 'guerdon.order.progressed.v1',
  topic: 'orders',
  summary: 'An order made progress that its points may wait for, such as its delivery.',
  plainWith: 'progress',
  schema: z.object({
    tenantId: slug.default('default'),
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

type Amounts = Readonly<{
  amount?: string | number | undefined;
  amountMinor?: number | undefined;
  currency: string | undefined;
}>;

/**
 * Reads an amount in minor units: the number, undefined when none is given, or what is wrong with
 * it.
 */
export const minorOf = ({
  amount,
  amountMinor,
  currency,
}: Amounts): number | string | undefined => {
  if (amount === undefined) return amountMinor === undefined ? undefined : inRange(amountMinor);
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

import type { EarningRule } from './rating/earning-rule.ts';

/** An order as input for rating: what refunds have left of it, and its position in event order. */
export type EarningOrder = Readonly<{
  orderId: string;
  placedAt: Date;
  /** What is left, 0 or more. */
  amountMinor: number;
  currency: string;
  /** The cohorts that the customer was in when the order was placed. */
  cohorts: readonly string[];
  /** The tier that the wallet had at least when the order was placed. */
  grantedTier?: string | undefined;
  /** The rule in effect for it, where that was looked up before. */
  rule?: EarningRule | undefined;
}>;

/** The place of an order in the order of events. */
export type EventPlace = Readonly<Pick<EarningOrder, 'placedAt' | 'orderId'>>;

/**
 * Sorts by the order of events: by time placed, then by order id in code units, so that every
 * machine agrees.
 */
export const byEventOrder = (one: EventPlace, other: EventPlace): number => {
  const apart = one.placedAt.getTime() - other.placedAt.getTime();
  if (apart !== 0) return apart;
  if (one.orderId === other.orderId) return 0;
  return one.orderId < other.orderId ? -1 : 1;
};

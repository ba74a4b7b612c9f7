import { customerOf, generateOrders } from '#scripts/orders/generate-orders.ts';
import type { OrderRecord } from '#scripts/orders/order-record.ts';

/**
 * Which orders to send. The same parameters always give the same orders, so that a check can
 * generate them again.
 */
export type OrderStream = Readonly<{
  seed: number;
  orders: number;
  customers: number;
  /** Prefix of the order ids: no two streams to the same database share one. */
  prefix: string;
  /** When the first order was placed, as an ISO instant. */
  firstPlacedAt?: string;
  /** Share of the orders that go to one customer, in hundredths. */
  hotPercent?: number;
  /** Whether the other customers order in turn, instead of some of them often. */
  inTurn?: boolean;
}>;

const hotCustomer = 'c-hot';

/** The orders of a stream, in the order in which they are sent. */
export const ordersOf = (description: OrderStream): OrderRecord[] => {
  const { hotPercent = 0, inTurn = false, orders, firstPlacedAt, ...stream } = description;
  const records = generateOrders({
    ...stream,
    ...(firstPlacedAt !== undefined && { firstPlacedAt: new Date(firstPlacedAt) }),
    records: orders,
    duplicateShare: 0,
  });
  // 37 and 100 have no common divisor: hot orders are spread evenly among the others.
  return Array.from(records, (record, number) => {
    if ((number * 37) % 100 < hotPercent) return toCustomer(hotCustomer, record);
    return inTurn ? toCustomer(customerOf(number % stream.customers), record) : record;
  });
};

const toCustomer = (customerId: string, { key, value, kind }: OrderRecord): OrderRecord => ({
  key: customerId,
  value: Buffer.from(String(value).replace(key, customerId)),
  kind,
});

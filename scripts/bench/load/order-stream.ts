import { generateOrders } from '../../orders/generate-orders.ts';

/** Which orders to send. The same description always gives the same orders, so that whoever verifies can make them again. */
export type OrderStream = Readonly<{
  seed: number;
  orders: number;
  customers: number;
  /** Of the order ids: no two streams to the same database share one. */
  prefix: string;
  /** Share of the orders that go to one customer, in hundredths. */
  hotPercent?: number;
}>;

/** An order as it is sent. */
export type StreamedOrder = Readonly<{ customerId: string; body: string }>;

const hotCustomer = 'c-hot';

/** The orders of a stream, in the order they are sent. */
export const ordersOf = ({ hotPercent = 0, orders, ...stream }: OrderStream): StreamedOrder[] =>
  Array.from(
    generateOrders({ ...stream, records: orders, duplicateShare: 0 }),
    ({ key, value }, number) =>
      (number * 37) % 100 < hotPercent
        ? { customerId: hotCustomer, body: String(value).replace(key, hotCustomer) }
        : { customerId: key, body: String(value) },
  );

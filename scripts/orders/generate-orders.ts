import type { OrderRecord } from './order-record.ts';
import { logNormal, seededRandom, zipf } from './random.ts';
import { conflictingOrder, refusableOrder } from './refusable-orders.ts';

type Options = Readonly<{
  seed: number;
  /** Records in all. */
  records: number;
  customers: number;
  /** Share of records that repeat an earlier order. */
  duplicateShare?: number;
  /** Records that must be refused, spread evenly. */
  refusable?: number;
  /** Prefix of the order ids, so that two streams share none. */
  prefix?: string;
  /** When the first order was placed; each one is a second later. */
  firstPlacedAt?: Date;
}>;

/**
 * How far back a duplicate reaches, and how much later a conflict comes: well beyond what is in
 * flight at once.
 */
const window = 1_000;

/**
 * Makes orders like a shop's: Zipf customers, log-normal amounts around ₹800, some sent twice, a
 * few broken. The same options always make the same records.
 */
export function* generateOrders(options: Options): Generator<OrderRecord> {
  const { records, duplicateShare = 0.01, refusable = 0 } = options;
  const random = seededRandom(options.seed);
  const nextOrder = orderMaker(options, random);
  const everyRefusable = Math.floor(records / refusable);
  const recent: OrderRecord[] = [];
  let refused = 0;

  const next = (number: number): OrderRecord => {
    if (refused < refusable && number % everyRefusable === 0)
      return nextRefusable(refused++, recent);
    if (recent.length > 0 && random() < duplicateShare) {
      const original = recent[Math.floor(random() * recent.length)] as OrderRecord;
      return { ...original, kind: 'duplicate' };
    }
    const order = nextOrder(number);
    recent.push(order);
    if (recent.length > window) recent.shift();
    return order;
  };

  for (let number = 1; number <= records; number += 1) yield next(number);
}

/** Names a customer of a stream; 0 is the one who orders most. */
export const customerOf = (number: number): string => `c-${String(number + 1).padStart(5, '0')}`;

const orderMaker = ({ customers, prefix = 'o', firstPlacedAt }: Options, random: () => number) => {
  const nextCustomer = zipf(customers, random);
  const nextAmount = logNormal(800, 1, random);
  const startsAt = (firstPlacedAt ?? new Date('2026-01-01T00:00:00Z')).getTime();
  return (number: number): OrderRecord => {
    const order = {
      orderId: `${prefix}-${number}`,
      customerId: customerOf(nextCustomer()),
      amount: Math.max(1, nextAmount()).toFixed(2),
      currency: 'INR',
      placedAt: new Date(startsAt + number * 1_000).toISOString(),
    };
    return { key: order.customerId, value: Buffer.from(JSON.stringify(order)), kind: 'order' };
  };
};

/**
 * Every seventh refusable record contradicts the oldest order in the window, which was awarded long
 * before.
 */
const nextRefusable = (refused: number, recent: readonly OrderRecord[]): OrderRecord => {
  const [oldest] = recent;
  if (refused % 7 !== 6 || recent.length < window || !oldest?.value) return refusableOrder(refused);
  const { orderId, customerId } = JSON.parse(oldest.value.toString()) as {
    orderId: string;
    customerId: string;
  };
  return conflictingOrder({ orderId, customerId });
};

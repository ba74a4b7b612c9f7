import type { OrderRecord } from '../orders/order-record.ts';

/**
 * What the orders earn, recomputed independently of the platform: digits to BigInt, one point for
 * every full 10,000 paise of an order; only the first order of an id counts. Shares no code with
 * shared/domain on purpose.
 */
export const expectedPoints = (records: readonly OrderRecord[]): ReadonlyMap<string, bigint> => {
  const points = new Map<string, bigint>();
  for (const { kind, value } of records) {
    if (kind !== 'order') continue;
    const { customerId, amount } = JSON.parse(String(value)) as {
      customerId: string;
      amount: string;
    };
    const paise = BigInt(amount.replace('.', ''));
    points.set(customerId, (points.get(customerId) ?? 0n) + paise / 10_000n);
  }
  return points;
};

/** Ranks in which ties share one ("1, 2, 2, 4"), computed the slow and obvious way. */
export const expectedRanks = (points: ReadonlyMap<string, bigint>): ReadonlyMap<string, number> => {
  const sorted = [...points.values()].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  const firstPlace = new Map<bigint, number>();
  sorted.forEach((value, index) => {
    if (!firstPlace.has(value)) firstPlace.set(value, index + 1);
  });
  return new Map([...points].map(([customer, value]) => [customer, firstPlace.get(value) ?? 0]));
};

import { randomUUID } from 'node:crypto';
import { withSql } from '#scripts/platform/with-sql.ts';
import {
  type AgedSize,
  busyCustomer,
  fillLedger,
  pastEndsAt,
  walkInCustomer,
} from '../../aged/fill-ledger.ts';
import type { Bench, RowResult } from '../../core/row.ts';
import type { GivenRecords } from '../../load/record-requests.ts';
import { measureAgedDoors } from './aged-doors.ts';
import { pastRule, turnEverythingOn } from './engine-terms.ts';
import { requireSound } from './require-sound.ts';

/** Records of a round that are sent one after the other. */
const singles = 20;

/**
 * award-points under the plain rule, with 400 days of orders and without; one by one, refunds of
 * the walk-in customer's orders.
 */
export const measureAgedAwards = (bench: Bench, size: AgedSize): Promise<RowResult> =>
  measureAgedDoors(bench, {
    row: 'award-points',
    prepare: {
      young: () => Promise.resolve(),
      aged: (url) => fillLedger(url, { ...size, ruleVersion: 1, expires: false }),
    },
    single: { figure: 'refund of a walk-in order', records: walkInRefunds },
    check: requireSound,
  });

/**
 * award-points with every feature in use, with 400 days of orders, expired and open lots, and
 * without; one by one, orders half a second late.
 */
export const measureAgedEngine = (bench: Bench, size: AgedSize): Promise<RowResult> =>
  measureAgedDoors(bench, {
    row: 'reward-engine',
    prepare: {
      young: (url) => turnEverythingOn(url, pastEndsAt),
      aged: async (url) => {
        await turnEverythingOn(url, pastEndsAt);
        await fillLedger(url, { ...size, ruleVersion: pastRule.version, expires: true });
      },
    },
    single: { figure: 'order half a second late', records: lateOrders },
    check: requireSound,
  });

const walkInRefunds = async (databaseUrl: string): Promise<GivenRecords['records']> => {
  const orders = await withSql(
    databaseUrl,
    (sql) => sql<{ orderId: string }[]>`
      select order_id from points_ledger
      where tenant_id = 'default' and customer_id = ${walkInCustomer} and kind = 'EARN'
        and order_id not in (select order_id from refunds) limit ${singles}`,
  );
  return orders.map(({ orderId }) => ({
    key: walkInCustomer,
    value: { refundId: `r-${orderId}`, orderId },
  }));
};

/** Each one half a second before the one before it, and before the customer's last order. */
const lateOrders = async (databaseUrl: string): Promise<GivenRecords['records']> => {
  const [last] = await withSql(
    databaseUrl,
    (sql) => sql<[{ at: Date }]>`
      select max(occurred_at) as at from points_ledger
      where tenant_id = 'default' and customer_id = ${busyCustomer} and kind = 'EARN'`,
  );
  return Array.from({ length: singles }, (_, number) => ({
    key: busyCustomer,
    value: {
      orderId: `late-${randomUUID()}`,
      customerId: busyCustomer,
      amount: '800.00',
      currency: 'INR',
      placedAt: new Date(last.at.getTime() - (number + 1) * 500).toISOString(),
    },
  }));
};

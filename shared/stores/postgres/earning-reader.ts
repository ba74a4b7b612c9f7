import type { Membership } from '#shared/domain/points/cohorts-at.ts';
import type { EarningAccount } from '#shared/domain/points/earning-account.ts';
import type { Sql } from './connect.ts';
import type { AccountKey } from './hold-accounts.ts';
import { readMemberships } from './read-memberships.ts';
import { type RecordedOrder, readRecordedOrders } from './read-recorded-orders.ts';
import { atOneMoment } from './transaction.ts';

/** What the judgement of a customer's next order may ask for, as of one moment. */
export type EarningView = Readonly<{
  /** Where the judgement of orders stands; undefined before the first, and where orders are judged alone. */
  earning: EarningAccount | undefined;
  memberships: readonly Membership[];
  /** Every order that was ever paid, in no order; empty where it was not needed. */
  history: readonly RecordedOrder[];
}>;

export type EarningReader = Readonly<{
  /** Reads without locks: what it says may be over when it is read. */
  read: (
    key: AccountKey,
    needsHistory: (earning: EarningAccount | undefined) => boolean,
  ) => Promise<EarningView>;
}>;

/** Reads what orders are judged by, for questions that change nothing. */
export const earningReader = (sql: Sql): EarningReader => ({
  read: (key, needsHistory) =>
    atOneMoment(sql, async (transaction) => {
      const { tenantId, customerId, program } = key;
      const [account] = await transaction<{ state: EarningAccount }[]>`
          select state from earning_accounts
          where tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}`;
      const memberships = await readMemberships(transaction, [key]);
      const looksBack = needsHistory(account?.state) ? [key] : [];
      const histories = await readRecordedOrders(transaction, looksBack);
      return {
        earning: account?.state,
        memberships: memberships.get(`${tenantId} ${customerId}`) ?? [],
        history: [...histories.values()].flat(),
      };
    }),
});

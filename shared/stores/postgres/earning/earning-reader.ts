import type { Membership } from '#shared/domain/earning/cohorts-at.ts';
import type { EarningAccount } from '#shared/domain/earning/earning-account.ts';
import type { EarningCheckpoint } from '#shared/domain/earning/earning-checkpoint.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { atOneMoment } from '../driver/transaction.ts';
import {
  type AccountKey,
  accountKey,
  type EarningState,
  toEarning,
} from '../ledger/hold-accounts.ts';
import { readCheckpoints } from './earning-checkpoints.ts';
import { readMemberships } from './read-memberships.ts';
import { type Decision, readHistories } from './read-recorded-orders.ts';

/** What the judgement of a customer's next order may ask for, as of one moment. */
export type EarningView = Readonly<{
  /** Where the judgement of orders stands; undefined before the first, and where orders are judged alone. */
  earning: EarningAccount | undefined;
  memberships: readonly Membership[];
  /** The last checkpoint before the order. */
  checkpoint: EarningCheckpoint | undefined;
}>;

export type EarningReader = Readonly<{
  /**
   * Decides on an order placed at an instant, given its account and what the decision asks for of the account's history. Reads without
   * locks: what it says may be over when it is read.
   */
  read: <Result>(
    key: AccountKey,
    placedAt: Date,
    decide: (view: EarningView) => Decision<Result>,
  ) => Promise<Result>;
}>;

/** Reads what orders are judged by, for questions that change nothing. */
export const earningReader = (sql: Sql): EarningReader => ({
  read: (key, placedAt, decide) =>
    atOneMoment(sql, async (transaction) => {
      const { history, settle } = decide(await readView(transaction, key, placedAt));
      await readHistories(transaction, history === undefined ? [] : [{ key, history }]);
      return settle();
    }),
});

const readView = async (
  transaction: Transaction,
  key: AccountKey,
  placedAt: Date,
): Promise<EarningView> => {
  const { tenantId, customerId, program } = key;
  const [account] = await transaction<{ state: EarningState }[]>`
    select state from earning_accounts
    where tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}`;
  const { earning, mark } = toEarning(account?.state);
  const wanted = mark === undefined ? [] : [{ key, before: placedAt }];
  const checkpoints = await readCheckpoints(transaction, wanted);
  const memberships = await readMemberships(transaction, [key]);
  return {
    earning,
    memberships: memberships.get(`${tenantId} ${customerId}`) ?? [],
    checkpoint: checkpoints.get(accountKey(key)),
  };
};

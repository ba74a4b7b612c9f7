import { isClosed } from '#shared/domain/earning/earning-border.ts';
import type { EarningState } from '#shared/domain/earning/earning-state.ts';
import type { EarningView } from '#shared/domain/earning/earning-view.ts';
import type { Earning, Entitlements } from '#shared/domain/earning/program.ts';
import { type PreviewedOrder, stateBefore } from '#shared/domain/earning/state-before.ts';
import { RecordArchived } from '#shared/domain/errors.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import type { RowOf } from '../driver/from-row.ts';
import { atOneMoment } from '../driver/transaction.ts';
import { type EarningColumns, toEarning, walletName } from '../ledger/lock-wallets.ts';
import { type GrantsColumn, toGrants } from '../ledger/tier-grants.ts';
import { readBorders, readCheckpoints } from './earning-checkpoints.ts';
import { readHistories, readMemberships } from './earning-rows.ts';

/** A customer just before an order, as of one moment. */
type CustomerBefore = Entitlements & Readonly<{ state: EarningState }>;

export type EarningReader = Readonly<{
  /**
   * Reads, without locks, the state of a wallet just before an order, and the customer's cohorts.
   * @throws RecordArchived when later orders of the customer are archived
   */
  before: (key: WalletKey, earning: Earning, asked: PreviewedOrder) => Promise<CustomerBefore>;
}>;

/** Reads what orders are rated by, for queries that change nothing. */
export const earningReader = (sql: Sql): EarningReader => ({
  before: (key, earning, asked) =>
    atOneMoment(sql, async (transaction) => {
      const view = await readView(transaction, key, asked.order.placedAt);
      if (isClosed(view.border, asked.order)) throw closed(asked.order);
      const { history, settle } = stateBefore(earning, view, asked);
      await readHistories(transaction, history === undefined ? [] : [{ key, history }]);
      const { memberships, grants } = view;
      return { state: settle(), memberships, grants };
    }),
});

type StateRow = RowOf<Partial<EarningColumns>> & Readonly<{ grants: GrantsColumn }>;

const readView = async (
  transaction: Transaction,
  key: WalletKey,
  placedAt: Date,
): Promise<EarningView> => {
  const { tenantId, customerId, program } = key;
  const [{ grants, state, days }] = await transaction<[StateRow]>`
    select state, days, grants from granted_tiers(${tenantId}, ${customerId}, ${program})
    left join earning_accounts
      on tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}`;
  const { earning, mark } = state === null ? {} : toEarning({ state, days });
  const wanted = mark === undefined ? [] : [{ key, before: placedAt }];
  const checkpoints = await readCheckpoints(transaction, wanted);
  const borders = await readBorders(transaction, [key]);
  const memberships = await readMemberships(transaction, [key]);
  return {
    earning,
    memberships: memberships.get(`${tenantId} ${customerId}`) ?? [],
    grants: toGrants(grants),
    checkpoint: checkpoints.get(walletName(key)),
    border: borders.get(walletName(key)),
  };
};

const closed = ({ placedAt }: PreviewedOrder['order']): RecordArchived =>
  new RecordArchived(
    'order-archived',
    `The customer has archived orders that were placed after ${placedAt.toISOString()}`,
  );

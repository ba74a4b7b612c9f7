import type { Balance } from '#shared/domain/ledger/balance.ts';
import { conflictBetween, type LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Sql } from '../driver/connect.ts';
import { untilUndisputed } from '../driver/until-undisputed.ts';
import type { OutboxFact } from '../journal/outbox.ts';
import { addLapsed } from '../ledger/add-lapsed.ts';
import {
  type AccountKey,
  accountKey,
  addLots,
  dropAccounts,
  type HeldAccount,
  heldAccount,
  holdAccounts,
} from '../ledger/hold-accounts.ts';
import { type OrderKey, orderKey, readEarns } from './read-earns.ts';
import { readMemberships } from './read-memberships.ts';
import type { Decision } from './read-recorded-orders.ts';
import {
  type AccountView,
  type Settled,
  type Settlement,
  settleAccounts,
} from './settle-accounts.ts';

type PayableOrder = OrderKey &
  Readonly<{ customerId: string; amountMinor: number; currency: string; placedAt: Date }>;

/** An order with the programs that pay it. */
type Payment<Order> = Readonly<{ order: Order; programs: readonly string[] }>;

type Judge<Order, Fact extends OutboxFact> = Readonly<{
  needsHistory: (key: AccountKey, held: HeldAccount, orders: readonly Order[]) => boolean;
  decide: (view: AccountView, orders: readonly Order[]) => Decision<Settlement<Fact>>;
}>;

/** What was committed, and the EARN entries of these orders that were recorded before. */
export type Paid<Fact extends OutboxFact> = Settled<Fact> &
  Readonly<{ recorded: readonly LedgerEntry[] }>;

export type EarningStore = Readonly<{
  /**
   * Pays orders in all of their programs in one transaction, each exactly once per order id and program. An order that contradicts
   * one recorded under its id, in whatever program, is not paid at all and leaves nothing behind. Nobody else changes the
   * accounts between the decision and the commit. `decide` gets the orders that are new to an account, each once.
   * @throws Unavailable when Postgres is unavailable; the outcome is unknown then, and a retry is safe.
   */
  pay: <Order extends PayableOrder, Fact extends OutboxFact>(
    payments: readonly Payment<Order>[],
    judge: Judge<Order, Fact>,
  ) => Promise<Paid<Fact>>;
}>;

/** Pays orders by what their accounts hold, with those accounts locked. */
export const earningStore = (sql: Sql): EarningStore => ({
  pay: (payments, { needsHistory, decide }) =>
    untilUndisputed(sql, async (tx) => {
      const keys = accountsOf(payments);
      // Sent together, in this order: what is read behind the locks is what their last holder left.
      const [held, recorded, memberships] = await Promise.all([
        holdAccounts(tx, keys, { create: true, lots: false }),
        readEarns(
          tx,
          payments.map(({ order }) => order),
        ),
        readMemberships(tx, keys),
      ]);
      const fresh = newOrders(payments, recorded);
      const ordersOf = (key: AccountKey) => fresh.get(accountKey(key)) ?? [];
      const looksBack = keys.filter((key) => {
        const [account, orders] = [heldAccount(held, key), ordersOf(key)];
        return orders.length > 0 && isUsed(account.balance) && needsHistory(key, account, orders);
      });
      const lookBack = new Map(
        looksBack.map((key) => [accountKey(key), firstPlacedAt(ordersOf(key))]),
      );
      const { balances, ...settled } = await settleAccounts(tx, {
        keys,
        held: await addLapsed(tx, await addLots(tx, held, looksBack), looksBack),
        memberships,
        lookBack,
        decide: (view) => {
          const orders = ordersOf(view.key);
          return orders.length === 0 ? unchanged : decide(view, orders);
        },
      });
      await dropAccounts(
        tx,
        balances.filter((balance) => !isUsed(balance)),
      );
      return { ...settled, recorded, balances: balances.filter(isUsed) };
    }),
});

/** Whether anything was ever booked into an account: one that this transaction created has no history. */
const isUsed = ({ version }: Balance): boolean => version > 0;

const unchanged = { settle: () => ({ entries: [], facts: [] }) };

const firstPlacedAt = (orders: readonly PayableOrder[]): Date =>
  new Date(Math.min(...orders.map(({ placedAt }) => placedAt.getTime())));

/** The accounts that orders would be paid into, each once. */
const accountsOf = (payments: readonly Payment<PayableOrder>[]): readonly AccountKey[] => {
  const keys = payments.flatMap(({ order: { tenantId, customerId }, programs }) =>
    programs.map((program) => ({ tenantId, customerId, program })),
  );
  return [...new Map(keys.map((key) => [accountKey(key), key])).values()];
};

/** The orders that each account is to be paid for: the first under its id, unless it contradicts what is recorded under it. */
const newOrders = <Order extends PayableOrder>(
  payments: readonly Payment<Order>[],
  recorded: readonly LedgerEntry[],
): ReadonlyMap<string, readonly Order[]> => {
  const recordedOf = Map.groupBy(recorded, orderKey);
  const first = new Map(payments.toReversed().map((payment) => [orderKey(payment.order), payment]));
  const payable = Array.from(first, ([key, { order, programs }]) => {
    const earns = recordedOf.get(key) ?? [];
    const paidBy = new Set(earns.map(({ program }) => program));
    const isRefused = earns.some((entry) => conflictBetween(entry, order) !== undefined);
    return isRefused
      ? []
      : programs
          .filter((program) => !paidBy.has(program))
          .map((program) => ({ account: accountKey({ ...order, program }), order }));
  });
  const byAccount = Map.groupBy(payable.flat(), ({ account }) => account);
  return new Map(Array.from(byAccount, ([key, own]) => [key, own.map(({ order }) => order)]));
};

import {
  arriveLate,
  type DecidingTerms,
  decidePayment,
} from '#shared/domain/earning/decide-payment.ts';
import { isClosed } from '#shared/domain/earning/earning-border.ts';
import type { PaidOrder, PayingProgram, ProgramOrder } from '#shared/domain/earning/program.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import { conflictBetween, type LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql } from '../driver/connect.ts';
import { untilUndisputed } from '../driver/transaction.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { type ArchivedOrder, readArchivedOrders } from '../ledger/ledger-rows.ts';
import {
  dropWallets,
  type LockedWallet,
  lockedWallet,
  lockWallets,
  walletName,
} from '../ledger/lock-wallets.ts';
import { type Borders, readBorders } from './earning-checkpoints.ts';
import { type OrderKey, orderKey, readEarns, readMemberships } from './earning-rows.ts';
import { type Settled, type SettledEvents, settleWallets } from './settle-wallets.ts';

/** An order with the programs that pay it. */
type Payment = Readonly<{ order: PaidOrder; programs: readonly PayingProgram[] }>;

/**
 * What was committed, the EARN entries of these orders that were recorded before, those of the
 * orders that are archived, and those that are `closed`: placed before archived orders that they
 * would have changed. A closed order is not paid in any program.
 */
export type Paid<DomainEvent extends OutboxEvent> = Settled<DomainEvent> &
  Readonly<{
    recorded: readonly LedgerEntry[];
    archived: readonly ArchivedOrder[];
    closed: readonly OrderKey[];
  }>;

export type EarningStore = Readonly<{
  /**
   * Pays orders in all of their programs in one transaction, each exactly once per order id and
   * program. An order that contradicts one recorded under its id, in whatever program, is not paid
   * at all and leaves nothing behind. `eventsOf` builds the events that are committed to the outbox
   * with each wallet.
   * @throws Unavailable when Postgres is unavailable; the outcome is unknown then, and a retry is
   * safe. StaleTerms when the orders of a wallet are rated together by now.
   */
  pay: <DomainEvent extends OutboxEvent>(
    payments: readonly Payment[],
    terms: DecidingTerms,
    eventsOf: SettledEvents<DomainEvent>,
  ) => Promise<Paid<DomainEvent>>;
}>;

/** Pays orders by the state of their wallets, with those wallets locked. */
export const earningStore = (sql: Sql): EarningStore => ({
  pay: (payments, terms, eventsOf) =>
    untilUndisputed(sql, async (tx) => {
      const keys = walletsOf(payments);
      const placed = payments.map(({ order }) => order);
      // Sent together, in this order: the reads after the locks see what the last holder of the
      // locks committed.
      const [locked, recorded, archived, memberships] = await Promise.all([
        lockWallets(tx, keys, { create: true, lots: false }),
        readEarns(tx, placed),
        readArchivedOrders(tx, placed),
        readMemberships(tx, keys),
      ]);
      const isLate = (orders: OrdersOf) => (key: WalletKey) =>
        arrivesLate(lockedWallet(locked, key), orders(key));
      const unpaid = without(newOrders(payments, recorded), archived);
      const late = keys.filter(isLate(unpaid));
      const borders = await readBorders(tx, late);
      const closed = closedOrders(late, { borders, orders: unpaid });
      const ordersOf = without(unpaid, closed);
      const looksBack = late.filter(isLate(ordersOf));
      const { balances, ...settled } = await settleWallets(tx, {
        keys,
        locked,
        memberships,
        lookBack: new Map(looksBack.map((key) => [walletName(key), firstPlacedAt(ordersOf(key))])),
        borders,
        now: terms.now,
        decide: (view) => decidePayment(view, ordersOf(view.key), terms),
        eventsOf,
      });
      await dropWallets(
        tx,
        balances.filter((balance) => !isUsed(balance)),
      );
      return { ...settled, recorded, archived, closed, balances: balances.filter(isUsed) };
    }),
});

/**
 * Whether anything was ever recorded in a wallet: one that this transaction created has no
 * history.
 */
const isUsed = ({ version }: Balance): boolean => version > 0;

/** The orders that a wallet is to be paid for. */
type OrdersOf = (key: WalletKey) => readonly ProgramOrder[];

const arrivesLate = (wallet: LockedWallet, orders: readonly ProgramOrder[]): boolean =>
  isUsed(wallet.balance) && arriveLate(wallet, orders);

const without = (orders: OrdersOf, excluded: readonly OrderKey[]): OrdersOf => {
  if (excluded.length === 0) return orders;
  const ids = new Set(excluded.map(orderKey));
  return (key) => orders(key).filter(({ order }) => !ids.has(orderKey(order)));
};

/** The orders that were placed before the border of a wallet that they would be paid into. */
const closedOrders = (
  keys: readonly WalletKey[],
  { borders, orders }: Readonly<{ borders: Borders; orders: OrdersOf }>,
): readonly PaidOrder[] =>
  keys.flatMap((key) =>
    orders(key)
      .map(({ order }) => order)
      .filter((order) => isClosed(borders.get(walletName(key)), order)),
  );

const firstPlacedAt = (orders: readonly ProgramOrder[]): Date =>
  new Date(Math.min(...orders.map(({ order }) => order.placedAt.getTime())));

const keyOf = ({ order: { tenantId, customerId }, earning }: ProgramOrder): WalletKey => ({
  tenantId,
  customerId,
  program: earning.program.program,
});

const inPrograms = ({ order, programs }: Payment): readonly ProgramOrder[] =>
  programs.map((program) => ({ ...program, order }));

/** The wallets that orders would be paid into, each once. */
const walletsOf = (payments: readonly Payment[]): readonly WalletKey[] => {
  const keys = payments.flatMap(inPrograms).map(keyOf);
  return [...new Map(keys.map((key) => [walletName(key), key])).values()];
};

/**
 * The orders that each wallet is to be paid for: the first under its id, unless it contradicts
 * what is recorded under it.
 */
const newOrders = (payments: readonly Payment[], recorded: readonly LedgerEntry[]): OrdersOf => {
  const recordedOf = Map.groupBy(recorded, orderKey);
  const first = new Map(payments.toReversed().map((payment) => [orderKey(payment.order), payment]));
  const payable = Array.from(first, ([key, payment]) => {
    const earns = recordedOf.get(key) ?? [];
    const paidBy = new Set(earns.map(({ program }) => program));
    const isRefused = earns.some((entry) => conflictBetween(entry, payment.order) !== undefined);
    return isRefused ? [] : inPrograms(payment).filter((own) => !paidBy.has(keyOf(own).program));
  });
  const byWallet = Map.groupBy(payable.flat(), (own) => walletName(keyOf(own)));
  return (key) => byWallet.get(walletName(key)) ?? [];
};

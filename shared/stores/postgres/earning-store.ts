import type { EntryKind, LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import { entryKey } from './book-entries.ts';
import type { Sql, Transaction } from './connect.ts';
import {
  type AccountKey,
  accountKey,
  type HeldAccount,
  heldAccount,
  holdAccounts,
} from './hold-accounts.ts';
import { type EntryRow, entryColumns, toEntry } from './ledger-rows.ts';
import type { OutboxFact } from './outbox.ts';
import { readRecordedOrders } from './read-recorded-orders.ts';
import {
  type AccountView,
  type Settled,
  type Settlement,
  settleAccounts,
} from './settle-accounts.ts';
import { inTransaction } from './transaction.ts';

/** An order to be paid into an account. */
type Payable<Order> = Readonly<{
  key: AccountKey;
  order: Order & Readonly<{ orderId: string }>;
}>;

type Judge<Order, Fact extends OutboxFact> = Readonly<{
  needsHistory: (key: AccountKey, held: HeldAccount, orders: readonly Order[]) => boolean;
  decide: (view: AccountView, orders: readonly Order[]) => Settlement<Fact>;
}>;

/** What was committed, and the EARN entries that stood before, by entry key. */
export type Paid<Fact extends OutboxFact> = Settled<Fact> &
  Readonly<{ standing: ReadonlyMap<string, LedgerEntry> }>;

export type EarningStore = Readonly<{
  /**
   * Pays orders that are judged together with the others of their accounts, each exactly once per order id. Nobody else changes
   * these accounts between the judgement and the commit. `decide` gets the orders that are new, once each.
   * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
   */
  pay: <Order, Fact extends OutboxFact>(
    payables: readonly Payable<Order>[],
    judge: Judge<Order, Fact>,
  ) => Promise<Paid<Fact>>;
}>;

/** The accounts of programs whose orders depend on each other. */
export const earningStore = (sql: Sql): EarningStore => ({
  pay: (payables, { needsHistory, decide }) =>
    inTransaction(sql, async (transaction) => {
      const keys = [...new Map(payables.map(({ key }) => [accountKey(key), key])).values()];
      const held = await holdAccounts(transaction, keys, { create: true });
      const standing = await standingEarns(transaction, payables);
      const fresh = payables.filter((payable) => !standing.has(earnKey(payable)));
      const once = new Map(fresh.toReversed().map((payable) => [earnKey(payable), payable]));
      const newOf = Map.groupBy(once.values(), ({ key }) => accountKey(key));
      const ordersOf = (key: AccountKey) =>
        (newOf.get(accountKey(key)) ?? []).map(({ order }) => order);
      const looksBack = keys.filter(
        (key) =>
          ordersOf(key).length > 0 && needsHistory(key, heldAccount(held, key), ordersOf(key)),
      );
      const settled = await settleAccounts(transaction, {
        keys,
        held,
        histories: await readRecordedOrders(transaction, looksBack),
        decide: (view) => {
          const orders = ordersOf(view.key);
          return orders.length === 0 ? { entries: [], facts: [] } : decide(view, orders);
        },
      });
      return { ...settled, standing };
    }),
});

const earn: EntryKind = 'EARN';

/** The key that the EARN of an order has. */
const earnKey = ({ key, order }: Payable<unknown>): string =>
  entryKey({ ...key, kind: earn, causeId: order.orderId });

const standingEarns = async (
  sql: Transaction,
  payables: readonly Payable<unknown>[],
): Promise<ReadonlyMap<string, LedgerEntry>> => {
  const rows = await sql<EntryRow[]>`
    select ${entryColumns(sql)}
    from unnest(
      ${payables.map(({ key }) => key.tenantId)}::text[], ${payables.map(({ key }) => key.program)}::text[],
      ${payables.map(({ order }) => order.orderId)}::text[]) as wanted (tenant_id, program, cause_id)
    cross join lateral (
      select * from points_ledger entry
      where entry.tenant_id = wanted.tenant_id and entry.program = wanted.program
        and entry.kind = ${earn} and entry.cause_id = wanted.cause_id
      limit 1) ledger`;
  return new Map(rows.map((row) => [entryKey(row), toEntry(row)]));
};

import type { Fragment } from 'postgres';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../driver/connect.ts';
import { recordedEntry } from '../ledger/ledger-rows.ts';
import { wantedWallets } from '../ledger/lock-wallets.ts';

/** The rows that a check reads: of each table all of them, or a part that is complete by itself. */
export type AuditScope = Readonly<{
  entries: Fragment;
  /** At least the entries that paid orders. */
  earned: Fragment;
  /** At least the entries that corrected orders. */
  corrected: Fragment;
  refunds: Fragment;
  balances: Fragment;
  lots: Fragment;
  lapsed: Fragment;
  redemptions: Fragment;
  sums: Fragment;
  snapshots: Fragment;
  /** What the archived entries of wallets and lots add up to. */
  openings: Fragment;
  lotOpenings: Fragment;
}>;

/** Everything. */
export const everything = (tx: Transaction): AuditScope => ({
  entries: tx`points_ledger`,
  earned: tx`points_ledger`,
  corrected: tx`points_ledger`,
  refunds: tx`(${takenOf(tx, 'refunds')} union all ${takenOf(tx, 'archived_refunds')})`,
  balances: tx`points_balances`,
  lots: tx`points_lots`,
  lapsed: tx`lapsed_lots`,
  redemptions: tx`redemptions`,
  sums: tx`account_sums`,
  snapshots: tx`balance_snapshots`,
  openings: tx`ledger_openings`,
  lotOpenings: tx`lot_openings`,
});

/** What belongs to some wallets, each looked up by its key. */
export const ofWallets = (tx: Transaction, keys: readonly WalletKey[]): AuditScope => {
  const rowsOf = (table: string) => tx`
    (select own.* from ${wantedWallets(tx, keys)} cross join lateral (
      select * from ${tx(table)} whole where whole.tenant_id = wanted.tenant_id
        and whole.customer_id = wanted.customer_id and whole.program = wanted.program
      offset 0) own)`;
  const entries = rowsOf('points_ledger');
  return {
    entries,
    earned: entries,
    corrected: entries,
    refunds: refundsOf(
      tx,
      tx`select tenant_id, cause_id as order_id from ${entries} entry where kind = 'EARN'`,
    ),
    balances: rowsOf('points_balances'),
    lots: rowsOf('points_lots'),
    lapsed: rowsOf('lapsed_lots'),
    redemptions: rowsOf('redemptions'),
    sums: rowsOf('account_sums'),
    snapshots: rowsOf('balance_snapshots'),
    openings: rowsOf('ledger_openings'),
    lotOpenings: rowsOf('lot_openings'),
  };
};

/** Entries by their numbers, the first one left out. */
export type EntryRange = Readonly<{ after: number; until: number }>;

type OrderScope = Pick<AuditScope, 'earned' | 'corrected' | 'refunds'>;

/**
 * Everything about the orders that entries of a range paid or corrected, no matter when the rest
 * was recorded.
 */
export const ofOrdersIn = (tx: Transaction, range: EntryRange): OrderScope => {
  const entries = entriesIn(tx, range);
  const orders = tx`
    select distinct tenant_id, program, case kind when 'EARN' then cause_id else order_id end as order_id
    from ${entries} entry where kind in ('EARN', 'REVERSE', 'REVISE')`;
  return {
    // An order that was paid in the range needs no look-up.
    earned: tx`
      (select * from ${entries} entry where kind = 'EARN'
      union all
      select own.* from (
        select distinct tenant_id, program, 'EARN' as kind, order_id as cause_id
        from ${entries} entry where kind in ('REVERSE', 'REVISE')
      ) wanted cross join lateral (${recordedEntry(tx)}) own
      where not (own.entry_no > ${range.after} and own.entry_no <= ${range.until}))`,
    corrected: tx`
      (select own.* from (${orders}) touched cross join lateral (
        select * from points_ledger correction where correction.tenant_id = touched.tenant_id
          and correction.order_id = touched.order_id and correction.program = touched.program
          and correction.kind in ('REVERSE', 'REVISE')
        offset 0) own)`,
    refunds: refundsOf(tx, orders),
  };
};

/** All entries of the transactions that have an entry in a range. */
export const ofTransactionsIn = (
  tx: Transaction,
  range: EntryRange,
): Pick<AuditScope, 'entries' | 'redemptions'> => {
  const touched = tx`
    select transaction_id from ${entriesIn(tx, range)} entry where kind in ('REDEEM', 'TRANSFER', 'EXPIRE')`;
  const entries = tx`
    (select * from points_ledger whole where kind in ('REDEEM', 'TRANSFER', 'EXPIRE')
      and transaction_id >= (select min(transaction_id) from (${touched}) first)
      and transaction_id <= (select max(transaction_id) from (${touched}) last)
      and transaction_id in (${touched}))`;
  return {
    entries,
    redemptions: tx`
      (select own.* from (
        select distinct tenant_id, coalesce(
          (select redemption_id from redemptions whole
            where whole.tenant_id = entry.tenant_id and whole.redemption_id = entry.cause_id),
          regexp_replace(cause_id, '[ #][0-9]+$', '')) as redemption_id
        from ${entries} entry where kind = 'REDEEM'
      ) named cross join lateral (
        select * from redemptions whole
        where whole.tenant_id = named.tenant_id and whole.redemption_id = named.redemption_id
        offset 0) own)`,
  };
};

/** The entries of a range. */
export const entriesIn = (tx: Transaction, { after, until }: EntryRange): Fragment => tx`
  (select * from points_ledger where entry_no > ${after} and entry_no <= ${until})`;

/** Refunds are of an order in all programs. */
const refundsOf = (tx: Transaction, orders: Fragment): Fragment => tx`
  (select own.* from (select distinct tenant_id, order_id from (${orders}) own) asked cross join lateral (
    ${takenOf(tx, 'refunds')} refund where refund.tenant_id = asked.tenant_id and refund.order_id = asked.order_id
    union all
    ${takenOf(tx, 'archived_refunds')} refund where refund.tenant_id = asked.tenant_id and refund.order_id = asked.order_id
    offset 0) own)`;

/** What refunds requested and took; of archived ones only the total that they took. */
const takenOf = (tx: Transaction, table: 'refunds' | 'archived_refunds'): Fragment =>
  table === 'refunds'
    ? tx`select tenant_id, order_id, status, currency, amount_minor, applied_minor from refunds`
    : tx`select tenant_id, order_id, 'APPLIED', null, minor, minor from archived_refunds`;

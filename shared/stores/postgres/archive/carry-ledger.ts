import type { Fragment } from 'postgres';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Transaction } from '../driver/connect.ts';
import { ledgerSums, lotMovements } from '../ledger/ledger-openings.ts';
import { openWallets } from './move-borders.ts';
import type { Partition } from './partition.ts';

/**
 * Adds the sums of a month's entries to the openings of their wallets and lots, and records the
 * orders of the month, before the same transaction detaches it from the ledger.
 * @throws Unavailable if the month must stay for now, because an older one was restored, or orders
 * of a wallet depend on each other by now
 */
export const carryForward = async (tx: Transaction, month: Partition): Promise<void> => {
  const { table, partition, endsAt } = month;
  await lockOpenings(tx);
  await tx`lock table ${tx(partition)} in share mode`;
  const older = await tx<{ partition: string }[]>`
    select partition from partitions
    where table_name = ${table} and ends_at < ${endsAt} limit 1`;
  if (older[0] !== undefined)
    throw new Unavailable('self', `${partition} waits for ${older[0].partition} to be archived`);
  const entries = tx`(select * from ${tx(partition)})`;
  // No version that makes orders of these programs depend on each other can be activated meanwhile.
  await tx`
    select from programs where (tenant_id, program) in (select tenant_id, program from ${entries} entry)
    for no key update`;
  const [open] = await openWallets(tx, month, { walletsMax: 1 });
  if (open !== undefined)
    throw new Unavailable('self', `${partition} has orders that later ones depend on`);
  await tx`
    insert into ledger_archives (tenant_id, ends_at, partition, to_transaction, to_entry)
    select distinct on (tenant_id) tenant_id, ${endsAt}, ${partition}, transaction_id, entry_no
    from ${entries} entry order by tenant_id, transaction_id desc, entry_no desc`;
  await addToOpenings(tx, entries, 1);
  await tx`
    insert into archived_orders (key, amount_minor, currency)
    select distinct on (key) key, amount_minor, currency from (${ordersOf(tx, entries)}) own
    order by key, amount_minor
    on conflict (key) do update set amount_minor = excluded.amount_minor, currency = excluded.currency
    where archived_orders.amount_minor is null`;
  await dropSnapshots(tx, entries);
};

/**
 * Subtracts the restored entries of a tenant's month from the openings.
 * @throws Error when a later month of the tenant is archived: the last one comes back first
 */
export const carryBack = async (
  tx: Transaction,
  { partition, endsAt }: Partition,
  tenantId: string,
): Promise<void> => {
  const [later] = await tx<{ partition: string }[]>`
    select partition from ledger_archives
    where tenant_id = ${tenantId} and ends_at > ${endsAt} order by ends_at desc limit 1`;
  if (later !== undefined)
    throw new Error(`${partition} cannot be restored before ${later.partition}, which is later`);
  const entries = tx`(select * from ${tx(partition)} where tenant_id = ${tenantId})`;
  await tx`delete from ledger_archives where tenant_id = ${tenantId} and ends_at = ${endsAt}`;
  await addToOpenings(tx, entries, -1);
  await tx`
    delete from archived_orders archived using (${ordersOf(tx, entries)}) own
    where archived.key = own.key and not exists (
      select from ledger_keys known
      where known.key = archived.key and known.recorded_at < (
        select max(ends_at) from ledger_archives where tenant_id = ${tenantId}))`;
};

/**
 * Drops the snapshots of balances up to the last archived entry of each wallet: one that is left
 * includes all of them, and the first one left begins at the first entry, also when that is back.
 */
const dropSnapshots = async (tx: Transaction, entries: Fragment): Promise<void> => {
  // No snapshots are taken meanwhile.
  await tx`select from ledger_position for update`;
  const isArchived = tx`
    (own.tenant_id, own.customer_id, own.program)
      = (archived.tenant_id, archived.customer_id, archived.program)`;
  await tx`
    with archived as materialized (
      select tenant_id, customer_id, program, max(entry_no) as last_entry
      from ${entries} entry group by 1, 2, 3
    ), dropped as (
      delete from balance_snapshots own using archived where ${isArchived} and own.entry_no <= last_entry
    ), first as (
      update balance_snapshots own set after_entry = 0 from archived
      where ${isArchived} and own.after_entry between 1 and last_entry and own.entry_no > last_entry
    )
    update account_sums own set snapshot_entry = 0 from archived
    where ${isArchived} and own.snapshot_entry between 1 and last_entry`;
};

/** Months of the ledger are archived and restored one after the other. */
export const lockOpenings = (tx: Transaction) =>
  tx`lock table ledger_archives in share row exclusive mode`;

/**
 * The orders that entries paid or corrected. The month of a correction may be the one before that
 * of its order, where both were recorded within moments.
 */
const ordersOf = (tx: Transaction, entries: Fragment) => tx`
  select ledger_key(tenant_id, program, 'EARN', case kind when 'EARN' then cause_id else order_id end) as key,
    case kind when 'EARN' then amount_minor end as amount_minor, case kind when 'EARN' then currency end as currency
  from ${entries} entry where kind in ('EARN', 'REVERSE', 'REVISE') and (kind = 'EARN' or order_id is not null)`;

const addToOpenings = async (tx: Transaction, entries: Fragment, sign: 1 | -1): Promise<void> => {
  await tx`
    insert into ledger_openings as opening (tenant_id, customer_id, program, entries, points, pending, lifetime)
    select tenant_id, customer_id, program, ${sign} * entries, ${sign} * points, ${sign} * pending, ${sign} * lifetime
    from (${ledgerSums(tx, entries)}) own
    on conflict (tenant_id, customer_id, program) do update set entries = opening.entries + excluded.entries,
      points = opening.points + excluded.points, pending = opening.pending + excluded.pending,
      lifetime = opening.lifetime + excluded.lifetime`;
  await tx`
    insert into lot_openings as opening (tenant_id, customer_id, program, lot_id, account, expires_at, points, expired)
    select tenant_id, customer_id, program, lot_id, account, coalesce(expires_at, 'infinity'),
      ${sign} * sum(points), ${sign} * sum(expired)
    from (${lotMovements(tx, entries)}) movement group by 1, 2, 3, 4, 5, 6
    on conflict (tenant_id, customer_id, program, lot_id, account, expires_at) do update set
      points = opening.points + excluded.points, expired = opening.expired + excluded.expired`;
  if (sign < 0) {
    await tx`
      delete from ledger_openings own using (select distinct tenant_id, customer_id, program from ${entries} entry) changed
      where (own.tenant_id, own.customer_id, own.program)
        = (changed.tenant_id, changed.customer_id, changed.program) and own.entries = 0`;
  }
  await tx`
    delete from lot_openings own using (select distinct tenant_id, customer_id, program from ${entries} entry) changed
    where (own.tenant_id, own.customer_id, own.program)
      = (changed.tenant_id, changed.customer_id, changed.program) and own.points = 0 and own.expired = 0`;
};

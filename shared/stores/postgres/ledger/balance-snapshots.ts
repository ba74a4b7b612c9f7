import type { Fragment } from 'postgres';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql, Transaction } from '../driver/connect.ts';

/** What the entries of a wallet add up to. */
export type WalletSums = Readonly<{ points: number; pending: number; lifetime: number }>;

/** That a row is one of a wallet's. */
export const isOf = (sql: Sql, { tenantId, customerId, program }: WalletKey): Fragment => sql`
  tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}`;

/** What an entry adds to the points that can be spent. */
export const pointsOf = (sql: Sql | Transaction): Fragment => sql`
  case account when 'available' then points else 0 end`;

/** What an entry adds to the pending points. */
export const pendingOf = (sql: Sql | Transaction): Fragment => sql`
  case account when 'pending' then points else 0 end - case counter_account when 'pending' then points else 0 end`;

/**
 * What was recorded of a wallet before an instant. Begins at the last stored balance of which
 * everything was recorded before, so it reads few entries however many there are.
 */
export const sumsBefore = async (
  sql: Sql,
  wallet: WalletKey,
  instant: Date,
): Promise<WalletSums> => {
  const [sums] = await sql<[WalletSums]>`
    with start as (
      (${snapshotBefore(sql, wallet, instant)})
      union all (${openingOf(sql, wallet)})
      order by entry_no desc limit 1
    ), moved as (
      select coalesce(sum(${pointsOf(sql)}), 0) as points, coalesce(sum(${pendingOf(sql)}), 0) as pending,
        coalesce(sum(points) filter (where kind in ('EARN', 'REVERSE', 'REVISE')), 0) as lifetime
      from (${entriesAround(sql, wallet, instant)}) entry
      where recorded_at < ${instant}
    )
    select (moved.points + coalesce(start.points, 0))::bigint as points,
      (moved.pending + coalesce(start.pending, 0))::bigint as pending,
      (moved.lifetime + coalesce(start.lifetime, 0))::bigint as lifetime
    from moved left join start on true`;
  return sums;
};

/** The number of the last entry of a wallet that was recorded before an instant. */
export const lastEntryBefore = (sql: Sql, wallet: WalletKey, instant: Date): Fragment => sql`
  select greatest(
    (select entry_no from (${snapshotBefore(sql, wallet, instant)}) start),
    (select max(entry_no) from (${entriesAround(sql, wallet, instant)}) entry where recorded_at < ${instant}))`;

/** The number of the first entry of a wallet that was recorded at or after an instant. */
export const firstEntrySince = (sql: Sql, wallet: WalletKey, instant: Date): Fragment => sql`
  select min(entry_no) from (${entriesAround(sql, wallet, instant)}) entry where recorded_at >= ${instant}`;

/** The last snapshot of a wallet of which everything was recorded before an instant. */
const snapshotBefore = (sql: Sql, wallet: WalletKey, instant: Date): Fragment => sql`
  select entry_no, points, pending, lifetime from balance_snapshots
  where ${isOf(sql, wallet)} and last_recorded < ${instant}
  order by last_recorded desc, entry_no desc limit 1`;

/** What the archived entries of a wallet add up to, as a balance before all that are there. */
export const openingOf = (sql: Sql, wallet: WalletKey): Fragment => sql`
  select 0::bigint as entry_no, points, pending, lifetime from ledger_openings where ${isOf(sql, wallet)}`;

/**
 * The entries between the snapshots around an instant, and those after the newest snapshot: of all
 * others it is known whether they were recorded before. The first entry recorded at or after an
 * instant is among them too.
 */
const entriesAround = (sql: Sql, wallet: WalletKey, instant: Date): Fragment => sql`
  select entry.* from (
    select after_entry, entry_no as last_entry from balance_snapshots
    where ${isOf(sql, wallet)} and last_recorded >= ${instant} and first_recorded < ${instant}
    union
    (select after_entry, entry_no from balance_snapshots
      where ${isOf(sql, wallet)} and last_recorded >= ${instant}
      order by last_recorded, entry_no limit 1)
    union all
    select coalesce(max(entry_no), 0), ${endless} from balance_snapshots where ${isOf(sql, wallet)}
  ) part
  cross join lateral (
    select entry_no, recorded_at, kind, account, counter_account, points from points_ledger
    where ${isOf(sql, wallet)} and entry_no > part.after_entry and entry_no <= part.last_entry
    offset 0) entry`;

/**
 * Greater than the number of any entry. A range with an upper bound is expected to have few
 * entries; with a lower bound alone the planner expects a third of a wallet, and of a large one
 * it may rather scan the summaries of the whole ledger than the index on the customer's entries.
 */
export const endless = Number.MAX_SAFE_INTEGER;

import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql } from '../driver/connect.ts';
import {
  firstEntrySince,
  isOf,
  lastEntryBefore,
  openingOf,
  pendingOf,
  pointsOf,
  sumsBefore,
} from '../ledger/balance-snapshots.ts';
import { type EntryRow, entryColumns, toEntry } from '../ledger/ledger-rows.ts';
import { refuseArchived } from '../ledger/refuse-archived.ts';

/** What a wallet holds at a point of its statement. */
type Holdings = Readonly<{ points: number; pending: number }>;

/** An entry with its time and the balance after it. */
export type StatementLine = Readonly<{
  entry: LedgerEntry;
  entryNo: number;
  bookedAt: Date;
  after: Holdings;
}>;

/**
 * Consecutive lines of a wallet, newest first: `opening` and the entries make `closing`, and
 * `opening` is the closing of the next page.
 */
export type StatementPage = Readonly<{
  lines: readonly StatementLine[];
  opening: Holdings;
  closing: Holdings;
  /** The entry that the next page ends before; absent on the last page. */
  next?: number | undefined;
}>;

/** Which lines: those recorded within [from, to), before the last entry of the previous page. */
export type StatementQuery = Readonly<{
  from?: Date | undefined;
  to?: Date | undefined;
  before?: number | undefined;
  limit: number;
}>;

/**
 * Reads a page of a wallet's statement as of one moment. Without a beginning it goes back to the
 * first entry that is not archived.
 * @throws RecordArchived when an end of the period is in an archived month
 */
export const readStatement = async (
  sql: Sql,
  wallet: WalletKey,
  query: StatementQuery,
): Promise<StatementPage> => {
  const rows = await readRows(sql, wallet, query);
  await refuseArchived(sql, wallet, [query.from, query.to]);
  const lines = rows.slice(0, query.limit).map(toLine);
  const [newest, oldest] = [lines[0], lines.at(-1)];
  if (newest === undefined || oldest === undefined) {
    const still = await holdingsBefore(sql, wallet, query.from);
    return { lines, opening: still, closing: still };
  }
  return {
    lines,
    opening: before(oldest),
    closing: newest.after,
    ...(rows.length > query.limit && { next: oldest.entryNo }),
  };
};

const before = ({
  after,
  entry: { account, counterAccount, points },
}: StatementLine): Holdings => ({
  points: after.points - (account === 'available' ? points : 0),
  pending:
    after.pending -
    (account === 'pending' ? points : 0) +
    (counterAccount === 'pending' ? points : 0),
});

type Row = EntryRow &
  Readonly<{ entryNo: number; bookedAt: Date; pointsAfter: number; pendingAfter: number }>;

const toLine = ({ entryNo, bookedAt, pointsAfter, pendingAfter, ...row }: Row): StatementLine => ({
  entry: toEntry(row),
  ...{ entryNo, bookedAt },
  after: { points: pointsAfter, pending: pendingAfter },
});

/**
 * A period is cut by entry and not by time: times are those of transactions' beginnings, which may
 * be a moment out of order, and a statement must leave no entry out between two others. The sums
 * begin at the last stored balance before the page.
 */
const readRows = async (
  sql: Sql,
  wallet: WalletKey,
  { from, to, before: cursor, limit }: StatementQuery,
): Promise<readonly Row[]> => sql<Row[]>`
  with wanted as (
    select entry_no from points_ledger
    where ${isOf(sql, wallet)}
      ${cursor === undefined ? sql`` : sql`and entry_no < ${cursor}`}
      ${from ? sql`and entry_no >= (${firstEntrySince(sql, wallet, from)})` : sql``}
      ${to ? sql`and entry_no <= (${lastEntryBefore(sql, wallet, to)})` : sql``}
    order by entry_no desc
    limit ${limit + 1}
  ), edge as (
    select min(entry_no) as oldest, max(entry_no) as newest from wanted
  ), start as (
    (select entry_no, points, pending, lifetime from balance_snapshots
      where ${isOf(sql, wallet)} and entry_no < (select oldest from edge)
      order by entry_no desc limit 1)
    union all (${openingOf(sql, wallet)})
    order by entry_no desc limit 1
  ), line as (
    select ${entryColumns(sql)}, entry_no, recorded_at as booked_at,
      (coalesce((select points from start), 0) + sum(${pointsOf(sql)}) over passed)::bigint as points_after,
      (coalesce((select pending from start), 0) + sum(${pendingOf(sql)}) over passed)::bigint as pending_after
    from points_ledger ledger
    where ${isOf(sql, wallet)} and entry_no > coalesce((select entry_no from start), 0)
      and entry_no <= (select newest from edge)
    window passed as (order by entry_no)
  )
  select * from line where entry_no >= (select oldest from edge)
  order by entry_no desc`;

const nothing: Holdings = { points: 0, pending: 0 };

/** The balance of a wallet before an instant, or before its first entry if none is given. */
const holdingsBefore = async (
  sql: Sql,
  wallet: WalletKey,
  instant: Date | undefined,
): Promise<Holdings> => {
  if (instant === undefined) {
    const [opening] = await sql<Holdings[]>`
      select points::bigint, pending::bigint from (${openingOf(sql, wallet)}) opening`;
    return opening ?? nothing;
  }
  const { points, pending } = await sumsBefore(sql, wallet, instant);
  return { points, pending };
};

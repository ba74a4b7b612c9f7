import type { LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/points/wallet-key.ts';
import type { Sql } from './connect.ts';
import { type EntryRow, entryColumns, toEntry } from './ledger-rows.ts';

/** What a wallet holds at a point of its statement. */
type Holdings = Readonly<{ points: number; pending: number }>;

/** An entry in its place: when it was booked, and what the wallet held after it. */
export type StatementLine = Readonly<{
  entry: LedgerEntry;
  entryNo: number;
  bookedAt: Date;
  after: Holdings;
}>;

/** Consecutive lines of a wallet, newest first: `opening` and the entries make `closing`, and `opening` is the closing of the next page. */
export type StatementPage = Readonly<{
  lines: readonly StatementLine[];
  opening: Holdings;
  closing: Holdings;
  /** The entry that the next page ends before; absent on the last page. */
  next?: number | undefined;
}>;

/** Which lines: those booked within [from, to), before an entry that was on the page before. */
export type StatementQuery = Readonly<{
  from?: Date | undefined;
  to?: Date | undefined;
  before?: number | undefined;
  limit: number;
}>;

/** Reads a page of a wallet's statement as of one moment. */
export const readStatement = async (
  sql: Sql,
  wallet: WalletKey,
  query: StatementQuery,
): Promise<StatementPage> => {
  const rows = await readRows(sql, wallet, query);
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

const toLine = (row: Row): StatementLine => ({
  entry: toEntry(row),
  entryNo: row.entryNo,
  bookedAt: row.bookedAt,
  after: { points: row.pointsAfter, pending: row.pendingAfter },
});

/**
 * A period is cut by entry and not by time: times are those of transactions' beginnings, which may be a moment out of order, and a
 * statement must leave no entry out between two others.
 */
const readRows = async (
  sql: Sql,
  { tenantId, customerId, program }: WalletKey,
  { from, to, before: cursor, limit }: StatementQuery,
): Promise<readonly Row[]> => sql<Row[]>`
  with line as (
    select entry_no, recorded_at,
      sum(case account when 'available' then points else 0 end) over passed as points_after,
      sum(case account when 'pending' then points else 0 end
        - case counter_account when 'pending' then points else 0 end) over passed as pending_after
    from points_ledger
    where tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}
    window passed as (order by entry_no)
  ), wanted as (
    select * from line
    where true
      ${cursor === undefined ? sql`` : sql`and entry_no < ${cursor}`}
      ${from ? sql`and entry_no >= (select min(entry_no) from line where recorded_at >= ${from})` : sql``}
      ${to ? sql`and entry_no <= (select max(entry_no) from line where recorded_at < ${to})` : sql``}
    order by entry_no desc
    limit ${limit + 1}
  )
  select ${entryColumns(sql)}, entry_no as "entryNo", ledger.recorded_at as "bookedAt",
    points_after::bigint as "pointsAfter", pending_after::bigint as "pendingAfter"
  from wanted join points_ledger ledger using (entry_no)
  where tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}
  order by entry_no desc`;

const nothing: Holdings = { points: 0, pending: 0 };

/** What a wallet held before an instant; before the first entry if none is given. */
const holdingsBefore = async (
  sql: Sql,
  { tenantId, customerId, program }: WalletKey,
  instant: Date | undefined,
): Promise<Holdings> => {
  if (instant === undefined) return nothing;
  const [holdings] = await sql<[Holdings]>`
    select ${holdingsColumns(sql)} from points_ledger
    where tenant_id = ${tenantId} and customer_id = ${customerId} and program = ${program}
      and recorded_at < ${instant}`;
  return holdings;
};

/** What entries add up to on the customer's two accounts. */
export const holdingsColumns = (sql: Sql) => sql`
  coalesce(sum(points) filter (where account = 'available'), 0)::bigint as points,
  (coalesce(sum(points) filter (where account = 'pending'), 0)
    - coalesce(sum(points) filter (where counter_account = 'pending'), 0))::bigint as pending`;

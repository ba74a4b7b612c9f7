import type { Sql } from './connect.ts';
import { withPostgres } from './transaction.ts';

/** Which of the transactions that the write-ahead log shows can be seen by statements. */
export type VisibleTransactions = Readonly<{
  /**
   * Those of the given transactions whose changes a statement may not see yet. The log shows a
   * commit a moment before other statements do: a reader that follows the log and then queries
   * tables would read the state before it. Whatever is not in the result is seen by every later
   * statement.
   * @param ids transactions in the 32 bits that the log has of their ids.
   * @throws Unavailable when Postgres is unavailable.
   */
  unseen: (ids: readonly number[]) => Promise<ReadonlySet<number>>;
}>;

/** Queries a snapshot of Postgres. */
export const visibleTransactions = (sql: Sql): VisibleTransactions => ({
  unseen: (ids) =>
    withPostgres(async () => {
      if (ids.length === 0) return new Set();
      // Ids wrap around after 2^32: each is interpreted as the nearest one before the next id, or
      // as one that is not assigned yet.
      const rows = await sql<{ id: number }[]>`
        select id
        from (select pg_current_snapshot() as snapshot, pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next) now
        cross join unnest(${[...new Set(ids)]}::bigint[]) as id
        cross join lateral (select (next - id) & 4294967295 as before) distance
        where not (before between 1 and 2147483647
          and pg_visible_in_snapshot(greatest(next - before, 0)::text::xid8, snapshot))`;
      return new Set(rows.map(({ id }) => id));
    }),
});

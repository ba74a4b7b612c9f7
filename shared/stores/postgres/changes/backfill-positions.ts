import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import type { Values } from './table-rows.ts';

/** How far the backfill of each table has come. */
export type BackfillPositions = Readonly<{
  /** The key of the last row that was published; undefined where none is under way. */
  find: (table: string) => Promise<Values | undefined>;
  save: (table: string, after: Values) => Promise<void>;
  /** The next backfill of the table begins at its first row. */
  forget: (table: string) => Promise<void>;
}>;

/** Positions in Postgres, so that a run goes on from any machine. */
export const backfillPositions = (sql: Sql): BackfillPositions => ({
  find: (table) =>
    withPostgres(async () => {
      const [row] = await sql<{ afterKey: Values }[]>`
        select after_key from backfill_positions where table_name = ${table}`;
      return row?.afterKey;
    }),
  save: (table, after) =>
    withPostgres(async () => {
      await sql`
        insert into backfill_positions (table_name, after_key)
        values (${table}, ${JSON.stringify(after)}::text::jsonb)
        on conflict (table_name) do update set after_key = excluded.after_key, updated_at = now()`;
    }),
  forget: (table) =>
    withPostgres(async () => {
      await sql`delete from backfill_positions where table_name = ${table}`;
    }),
});

import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import type { Values } from './table-rows.ts';

/** How far each backfill has come, by its name: its table and topics. */
export type BackfillPositions = Readonly<{
  /** The key of the last row that was published; undefined where none is under way. */
  find: (name: string) => Promise<Values | undefined>;
  save: (name: string, after: Values) => Promise<void>;
  /** The next backfill of the name begins at its first row. */
  forget: (name: string) => Promise<void>;
}>;

/** Positions in Postgres, so that a run goes on from any machine. */
export const backfillPositions = (sql: Sql): BackfillPositions => ({
  find: (name) =>
    withPostgres(async () => {
      const [row] = await sql<{ afterKey: Values }[]>`
        select after_key from backfill_positions where table_name = ${name}`;
      return row?.afterKey;
    }),
  save: (name, after) =>
    withPostgres(async () => {
      await sql`
        insert into backfill_positions (table_name, after_key)
        values (${name}, ${JSON.stringify(after)}::text::jsonb)
        on conflict (table_name) do update set after_key = excluded.after_key, updated_at = now()`;
    }),
  forget: (name) =>
    withPostgres(async () => {
      await sql`delete from backfill_positions where table_name = ${name}`;
    }),
});

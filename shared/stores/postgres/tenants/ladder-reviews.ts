import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** A version of a program's ladder. */
type LadderKey = Readonly<{ tenantId: string; program: string; version: number }>;

/** How far the review of a program's wallets under a ladder has come. */
type LadderProgress = Readonly<{
  /** The last customer whose wallet was looked at; empty before the first. */
  after: string;
  hasEnded: boolean;
}>;

/** Every method throws Unavailable when Postgres is not there; repeating is safe. */
export type LadderReviews = Readonly<{
  find: (key: LadderKey) => Promise<LadderProgress>;
  save: (key: LadderKey, progress: LadderProgress) => Promise<void>;
  /** Makes the next review check every wallet again. */
  restart: (key: LadderKey) => Promise<void>;
}>;

/**
 * Reviews of wallets under new ladders, kept so that each wallet is looked at once and not by
 * every tick.
 */
export const ladderReviews = (sql: Sql): LadderReviews => ({
  find: ({ tenantId, program, version }) =>
    withPostgres(async () => {
      const [row] = await sql<LadderProgress[]>`
        select after_customer as after, ended_at is not null as has_ended from ladder_reviews
        where tenant_id = ${tenantId} and program = ${program} and version = ${version}`;
      return row ?? { after: '', hasEnded: false };
    }),
  save: async ({ tenantId, program, version }, { after, hasEnded }) => {
    await withPostgres(
      async () => sql`
        insert into ladder_reviews (tenant_id, program, version, after_customer, ended_at)
        values (${tenantId}, ${program}, ${version}, ${after}, case when ${hasEnded} then now() end)
        on conflict (tenant_id, program, version) do update set
          after_customer = excluded.after_customer, ended_at = excluded.ended_at`,
    );
  },
  restart: async ({ tenantId, program, version }) => {
    await withPostgres(
      async () => sql`
        delete from ladder_reviews
        where tenant_id = ${tenantId} and program = ${program} and version = ${version}`,
    );
  },
});

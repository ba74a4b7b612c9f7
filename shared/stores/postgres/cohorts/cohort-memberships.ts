import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/postgres-error.ts';
import { rowsOf } from '../driver/rows-of.ts';

/** In which cohorts was a user at an instant? */
type MembershipQuestion = Readonly<{
  tenantId: string;
  userId: string;
  at: Date;
  /** The cohorts that matter to it; without them, all do. */
  asks?: ReadonlySet<string>;
}>;

export type CohortMemberships = Readonly<{
  /**
   * Returns for each question, in order, those of the cohorts that the user was in, at least of
   * those that it asks about. Reads nothing where there are none.
   */
  among: (
    cohorts: ReadonlySet<string>,
    questions: readonly MembershipQuestion[],
  ) => Promise<readonly ReadonlySet<string>[]>;
}>;

/** Who was in which cohort when. */
export const cohortMemberships = (sql: Sql): CohortMemberships => ({
  among: async (cohorts, questions) => {
    if (cohorts.size === 0) return questions.map(() => new Set());
    const asked = questions.map((question, place) => ({ ...question, place }));
    const rows = await withPostgres(
      async () => sql<{ place: number; cohort: string }[]>`
        select place, member.cohort
        from ${rowsOf(sql, { asked }, { tenantId: 'text', userId: 'text', at: 'timestamptz', place: 'integer' })}
        cross join lateral (
          select cohort from cohort_members member
          where member.tenant_id = asked.tenant_id and member.customer_id = asked.user_id
            and member.cohort = any(${[...cohorts]}::text[]) and member.since <= asked.at and asked.at < member.until
          offset 0) member`,
    );
    const byPlace = Map.groupBy(rows, ({ place }) => place);
    return questions.map(
      (_question, index) => new Set(byPlace.get(index)?.map(({ cohort }) => cohort)),
    );
  },
});

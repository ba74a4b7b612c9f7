import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** Asks in which of some cohorts a user was at an instant. */
export type MembershipQuestion = Readonly<{
  tenantId: string;
  userId: string;
  at: Date;
  cohorts: ReadonlySet<string>;
}>;

export type CohortMemberships = Readonly<{
  /**
   * Returns for each question, in order, those of its cohorts that the user was in. Reads nothing
   * where there are none.
   */
  among: (questions: readonly MembershipQuestion[]) => Promise<readonly ReadonlySet<string>[]>;
}>;

/** Memberships of users in cohorts over time. */
export const cohortMemberships = (sql: Sql): CohortMemberships => ({
  among: async (questions) => {
    const wanted = new Set(questions.flatMap(({ cohorts }) => [...cohorts]));
    if (wanted.size === 0) return questions.map(() => new Set());
    const asked = questions.map((question, place) => ({ ...question, place }));
    const rows = await withPostgres(
      async () => sql<{ place: number; cohort: string }[]>`
        select place, member.cohort
        from ${rowsOf(sql, { asked }, { tenantId: 'text', userId: 'text', at: 'timestamptz', place: 'integer' })}
        cross join lateral (
          select cohort from cohort_members member
          where member.tenant_id = asked.tenant_id and member.customer_id = asked.user_id
            and member.cohort = any(${[...wanted]}::text[]) and member.since <= asked.at and asked.at < member.until
          union all
          select cohort from real_time_members member
          where member.tenant_id = asked.tenant_id and member.customer_id = asked.user_id
            and member.cohort = any(${[...wanted]}::text[]) and member.periods @> asked.at
          offset 0) member`,
    );
    const byPlace = Map.groupBy(rows, ({ place }) => place);
    return questions.map(({ cohorts }, index) => {
      const found = byPlace.get(index)?.map(({ cohort }) => cohort);
      return new Set(found?.filter((cohort) => cohorts.has(cohort)));
    });
  },
});

import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** Names a cohort by what campaigns call it. */
type CohortName = Readonly<{ tenantId: string; cohort: string }>;

/**
 * A stretch of event time around an instant in which the members of a cohort are the same: from
 * `from` until just before `until`, in milliseconds since 1970.
 */
export type CohortWindow = CohortName &
  Readonly<{
    from: number;
    until: number;
    /** When its members last changed, before the instant; undefined: long ago. */
    changedAt: number | undefined;
  }>;

export type CohortWindows = Readonly<{
  /**
   * The windows around now of cohorts that active campaigns use, a limited number per tenant.
   * Real-time cohorts have none: any action may change them.
   */
  around: (now: Date) => Promise<readonly CohortWindow[]>;
  /** The members of a cohort at an instant at which nothing changes any more, one by one. */
  members: (cohort: CohortName, at: Date) => AsyncIterable<string>;
  /** Removes instants that no window needs any more. */
  forget: (now: Date) => Promise<void>;
}>;

/**
 * How far ahead of now it is known that nothing changes, unless it is recorded already. A change
 * takes effect five minutes after it is made (0017): of these, three are for clocks that differ,
 * and half a minute for a transaction that commits late.
 */
const knownMs = 90_000;

/** Changes longer ago are ignored: a window need not reach back further. */
const backMsMax = 86_400_000;

/** A cursor over millions of members would exceed the statement timeout. */
const membersPerPage = 10_000;

/** Cohorts of one tenant that have windows. */
const perTenantMax = 100;

/** When the members of cohorts stay the same. */
export const cohortWindows = (sql: Sql): CohortWindows => ({
  around: (now) =>
    withPostgres(async () => {
      const since = new Date(now.getTime() - backMsMax);
      const known = new Date(now.getTime() + knownMs);
      type Row = Omit<CohortWindow, 'changedAt'> & Readonly<{ changedAt: number | null }>;
      const rows = await sql<Row[]>`
        select tenant_id, cohort,
          ceil(1000 * extract(epoch from coalesce(changed_at, ${since})))::bigint as "from",
          floor(1000 * extract(epoch from coalesce(next_at, ${known})))::bigint as until,
          ceil(1000 * extract(epoch from changed_at))::bigint as changed_at
        from (
          select tenant_id, cohort, row_number() over (partition by tenant_id order by cohort) as place,
            (select max(at) from cohort_instants i
             where i.tenant_id = used.tenant_id and i.cohort = used.cohort and at > ${since} and at <= ${now}) as changed_at,
            (select min(at) from cohort_instants i
             where i.tenant_id = used.tenant_id and i.cohort = used.cohort and at > ${now} and at < ${known}) as next_at
          from (
            select distinct tenant_id, cohort from campaigns join cohorts using (tenant_id, cohort)
            where campaigns.status = 'ACTIVE' and campaigns.end_at > ${since} and deleted_at is null
              and cohorts.kind <> 'REAL_TIME') used) windows
        where place <= ${perTenantMax}`;
      return rows.map(({ changedAt, ...row }) => ({ ...row, changedAt: changedAt ?? undefined }));
    }),
  members: async function* ({ tenantId, cohort }, at) {
    for (let after = ''; ; ) {
      const page = await withPostgres(
        async () => sql<{ customerId: string }[]>`
          select customer_id from cohort_members
          where tenant_id = ${tenantId} and cohort = ${cohort} and customer_id > ${after}
            and since <= ${at} and until > ${at}
          order by customer_id limit ${membersPerPage}`,
      );
      for (const { customerId } of page) yield customerId;
      const last = page.at(-1);
      if (last === undefined || page.length < membersPerPage) return;
      after = last.customerId;
    }
  },
  forget: (now) =>
    withPostgres(async () => {
      const past = new Date(now.getTime() - 2 * backMsMax);
      await sql`
        delete from cohort_instants where ctid = any(array(
          select ctid from cohort_instants where at < ${past} limit 10000))`;
    }),
});

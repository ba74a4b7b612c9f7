import type { CohortDefinition } from '#shared/domain/cohorts/cohort-predicate.ts';
import { dayMs } from '#shared/domain/time/local-time.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { type AppliedChange, applyChange } from './apply-change.ts';
import { type ChangeKey, type CohortChange, lockChange } from './change-rows.ts';
import { peopleSql, predicateSql } from './predicate-sql.ts';

/** A change that waits for work. */
export type OpenChange = Pick<
  CohortChange,
  'changeId' | 'tenantId' | 'cohortId' | 'kind' | 'status' | 'asOf'
>;

export type Recomputations = Readonly<{
  /**
   * Begins a recomputation of each dynamic cohort that is due; of several pods, one does. A cohort
   * that is locked, such as by a change that is being applied, is left to the next call.
   */
  begin: (now: Date) => Promise<void>;
  /** Recomputations under way and changes that are ready, those that waited longest first. */
  open: () => Promise<readonly OpenChange[]>;
  /**
   * Stages the members among the next users of a recomputation. Begins again from the start where
   * it died; once all users were considered, the change is ready.
   */
  stageSlice: (key: ChangeKey) => Promise<void>;
  /** Makes a change effective, once. */
  apply: <DomainEvent extends OutboxEvent>(
    key: ChangeKey,
    options: Readonly<{
      clock: () => Date;
      domainEventOf: (applied: AppliedChange) => DomainEvent;
    }>,
  ) => Promise<DomainEvent | undefined>;
  /** Removes a bounded part of what closed changes left; true: there is more. */
  sweep: (now: Date) => Promise<boolean>;
  /** Seconds since the most overdue dynamic cohort should have been recomputed; 0: none is due. */
  mostOverdueSeconds: (now: Date) => Promise<number>;
}>;

type Options = Readonly<{
  /** Users considered in one transaction. */
  usersPerSlice?: number;
  /** Rows that one statement of a change reads or writes: a second or two of work. */
  rowsPerSlice?: number;
}>;

/** How dynamic cohorts are computed, and how changes of many members become effective. */
export const recomputations = (
  sql: Sql,
  { usersPerSlice = 10_000, rowsPerSlice = 20_000 }: Options = {},
): Recomputations => ({
  begin: (now) =>
    withPostgres(async () => {
      await sql`
        with due as (
          select tenant_id, cohort_id from cohorts
          where kind = 'DYNAMIC' and deleted_at is null and due_at <= ${now}
          for no key update skip locked)
        insert into cohort_changes (change_id, tenant_id, cohort_id, kind, mode, as_of, created_by)
        select gen_random_uuid(), tenant_id, cohort_id, 'RECOMPUTATION', 'REPLACE', ${now}, 'recompute-cohort'
        from due
        on conflict (cohort_id) where kind = 'RECOMPUTATION' and status in ('STAGING', 'READY') do nothing`;
    }),
  open: () =>
    withPostgres(
      () => sql<OpenChange[]>`
        select change_id, tenant_id, cohort_id, kind, status, as_of from cohort_changes
        where status = 'READY' or (status = 'STAGING' and kind = 'RECOMPUTATION')
        order by created_at limit 100`,
    ),
  stageSlice: (key) => inTransaction(sql, (tx) => stageSlice(tx, key, usersPerSlice)),
  apply: (key, options) => applyChange(sql, key, { ...options, rowsPerSlice }),
  sweep: (now) => withPostgres(() => sweep(sql, now)),
  mostOverdueSeconds: (now) =>
    withPostgres(async () => {
      const [row] = await sql<[{ seconds: number }]>`
        select coalesce(max(extract(epoch from ${now}::timestamptz - due_at)), 0)::float as seconds
        from cohorts where due_at <= ${now} and deleted_at is null`;
      return row.seconds;
    }),
});

const stageSlice = async (tx: Transaction, key: ChangeKey, limit: number): Promise<void> => {
  const change = await lockChange(tx, key);
  if (change?.status !== 'STAGING') return;
  const { changeId, tenantId, cohortId, asOf, through: after } = change;
  const [cohort] = await tx<{ definition: CohortDefinition }[]>`
    select definition from cohorts where cohort_id = ${cohortId} and deleted_at is null`;
  if (cohort === undefined) {
    await tx`update cohort_changes set status = 'DISCARDED' where change_id = ${changeId}`;
    return;
  }
  const isMember = predicateSql(tx, cohort.definition.predicate, { tenantId, asOf });
  const [slice] = await tx<[{ considered: number; through: string | null }]>`
    with person as materialized (${peopleSql(tx, { tenantId, after, limit })}),
    staged as (
      insert into cohort_staged_members (change_id, customer_id)
      select ${changeId}, user_id from person where ${isMember} on conflict do nothing)
    select count(*) as considered, max(user_id) as through from person`;
  const status = slice.considered < limit ? 'READY' : 'STAGING';
  await tx`
    update cohort_changes set status = ${status}, through = ${slice.through ?? after},
      rows_read = rows_read + ${slice.considered}, touched_at = now()
    where change_id = ${changeId}`;
};

/** Rows that one statement removes. */
const sweptMax = 20_000;

/** Uploads that nobody continues are discarded after a week; closed changes stay for 90 days. */
const sweep = async (sql: Sql, now: Date): Promise<boolean> => {
  const week = new Date(now.getTime() - 7 * dayMs);
  const quarter = new Date(now.getTime() - 90 * dayMs);
  await sql`
    update cohort_changes set status = 'DISCARDED'
    where not is_swept and status = 'STAGING' and kind = 'UPLOAD' and touched_at < ${week}`;
  const [closed] = await sql<{ changeId: string }[]>`
    select change_id from cohort_changes
    where not is_swept and status in ('APPLIED', 'DISCARDED') order by touched_at limit 1`;
  if (closed !== undefined) {
    const { changeId } = closed;
    // By place, not by a join: its plan would follow statistics from before these rows, and compare
    // each with each.
    const removed = await sql`
      delete from cohort_staged_members where ctid = any(array(
        select ctid from cohort_staged_members where change_id = ${changeId} limit ${sweptMax}))`;
    if (removed.count < sweptMax)
      await sql`update cohort_changes set is_swept = true where change_id = ${changeId}`;
    return true;
  }
  const old = sql`
    select change_id from cohort_changes where is_swept and touched_at < ${quarter} limit 100`;
  await sql`delete from cohort_refused_rows where change_id in (${old})`;
  const { count } = await sql`delete from cohort_changes where change_id in (${old})`;
  return count > 0;
};

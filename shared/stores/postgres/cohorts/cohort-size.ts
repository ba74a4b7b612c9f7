import { clocksApartMsMax } from '#shared/domain/time/clocks.ts';
import { dayMs } from '#shared/domain/time/local-time.ts';
import type { Sql, Transaction } from '../driver/connect.ts';

/** How many members a cohort has as of an instant. */
export type CohortSize = Readonly<{ size: number; sizeAt: Date }>;

type Sized = Readonly<{
  tenantId: string;
  cohortId: string;
  cohort: string;
  kind: 'STATIC' | 'DYNAMIC' | 'REAL_TIME';
}>;

/** Members up to which every reader has them counted. */
const countedMax = 20_000;

/** Members of one large cohort that are counted in a second, however many readers it has. */
const countedPerSecond = 20_000;

/**
 * How many members a cohort has at an instant. A large one is counted only if periods began or
 * ended since its last count or change of many members, and not again at once: meanwhile the
 * last count is returned, with its time.
 */
export const readSize = async (
  sql: Sql | Transaction,
  cohort: Sized,
  at: Date,
): Promise<CohortSize> => {
  const known = await knownSize(sql, cohort, at);
  if (known === undefined || known.size <= countedMax) return count(sql, cohort, at);
  const { size, sizeAt, isCurrent } = known;
  const ageMs = at.getTime() - sizeAt.getTime();
  // Real-time members come and go without a record of when; of others it is kept for two days.
  if (isCurrent && cohort.kind !== 'REAL_TIME' && ageMs < dayMs) return { size, sizeAt: at };
  if (ageMs < (size / countedPerSecond) * 1000) return { size, sizeAt };
  return count(sql, cohort, at);
};

type Known = CohortSize & Readonly<{ isCurrent: boolean }>;

/**
 * The last count or applied change before an instant, and whether no other period began or ended
 * since. What was written concurrently with a count may take effect somewhat before it, as clocks
 * differ.
 */
const knownSize = async (
  sql: Sql | Transaction,
  { tenantId, cohortId, cohort }: Sized,
  at: Date,
): Promise<Known | undefined> => {
  const apart = `${clocksApartMsMax} milliseconds`;
  const [known] = await sql<Known[]>`
    select size, size_at, not exists (
      select from cohort_instants
      where tenant_id = ${tenantId} and cohort = ${cohort} and at > since and at <= ${at} and at <> size_at) as is_current
    from (
      select size, size_at, size_at - ${apart}::interval as since from cohorts
      where cohort_id = ${cohortId} and size_at <= ${at}
      union all
      select size, effective_at, applied_at from cohort_changes
      where cohort_id = ${cohortId} and status = 'APPLIED' and effective_at <= ${at} and applied_at is not null) known
    order by size_at desc limit 1`;
  return known;
};

const count = async (
  sql: Sql | Transaction,
  { tenantId, cohortId, cohort, kind }: Sized,
  at: Date,
): Promise<CohortSize> => {
  const members =
    kind === 'REAL_TIME'
      ? sql`real_time_members where periods @> ${at}::timestamptz`
      : sql`cohort_members where since <= ${at} and until > ${at}`;
  const [{ size }] = await sql<[{ size: number }]>`
    select count(*) as size from ${members} and tenant_id = ${tenantId} and cohort = ${cohort}`;
  if (size > countedMax) {
    await sql`
      update cohorts set size = ${size}, size_at = ${at}
      where cohort_id = ${cohortId} and (size_at is null or size_at < ${at})`;
  }
  return { size, sizeAt: at };
};

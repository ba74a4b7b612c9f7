import type { Transaction } from '../driver/connect.ts';
import type { CohortChange } from './change-rows.ts';

/** The staged members of a change, and the cohort that they become members of. */
type Place = Pick<CohortChange, 'changeId' | 'tenantId' | 'mode'> & Readonly<{ cohort: string }>;

/** Customers by their ids: those after one, through another. */
type Slice = Readonly<{ after: string; through: string }>;

/** Members added and removed at the instant of a change, and how many there are from then on. */
type Sizes = Readonly<{ added: number; removed: number; size: number }>;

type Writing = Readonly<{ at: Date; rowsPerSlice: number }>;

/**
 * Writes periods so that from an instant on the staged are members, in place of all others or in
 * addition to them. What was before the instant stays. Each statement reads and writes a slice of
 * the customers, so that none runs into a timeout, however large the cohort.
 */
export const writePeriods = async (
  tx: Transaction,
  place: Place,
  { at, rowsPerSlice }: Writing,
): Promise<Sizes> => {
  // The statistics of rows that were just written would have the planner loop over a whole slice
  // for each of its customers: for each slice, it plans a merge or hash join.
  await tx`select set_config('enable_nestloop', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)`;
  const sizes = { added: 0, removed: 0, size: 0 };
  for await (const slice of slicesOf(tx, place, rowsPerSlice)) {
    const { before, staged, kept } = await count(tx, { ...place, ...slice }, at);
    await write(tx, { ...place, ...slice }, at);
    const added = staged - kept;
    const removed = place.mode === 'REPLACE' ? before - kept : 0;
    sizes.added += added;
    sizes.removed += removed;
    sizes.size += before + added - removed;
  }
  return sizes;
};

/** Stretches of the customers that are members or staged, in order, without gaps. */
async function* slicesOf(
  tx: Transaction,
  { changeId, tenantId, cohort }: Place,
  limit: number,
): AsyncGenerator<Slice> {
  for (let after = ''; ; ) {
    const [{ through }] = await tx<[{ through: string | null }]>`
      select max(customer_id) as through from (
        select customer_id from (
          (select customer_id from cohort_staged_members
           where change_id = ${changeId} and customer_id > ${after} order by customer_id limit ${limit})
          union all
          (select customer_id from cohort_members
           where tenant_id = ${tenantId} and cohort = ${cohort} and customer_id > ${after}
           order by customer_id limit ${limit})) known
        order by customer_id limit ${limit}) slice`;
    if (through === null) return;
    yield { after, through };
    after = through;
  }
}

type Counts = Readonly<{ before: number; staged: number; kept: number }>;

/** How many of a slice are members at an instant, are staged, and are both. */
const count = async (
  tx: Transaction,
  { changeId, tenantId, cohort, after, through }: Place & Slice,
  at: Date,
): Promise<Counts> => {
  const isInSlice = tx`customer_id > ${after} and customer_id <= ${through}`;
  const [counts] = await tx<[Counts]>`
    with member as (
      select customer_id from cohort_members
      where tenant_id = ${tenantId} and cohort = ${cohort} and since <= ${at} and until > ${at} and ${isInSlice}),
    staged as (select customer_id from cohort_staged_members where change_id = ${changeId} and ${isInSlice})
    select count(member) as before, count(staged) as staged, count(*) filter (where member is not null and staged is not null) as kept
    from member full join staged using (customer_id)`;
  return counts;
};

const write = async (
  tx: Transaction,
  { changeId, tenantId, cohort, mode, after, through }: Place & Slice,
  at: Date,
): Promise<void> => {
  const isStaged = tx`exists (
    select from cohort_staged_members staged
    where staged.change_id = ${changeId} and staged.customer_id = member.customer_id
      and staged.customer_id > ${after} and staged.customer_id <= ${through})`;
  const ofSlice = tx`
    member.tenant_id = ${tenantId} and member.cohort = ${cohort}
      and member.customer_id > ${after} and member.customer_id <= ${through}`;
  const concerned = mode === 'REPLACE' ? tx`true` : isStaged;
  await tx`delete from cohort_members member where ${ofSlice} and since >= ${at} and ${concerned}`;
  if (mode === 'REPLACE') {
    await tx`
      update cohort_members member set until = ${at}
      where ${ofSlice} and since < ${at} and until > ${at} and not ${isStaged}`;
  }
  await tx`
    update cohort_members member set until = 'infinity'
    where ${ofSlice} and since < ${at} and until >= ${at} and until <> 'infinity' and ${isStaged}`;
  await tx`
    insert into cohort_members (tenant_id, cohort, customer_id, since)
    select ${tenantId}, ${cohort}, customer_id, ${at}::timestamptz from cohort_staged_members staged
    where change_id = ${changeId} and customer_id > ${after} and customer_id <= ${through} and not exists (
      select from cohort_members member
      where ${ofSlice} and member.customer_id = staged.customer_id and until > ${at})
    order by customer_id`;
};

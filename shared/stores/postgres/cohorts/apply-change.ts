import { effectOfLarge } from '#shared/domain/cohorts/change-lead.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { type CohortChange, lockChange } from './change-rows.ts';
import { lockCohort } from './cohort-rows.ts';
import { lockMembers } from './cohort-store.ts';

/** A change that became effective: what the cohort is from then on. */
export type AppliedChange = Readonly<{
  tenantId: string;
  cohortId: string;
  cohort: string;
  changeId: string;
  version: number;
  effectiveAt: Date;
  added: number;
  removed: number;
  size: number;
  kind: CohortChange['kind'];
}>;

type Options<DomainEvent extends OutboxEvent> = Readonly<{
  clock: () => Date;
  domainEventOf: (applied: AppliedChange) => DomainEvent;
}>;

/**
 * Makes a staged change effective from one instant on, in one transaction with its event. The
 * instant is far enough ahead that every pod decides about it by the same members. Undefined where
 * the change is not ready, such as when another pod applied it.
 * @throws Unavailable when writing took so long that the instant came too close.
 */
export const applyChange = <DomainEvent extends OutboxEvent>(
  sql: Sql,
  changeId: string,
  { clock, domainEventOf }: Options<DomainEvent>,
): Promise<DomainEvent | undefined> =>
  inTransaction(sql, async (tx) => {
    const change = await lockChange(tx, changeId);
    if (change?.status !== 'READY') return undefined;
    const { tenantId, cohortId } = change;
    const locked = await lockCohort(tx, change);
    if (locked === undefined) {
      await tx`update cohort_changes set status = 'DISCARDED' where change_id = ${changeId}`;
      return undefined;
    }
    const { cohort } = locked;
    const place = { ...change, cohort };
    await lockMembers(tx, place);
    const counted = await count(tx, place, earliestEffect(clock()));
    const effectiveAt = effectOfLarge(counted.staged + counted.before, clock());
    const { before, staged, kept } = await count(tx, place, effectiveAt);
    await write(tx, place, effectiveAt);
    const removed = change.mode === 'REPLACE' ? before - kept : 0;
    const sizes = { added: staged - kept, removed, size: before + staged - kept - removed };
    const version = locked.version + 1;
    await recordApplied(tx, change, { ...sizes, version, effectiveAt });
    if (earliestEffect(clock()) > effectiveAt)
      throw new Unavailable('self', `The change of cohort ${cohort} took too long to write`);
    const { kind } = change;
    const domainEvent = domainEventOf({
      tenantId,
      cohortId,
      cohort,
      changeId,
      kind,
      version,
      effectiveAt,
      ...sizes,
    });
    await addToOutbox(tx, [domainEvent]);
    return domainEvent;
  });

type Place = CohortChange & Readonly<{ cohort: string }>;

type Counts = Readonly<{ before: number; staged: number; kept: number }>;

/** How many are members at an instant, are staged, and are both. */
const count = async (
  tx: Transaction,
  { changeId, tenantId, cohort }: Place,
  at: Date,
): Promise<Counts> => {
  const [counts] = await tx<[Counts]>`
    with member as (
      select customer_id from cohort_members
      where tenant_id = ${tenantId} and cohort = ${cohort} and since <= ${at} and until > ${at}),
    staged as (select customer_id from cohort_staged_members where change_id = ${changeId})
    select count(member) as before, count(staged) as staged, count(*) filter (where member is not null and staged is not null) as kept
    from member full join staged using (customer_id)`;
  return counts;
};

/**
 * Writes periods so that from an instant on the staged are members, and in place of all others or
 * beside them. What was before the instant stays.
 */
const write = async (
  tx: Transaction,
  { changeId, tenantId, cohort, mode }: Place,
  at: Date,
): Promise<void> => {
  const isStaged = tx`exists (
    select from cohort_staged_members staged
    where staged.change_id = ${changeId} and staged.customer_id = member.customer_id)`;
  const ofCohort = tx`member.tenant_id = ${tenantId} and member.cohort = ${cohort}`;
  const concerned = mode === 'REPLACE' ? tx`true` : isStaged;
  await tx`delete from cohort_members member where ${ofCohort} and since >= ${at} and ${concerned}`;
  if (mode === 'REPLACE') {
    await tx`
      update cohort_members member set until = ${at}
      where ${ofCohort} and since < ${at} and until > ${at} and not ${isStaged}`;
  }
  await tx`
    update cohort_members member set until = 'infinity'
    where ${ofCohort} and since < ${at} and until >= ${at} and until <> 'infinity' and ${isStaged}`;
  await tx`
    insert into cohort_members (tenant_id, cohort, customer_id, since)
    select ${tenantId}, ${cohort}, customer_id, ${at}::timestamptz from cohort_staged_members staged
    where change_id = ${changeId} and not exists (
      select from cohort_members member
      where ${ofCohort} and member.customer_id = staged.customer_id and until > ${at})
    order by customer_id`;
};

type Result = Pick<AppliedChange, 'added' | 'removed' | 'size' | 'version' | 'effectiveAt'>;

/** A definition that was saved meanwhile stays due. */
const recordApplied = async (
  tx: Transaction,
  { changeId, cohortId, kind, asOf }: CohortChange,
  { added, removed, size, version, effectiveAt }: Result,
): Promise<void> => {
  await tx`
    update cohort_changes set status = 'APPLIED', touched_at = now(), version = ${version},
      effective_at = ${effectiveAt}, added = ${added}, removed = ${removed}, size = ${size}
    where change_id = ${changeId}`;
  await tx`update cohorts set version = ${version} where cohort_id = ${cohortId}`;
  if (kind === 'RECOMPUTATION') {
    await tx`
      update cohorts set recomputed_at = ${asOf},
        due_at = ${asOf}::timestamptz + (definition->>'everyHours')::integer * interval '1 hour'
      where cohort_id = ${cohortId}`;
  }
};

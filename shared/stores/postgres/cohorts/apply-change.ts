import { effectOfLarge } from '#shared/domain/cohorts/change-lead.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { type ChangeKey, type CohortChange, lockChange } from './change-rows.ts';
import { lockCohort } from './cohort-rows.ts';
import { lockMembers } from './cohort-store.ts';
import { writePeriods } from './write-periods.ts';

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
  /** Rows that one statement reads or writes. */
  rowsPerSlice: number;
}>;

/**
 * Makes a staged change effective from one instant on, in one transaction with its event. The
 * instant is far enough ahead that every pod decides about it by the same members. Undefined where
 * the change is not ready, such as when another pod applied it.
 * @throws Unavailable when writing took so long that the instant came too close.
 */
export const applyChange = <DomainEvent extends OutboxEvent>(
  sql: Sql,
  key: ChangeKey,
  { clock, domainEventOf, rowsPerSlice }: Options<DomainEvent>,
): Promise<DomainEvent | undefined> =>
  inTransaction(sql, async (tx) => {
    const locked = await lockCohort(tx, key);
    const change = await lockChange(tx, key);
    if (change?.status !== 'READY') return undefined;
    const { tenantId, cohortId, changeId, kind } = change;
    if (locked === undefined) {
      await tx`update cohort_changes set status = 'DISCARDED' where change_id = ${changeId}`;
      return undefined;
    }
    const { cohort } = locked;
    const place = { ...change, cohort };
    await lockMembers(tx, place);
    const appliedAt = clock();
    const effectiveAt = effectOfLarge(await rowsOfChange(tx, place), appliedAt);
    const sizes = await writePeriods(tx, place, { at: effectiveAt, rowsPerSlice });
    const version = locked.version + 1;
    await recordApplied(tx, change, { ...sizes, version, effectiveAt, appliedAt });
    if (earliestEffect(clock()) > effectiveAt)
      throw new Unavailable('self', `The change of cohort ${cohort} took too long to write`);
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

/** How many rows a change reads and writes at most. */
const rowsOfChange = async (
  tx: Transaction,
  { tenantId, cohort, rowsRead }: CohortChange & Readonly<{ cohort: string }>,
): Promise<number> => {
  const [row] = await tx<[{ count: number }]>`
    select count(*) from cohort_members where tenant_id = ${tenantId} and cohort = ${cohort}`;
  return rowsRead + row.count;
};

type Result = Pick<AppliedChange, 'added' | 'removed' | 'size' | 'version' | 'effectiveAt'> &
  Readonly<{ appliedAt: Date }>;

/** A definition that was saved meanwhile stays due. */
const recordApplied = async (
  tx: Transaction,
  { changeId, cohortId, kind, asOf }: CohortChange,
  { added, removed, size, version, effectiveAt, appliedAt }: Result,
): Promise<void> => {
  await tx`
    update cohort_changes set status = 'APPLIED', touched_at = now(), version = ${version},
      effective_at = ${effectiveAt}, applied_at = ${appliedAt}, added = ${added}, removed = ${removed}, size = ${size}
    where change_id = ${changeId}`;
  await tx`update cohorts set version = ${version} where cohort_id = ${cohortId}`;
  if (kind === 'RECOMPUTATION') {
    await tx`
      update cohorts set recomputed_at = ${asOf},
        due_at = ${asOf}::timestamptz + (definition->>'everyHours')::integer * interval '1 hour'
      where cohort_id = ${cohortId}`;
  }
};

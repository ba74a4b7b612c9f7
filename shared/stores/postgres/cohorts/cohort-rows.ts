import type { CohortDefinition } from '#shared/domain/cohorts/cohort-predicate.ts';
import type { CohortRules } from '#shared/domain/cohorts/cohort-rules.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import { type CohortSize, readSize } from './cohort-size.ts';
import { type CohortMember, memberColumns } from './cohort-store.ts';
import { readRealTimeMembers } from './real-time-periods.ts';

/**
 * A cohort as it is registered; its members are those of `cohort` in CohortStore, or in
 * RealTimeMembers.
 */
export type CohortRecord = Readonly<{
  cohortId: string;
  cohort: string;
  name: string;
  description: string | undefined;
  kind: 'STATIC' | 'DYNAMIC' | 'REAL_TIME';
  /** Of a dynamic cohort. */
  definition: CohortDefinition | undefined;
  /** Of a real-time cohort. */
  rules: CohortRules | undefined;
  /** Grows with every upload and recomputation that became effective. */
  version: number;
  /** As of when the members of a dynamic cohort were last computed. */
  recomputedAt: Date | undefined;
  /** Grows with every change of name, description, definition or rules. */
  revision: number;
  createdAt: Date;
  createdBy: string;
}>;

/** A cohort with how many members it has at an instant. */
export type CountedCohort = CohortRecord & CohortSize;

/** Names a cohort; one of another tenant is not found. */
export type CohortKey = Readonly<{ tenantId: string; cohortId: string }>;

/** A cohort with how many members it has at an instant, as readSize knows it. */
export const readCohort = async (
  sql: Sql | Transaction,
  { tenantId, cohortId }: CohortKey,
  at: Date,
): Promise<CountedCohort | undefined> => {
  const [found] = await sql<RowOf<CohortRecord>[]>`
    select ${cohortColumns(sql)} from cohorts
    where tenant_id = ${tenantId} and cohort_id = ${cohortId} and deleted_at is null`;
  if (found === undefined) return undefined;
  const cohort = fromRow<CohortRecord>(found);
  return { ...cohort, ...(await readSize(sql, { ...cohort, tenantId }, at)) };
};

/** What a cohort is read by. */
const cohortColumns = (sql: Sql | Transaction) =>
  sql`cohort_id, cohort, name, description, kind, definition, rules, version, recomputed_at, revision, created_at, created_by`;

/** Cohorts in the order of their names. */
export const readCohorts = async (
  sql: Sql,
  tenantId: string,
  { limit, after = '' }: Readonly<{ limit: number; after: string | undefined }>,
): Promise<readonly CohortRecord[]> => {
  const rows = await sql<RowOf<CohortRecord>[]>`
    select ${cohortColumns(sql)} from cohorts
    where tenant_id = ${tenantId} and cohort > ${after} and deleted_at is null order by cohort limit ${limit}`;
  return rows.map(fromRow<CohortRecord>);
};

/** Members at an instant, in the order of their ids. */
export const readMembers = async (
  sql: Sql,
  { tenantId, cohortId }: CohortKey,
  { at, limit, after = '' }: Readonly<{ at: Date; limit: number; after: string | undefined }>,
): Promise<readonly CohortMember[] | undefined> => {
  const [found] = await sql<Pick<CohortRecord, 'cohort' | 'kind'>[]>`
    select cohort, kind from cohorts where tenant_id = ${tenantId} and cohort_id = ${cohortId} and deleted_at is null`;
  if (found === undefined) return undefined;
  if (found.kind === 'REAL_TIME')
    return readRealTimeMembers(sql, { tenantId, cohort: found.cohort }, { at, limit, after });
  const rows = await sql<RowOf<CohortMember>[]>`
    select ${memberColumns(sql)} from cohort_members
    where tenant_id = ${tenantId} and cohort = ${found.cohort} and customer_id > ${after}
      and since <= ${at} and until > ${at}
    order by customer_id limit ${limit}`;
  return rows.map(fromRow<CohortMember>);
};

/** Locks a cohort: changes to one follow each other. */
export const lockCohort = async (
  tx: Transaction,
  { tenantId, cohortId }: CohortKey,
): Promise<CohortRecord | undefined> => {
  const [found] = await tx<RowOf<CohortRecord>[]>`
    select ${cohortColumns(tx)} from cohorts
    where tenant_id = ${tenantId} and cohort_id = ${cohortId} and deleted_at is null for no key update`;
  return found && fromRow<CohortRecord>(found);
};

import type { Sql, Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';

/** A change of many members of a cohort: they are staged, and then become effective at once. */
export type CohortChange = Readonly<{
  changeId: string;
  tenantId: string;
  cohortId: string;
  kind: 'UPLOAD' | 'RECOMPUTATION';
  /** ADD keeps the members that are not staged, REPLACE removes them. */
  mode: 'ADD' | 'REPLACE';
  /** STAGING until it is complete, READY until it is applied or discarded. */
  status: 'STAGING' | 'READY' | 'APPLIED' | 'DISCARDED';
  /** Rows of an upload, users of a recomputation. */
  rowsRead: number;
  rowsRefused: number;
  /** The last user that a recomputation has considered. */
  through: string;
  /** When the time windows of a recomputation end. */
  asOf: Date;
  createdAt: Date;
  createdBy: string;
  /** What it came to, once it is applied. */
  version: number | undefined;
  effectiveAt: Date | undefined;
  added: number | undefined;
  removed: number | undefined;
  size: number | undefined;
}>;

/** The columns of a change. */
export const changeColumns = (sql: Sql | Transaction) => sql`
  change_id, tenant_id, cohort_id, kind, mode, status, rows_read, rows_refused, through, as_of,
  created_at, created_by, version, effective_at, added, removed, size`;

/** Names a change; one of another tenant or cohort does not exist. */
export type ChangeKey = Pick<CohortChange, 'tenantId' | 'cohortId' | 'changeId'>;

/**
 * Locks a change, if it exists. A transaction that changes the cohort as well locks the cohort
 * first, so that no two of them wait for each other.
 */
export const lockChange = async (
  tx: Transaction,
  { tenantId, cohortId, changeId }: ChangeKey,
): Promise<CohortChange | undefined> => {
  const [row] = await tx<RowOf<CohortChange>[]>`
    select ${changeColumns(tx)} from cohort_changes
    where change_id = ${changeId} and tenant_id = ${tenantId} and cohort_id = ${cohortId} for update`;
  return row && fromRow<CohortChange>(row);
};

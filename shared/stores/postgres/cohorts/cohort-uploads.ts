import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { recordChange } from '../journal/record-change.ts';
import { type ChangeKey, type CohortChange, changeColumns, lockChange } from './change-rows.ts';
import { lockCohort } from './cohort-rows.ts';

/** A row of an upload that is no customer, with its number in the file, from 1. */
export type RefusedRow = Readonly<{ rowNo: number; reason: string }>;

/** Consecutive rows of an upload, from one on. */
type StagedRows = Readonly<{
  /** Rows of the file before these. */
  from: number;
  rows: number;
  customers: readonly string[];
  refused: readonly RefusedRow[];
}>;

/** The outcome of starting an upload. */
export type UploadStart = Readonly<
  { kind: 'started'; upload: CohortChange } | { kind: 'no-cohort' | 'not-static' | 'too-many' }
>;

/** The upload as it is now, where something else was expected. */
export type Staging = Readonly<{ kind: 'staged' | 'elsewhere' | 'closed'; upload: CohortChange }>;

type Start = Pick<CohortChange, 'mode'> & Readonly<{ subject: string; at: Date; openMax: number }>;

export type CohortUploads = Readonly<{
  /** Begins an upload under an id that its request decides; repeating changes nothing. */
  start: (key: ChangeKey, start: Start) => Promise<UploadStart>;
  find: (key: ChangeKey) => Promise<CohortChange | undefined>;
  /**
   * Stages rows, all or none, if the file was read up to them; otherwise `elsewhere` contains how
   * far it was read, so that rows that arrive twice are staged once.
   */
  stage: (key: ChangeKey, rows: StagedRows) => Promise<Staging | undefined>;
  /** Completes an upload, so that it is applied. Repeating changes nothing. */
  complete: (key: ChangeKey, subject: string) => Promise<CohortChange | undefined>;
  /** Discards an upload unless it is applied. */
  discard: (key: ChangeKey, subject: string) => Promise<CohortChange | undefined>;
  /** The refused rows after one, of those that are kept; undefined where there is no upload. */
  refused: (
    key: ChangeKey,
    page: Readonly<{ after: number; limit: number }>,
  ) => Promise<readonly RefusedRow[] | undefined>;
}>;

/** Reasons kept of one upload; more are only counted. */
const refusedRowsMax = 1_000;

/** Lists of members that people upload in parts. */
export const cohortUploads = (sql: Sql): CohortUploads => ({
  start: (key, start) => inTransaction(sql, (tx) => begin(tx, key, start)),
  find: (key) => withPostgres(() => find(sql, key)),
  stage: (key, rows) => inTransaction(sql, (tx) => stage(tx, key, rows)),
  complete: (key, subject) => close(sql, key, { subject, status: 'READY' }),
  discard: (key, subject) => close(sql, key, { subject, status: 'DISCARDED' }),
  refused: (key, { after, limit }) =>
    withPostgres(async () => {
      if ((await find(sql, key)) === undefined) return undefined;
      return sql<RefusedRow[]>`
        select row_no, reason from cohort_refused_rows
        where change_id = ${key.changeId} and row_no > ${after} order by row_no limit ${limit}`;
    }),
});

const find = async (
  sql: Sql | Transaction,
  { tenantId, cohortId, changeId }: ChangeKey,
): Promise<CohortChange | undefined> => {
  const [row] = await sql<RowOf<CohortChange>[]>`
    select ${changeColumns(sql)} from cohort_changes
    where change_id = ${changeId} and tenant_id = ${tenantId} and cohort_id = ${cohortId} and kind = 'UPLOAD'`;
  return row && fromRow<CohortChange>(row);
};

const lock = async (tx: Transaction, key: ChangeKey): Promise<CohortChange | undefined> => {
  const change = await lockChange(tx, key);
  return change?.kind === 'UPLOAD' ? change : undefined;
};

const begin = async (
  tx: Transaction,
  key: ChangeKey,
  { mode, subject, at, openMax }: Start,
): Promise<UploadStart> => {
  const { tenantId, cohortId, changeId } = key;
  const cohort = await lockCohort(tx, key);
  if (cohort === undefined) return { kind: 'no-cohort' };
  if (cohort.kind !== 'STATIC') return { kind: 'not-static' };
  const started = await find(tx, key);
  if (started !== undefined) return { kind: 'started', upload: started };
  const open = await tx`
    select from cohort_changes where cohort_id = ${cohortId} and status in ('STAGING', 'READY') limit ${openMax}`;
  if (open.count >= openMax) return { kind: 'too-many' };
  const [row] = await tx<[RowOf<CohortChange>]>`
    insert into cohort_changes (change_id, tenant_id, cohort_id, kind, mode, as_of, created_by)
    values (${changeId}, ${tenantId}, ${cohortId}, 'UPLOAD', ${mode}, ${at}, ${subject})
    returning ${changeColumns(tx)}`;
  const resource = `cohorts/${cohort.cohort}/uploads/${changeId}`;
  await recordChange(tx, {
    tenantId,
    subject,
    action: 'cohort-upload.started',
    resource,
    after: { mode },
  });
  return { kind: 'started', upload: fromRow<CohortChange>(row) };
};

const stage = async (
  tx: Transaction,
  key: ChangeKey,
  { from, rows, customers, refused }: StagedRows,
): Promise<Staging | undefined> => {
  const upload = await lock(tx, key);
  if (upload === undefined) return undefined;
  if (upload.status !== 'STAGING') return { kind: 'closed', upload };
  if (upload.rowsRead !== from) return { kind: 'elsewhere', upload };
  const { changeId } = key;
  await tx`
    insert into cohort_staged_members (change_id, customer_id)
    select ${changeId}, customer_id from unnest(${[...customers]}::text[]) customer_id on conflict do nothing`;
  const kept = refused.slice(0, Math.max(0, refusedRowsMax - upload.rowsRefused));
  if (kept.length > 0) {
    await tx`
      insert into cohort_refused_rows (change_id, row_no, reason)
      select ${changeId}, row_no, reason
      from ${rowsOf(tx, { kept }, { rowNo: 'bigint', reason: 'text' })}`;
  }
  const [row] = await tx<[RowOf<CohortChange>]>`
    update cohort_changes set touched_at = now(),
      rows_read = rows_read + ${rows}, rows_refused = rows_refused + ${refused.length}
    where change_id = ${changeId} returning ${changeColumns(tx)}`;
  return { kind: 'staged', upload: fromRow<CohortChange>(row) };
};

type Closing = Readonly<{ subject: string; status: 'READY' | 'DISCARDED' }>;

/** Moves an upload on. One that is applied or discarded stays so. */
const close = (
  sql: Sql,
  key: ChangeKey,
  { subject, status }: Closing,
): Promise<CohortChange | undefined> =>
  inTransaction(sql, async (tx) => {
    const upload = await lock(tx, key);
    const from = status === 'READY' ? ['STAGING'] : ['STAGING', 'READY'];
    if (upload === undefined || !from.includes(upload.status)) return upload;
    await tx`
      update cohort_changes set status = ${status}, touched_at = now() where change_id = ${key.changeId}`;
    const { tenantId, changeId } = key;
    const { rowsRead, rowsRefused } = upload;
    const resource = `cohorts/${key.cohortId}/uploads/${changeId}`;
    const action = status === 'READY' ? 'cohort-upload.completed' : 'cohort-upload.discarded';
    await recordChange(tx, {
      tenantId,
      subject,
      action,
      resource,
      after: { rowsRead, rowsRefused },
    });
    return { ...upload, status };
  });

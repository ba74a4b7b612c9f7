/**
 * The columns of files of changes, with their types in DuckDB. The first three identify the change;
 * the others are those of the table `incentives` after it, null in a deletion; `others` has columns
 * that are not known yet, as JSON.
 */
export const changeColumns = {
  lsn: 'BIGINT',
  op: 'VARCHAR',
  changed_at: 'TIMESTAMPTZ',
  incentive_id: 'UUID',
  tenant_id: 'VARCHAR',
  user_id: 'VARCHAR',
  campaign_id: 'UUID',
  campaign_version: 'INTEGER',
  event_id: 'VARCHAR',
  type: 'VARCHAR',
  reward_currency: 'VARCHAR',
  reward_amount: 'BIGINT',
  program: 'VARCHAR',
  coupon_code: 'VARCHAR',
  status: 'VARCHAR',
  refused_by: 'JSON',
  day: 'DATE',
  qualified_at: 'TIMESTAMPTZ',
  issued_at: 'TIMESTAMPTZ',
  expires_at: 'TIMESTAMPTZ',
  ended_at: 'TIMESTAMPTZ',
  cause: 'VARCHAR',
  others: 'JSON',
} as const;

type Known = keyof typeof changeColumns;

/**
 * One change of an incentive, by the names of columns: instants in ISO 8601, days as `yyyy-mm-dd`.
 * It depends only on the change, so a redelivered change is the same row.
 */
export type ChangeRow = Readonly<
  /** `lsn` is null where a backfill knows no position. */
  { lsn: number | null; op: string; changed_at: string; incentive_id: string } & Partial<
    Record<Exclude<Known, 'lsn' | 'op' | 'changed_at' | 'incentive_id'>, unknown>
  >
>;

/**
 * What identifies a change: rows that one record of the log inserts share its LSN, and
 * so do the rows that a backfill read at one position, which it may read again.
 */
export const changeKey = ({ lsn, incentive_id, op, changed_at: at }: ChangeRow): string =>
  [incentive_id, lsn, op, op === 'r' ? at : ''].join(' ');

import { createHash } from 'node:crypto';

/** Marks users who are forgotten: empty files, named after a digest of the user. */
export const forgottenFolder = 'forgotten/';

/** A user whose changes are no longer kept. */
export type ForgottenUser = Readonly<{ tenantId: string; userId: string }>;

/** Names the mark of a user without revealing the user. */
export const forgottenName = ({ tenantId, userId }: ForgottenUser): string =>
  forgottenFolder + createHash('sha256').update(`${tenantId}\n${userId}`).digest('hex');

/** Text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const list = (texts: readonly string[]): string => texts.map(literal).join(', ');

/**
 * The rows of files, without those of forgotten users, as a term of SQL: with duplicates. Columns
 * that a file does not have are null.
 */
export const changeRows = (paths: readonly string[], forgotten: readonly string[]): string => {
  const rows = `(from read_parquet([${list(paths)}], union_by_name = true, hive_partitioning = false))`;
  if (forgotten.length === 0) return rows;
  const digests = list(forgotten.map((name) => name.slice(forgottenFolder.length)));
  return `(from ${rows} where coalesce(sha256(tenant_id || chr(10) || user_id) not in (${digests}), true))`;
};

/** Each change once, however often it was written: by `changeKey`. */
export const distinctChanges = (rows: string): string =>
  `(from ${rows} qualify row_number() over (
     partition by incentive_id, lsn, op, case when op = 'r' then changed_at end) = 1)`;

/**
 * The last image of each incentive. An incentive ends once and permanently, so an image with its
 * end is newer than one without, whatever their positions: a backfill read it at or after its own,
 * and in a new cluster of Postgres positions begin again.
 */
export const lastImages = (rows: string): string =>
  `(from ${rows} where op <> 'd' qualify row_number() over (
     partition by incentive_id order by ended_at desc nulls last, lsn desc nulls last) = 1)`;

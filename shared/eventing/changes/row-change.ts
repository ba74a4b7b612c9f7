import { z } from 'zod';

/** Where and when Postgres committed a change, as far as consumers use it. */
const changeSource = z.object({
  table: z.string('must be a string'),
  /**
   * The position of the change in the write-ahead log, which increases along the log; in a
   * backfill, a position before which the row includes every change.
   */
  lsn: z.int('must be an integer').nullish(),
  /** The transaction, in the 32 bits that the log has of its id; null in a backfill. */
  txId: z.int('must be an integer').nullish(),
  /** When it was committed. */
  ts_ms: z.int('must be an integer'),
});

/**
 * The contract of a record of change data capture: a change of a row, as Debezium writes it without
 * schemas, or as `npm run backfill` does for rows that exist (`op` r). Undefined is the tombstone
 * that follows a deletion. Fields that are not named here are dropped. Of a deleted row only `key`
 * is read, because Postgres logs only the primary key of the old row.
 * https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
 */
export const rowChange = <Row extends z.ZodType, Key extends z.ZodType = z.ZodUnknown>(
  row: Row,
  key: Key = z.unknown() as unknown as Key,
) =>
  z
    .discriminatedUnion(
      'op',
      [
        z.object({ op: z.enum(['c', 'u', 'r']), after: row, source: changeSource }),
        z.object({ op: z.literal('d'), before: key, after: z.null(), source: changeSource }),
      ],
      { error: 'must be c, u, r or d' },
    )
    .optional();

/** A day as Debezium writes it, '2026-11-22Z'; '2026-11-22' inside. */
export const loggedDay = z
  .string('must be a string')
  .regex(/^\d{4}-\d\d-\d\dZ$/, 'must be a day such as 2026-11-22Z')
  .transform((day) => day.slice(0, -1));

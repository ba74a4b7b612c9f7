import type { Sql, Transaction } from '../../driver/connect.ts';
import { atOneMoment } from '../../driver/transaction.ts';

/**
 * Reads the ledger and its openings as they were at one moment, in which no month leaves or comes
 * back: the partitions of a table are those of now, whatever snapshot its rows are read by.
 * @throws Unavailable when Postgres is unavailable.
 */
export const auditMoment = <Result>(
  sql: Sql,
  read: (transaction: Transaction) => Promise<Result>,
): Promise<Result> =>
  atOneMoment(sql, async (tx) => {
    await tx`lock table points_ledger in access share mode`;
    return read(tx);
  });

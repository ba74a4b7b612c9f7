import type { Sql, Transaction } from '../../driver/connect.ts';
import { atOneMoment } from '../../driver/transaction.ts';

/**
 * Reads the ledger and its openings at one moment, and prevents months from being archived or
 * restored meanwhile: a snapshot does not preserve which partitions a table has.
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

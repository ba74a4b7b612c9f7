import { beginTransaction } from './begin-transaction.ts';
import type { Sql, Transaction } from './connect.ts';
import { withPostgres } from './postgres-error.ts';

/**
 * Runs work in one transaction: all of it is committed, or nothing.
 * @throws Unavailable when Postgres is not there, or chose this transaction as the victim of a
 * deadlock.
 */
export const inTransaction = <Result>(
  sql: Sql,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> => withPostgres(() => beginTransaction(sql, work));

/**
 * Reads what stood at one moment, by as many statements as it takes, and changes nothing.
 * @throws Unavailable when Postgres is not there.
 */
export const atOneMoment = <Result>(
  sql: Sql,
  read: (transaction: Transaction) => Promise<Result>,
): Promise<Result> =>
  withPostgres(() => beginTransaction(sql, read, 'isolation level repeatable read read only'));

import { Unavailable } from '#shared/domain/errors.ts';
import type { Sql, Transaction } from './connect.ts';
import { inTransaction } from './transaction.ts';

/** Somebody else decided in the middle of a transaction what it was about to decide. */
export class DecidedMeanwhile extends Error {
  override readonly name = 'DecidedMeanwhile';
}

/** Whoever was first has committed by then, so each try meets fewer of them. */
const triesMax = 10;

/**
 * Runs work in one transaction, and again from the start whenever it throws DecidedMeanwhile: the
 * next try sees what was decided.
 * @throws Unavailable when Postgres is not there, or others were first again and again.
 */
export const untilUndisputed = async <Result>(
  sql: Sql,
  work: (tx: Transaction) => Promise<Result>,
  triesLeft = triesMax,
): Promise<Result> => {
  try {
    return await inTransaction(sql, work);
  } catch (error) {
    if (!(error instanceof DecidedMeanwhile)) throw error;
    if (triesLeft > 1) return untilUndisputed(sql, work, triesLeft - 1);
    throw new Unavailable('postgres', 'Too many concurrent attempts');
  }
};

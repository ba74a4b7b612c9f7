import { Unavailable } from '#shared/domain/errors.ts';
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

/**
 * Runs work in one transaction of a mode, such as `read only`, as the driver does, and survives the
 * loss of its connection: then it throws the driver's error.
 *
 * The driver (3.4.9) sends a rollback or commit after the work even if the connection is gone; this
 * throws where nothing can catch it and ends the process. So work that has lost its connection
 * never ends for the driver, which by then has rejected of itself.
 *
 * The driver would also send later statements of such work on whatever connection took the place of
 * the lost one, outside any transaction or inside another's. They are refused here.
 */
export const beginTransaction = async <Result>(
  sql: Sql,
  work: (transaction: Transaction) => Promise<Result>,
  mode = '',
): Promise<Result> => {
  let isLost = false;
  const never = () => new Promise<never>(() => undefined);
  try {
    return (await sql.begin(mode, async (transaction) => {
      try {
        const result = await work(refusing(transaction, () => isLost));
        return isLost ? await never() : result;
      } catch (error) {
        if (isLost || endsConnection(error)) return await never();
        throw error;
      }
    })) as Result;
  } catch (error) {
    isLost = true;
    throw error;
  }
};

const refusing = (transaction: Transaction, isLost: () => boolean): Transaction =>
  new Proxy(transaction, {
    apply: (target, self, parts) => {
      if (isLost()) throw new Unavailable('postgres', 'The transaction lost its connection');
      return Reflect.apply(target, self, parts) as unknown;
    },
  });

/**
 * Whether a statement failed because its connection closes: the driver has not rejected yet, but is
 * about to.
 */
const endsConnection = (error: unknown): boolean =>
  error instanceof Error && closing.includes(String((error as { code?: unknown }).code));

const closing = ['CONNECTION_CLOSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

/** Somebody else decided in the middle of a transaction what it was about to decide. */
export class DecidedMeanwhile extends Error {
  override readonly name = 'DecidedMeanwhile';
}

/** The transactions that were first have committed by then, so each try conflicts with fewer. */
const triesMax = 10;

/**
 * Runs work in one transaction, and again from the start whenever it throws DecidedMeanwhile: the
 * next try sees what was decided.
 * @throws Unavailable when Postgres is not there, or others were first again and again.
 */
export const untilUndisputed = <Result>(
  sql: Sql,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> => retryWhileDisputed(() => inTransaction(sql, work));

/**
 * The same for work that is one statement, and so a transaction by itself.
 * @throws Unavailable when others were first again and again.
 */
export const retryWhileDisputed = async <Result>(
  work: () => Promise<Result>,
  triesLeft = triesMax,
): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DecidedMeanwhile)) throw error;
    if (triesLeft > 1) return retryWhileDisputed(work, triesLeft - 1);
    throw new Unavailable('postgres', 'Too many concurrent attempts', { cause: error });
  }
};

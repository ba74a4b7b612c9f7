import postgres from 'postgres';
import { StaleTerms } from '#shared/domain/earning/stale-terms.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { sumLimit } from '#shared/domain/sum-limit.ts';
import type { Sql, Transaction } from './connect.ts';

/**
 * Runs a query and turns the loss of the database into Unavailable, and a sum that would grow too
 * large into InvalidEvent; every other error passes as it is.
 */
export const withPostgres = async <Result>(query: () => Promise<Result>): Promise<Result> => {
  try {
    return await query();
  } catch (error) {
    if (isTransient(error))
      throw new Unavailable('postgres', 'Postgres did not respond', { cause: error });
    if (isStale(error)) throw new StaleTerms({ cause: error });
    const sum = error instanceof postgres.PostgresError && sums[error.constraint_name ?? ''];
    if (sum) throw sumLimit(sum);
    throw error;
  }
};

/**
 * Runs work in one transaction: all of it is committed, or nothing.
 * @throws Unavailable when Postgres is unavailable, or chose this transaction as the victim of a
 * deadlock.
 */
export const inTransaction = <Result>(
  sql: Sql,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> => withPostgres(() => beginTransaction(sql, work));

/**
 * Reads the state of one moment in any number of statements, and changes nothing.
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

/** Another transaction has committed a decision that this one was about to make. */
export class DecidedMeanwhile extends Error {
  override readonly name = 'DecidedMeanwhile';
}

/** The transactions that were first have committed by then, so each try conflicts with fewer. */
const triesMax = 10;

/**
 * Runs work in one transaction, and again from the start whenever it throws DecidedMeanwhile: the
 * next attempt sees the committed decision.
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

/**
 * SQLSTATE classes and codes that are about the server, not about the statement or its data, so
 * that the same statement may succeed later:
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const transient = [
  '08', // connection exception; PgBouncer's own refusals are 08P01
  '25006', // read-only transaction: a failover has not reached us yet
  '25P03', // idle in transaction for too long: we were stopped or cut off
  '25P04', // the transaction took too long
  '28', // invalid authorization: a password that is being changed, pg_hba.conf
  '3D000', // the database does not exist (yet)
  '40', // transaction rollback: serialization failure, deadlock
  '53', // insufficient resources
  '55P03', // lock not available
  '55006', // object in use
  '57', // operator intervention: cancelled, statement timeout, shutdown, crash, cannot connect now
  '58', // system error outside Postgres: I/O, a file that is missing
  'F0', // configuration file error
];

/** The driver's own codes for a connection that is not there, or could not be had. */
const connection = [
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ETIMEDOUT',
  'SASL_SIGNATURE_MISMATCH',
];

/**
 * Codes that Node and OpenSSL give to a TLS handshake that fails, mostly because of a certificate.
 */
const tls =
  /^(EPROTO|ERR_(TLS|SSL)_.*|CERT_.*|UNABLE_TO_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|HOSTNAME_MISMATCH)$/;

/** The constraints that keep sums exact, by what they limit. */
const sums: Readonly<Record<string, string>> = {
  points_balances_are_exact: 'The points of a wallet',
  points_lots_are_exact: 'The points of a lot',
  lapsed_lots_are_exact: 'The expired points of a lot',
  limit_usage_is_exact: 'What a limit counts',
};

/** What refuse_order_alone() raises. */
const isStale = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && error.code === 'GU001';

const isTransient = (error: unknown): boolean => {
  // Several addresses of one name were tried, and none of them took the connection.
  if (error instanceof AggregateError) return error.errors.every(isTransient);
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return false;
  if (error instanceof postgres.PostgresError)
    return transient.some((prefix) => code.startsWith(prefix));
  // Whatever the operating system refused: no list of its codes (EAI_AGAIN, EHOSTUNREACH, …) is
  // ever complete.
  return syscall !== undefined || isTrouble(code);
};

const isTrouble = (code: string): boolean =>
  connection.includes(code) ||
  transient.some((prefix) => /^\d/.test(code) && code.startsWith(prefix)) ||
  tls.test(code);

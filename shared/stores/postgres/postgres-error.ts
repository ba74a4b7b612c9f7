import postgres from 'postgres';
import { Unavailable } from '#shared/domain/errors.ts';
import { sumLimit } from '#shared/domain/sum-limit.ts';

/** SQLSTATE classes and codes after which the same statement may succeed: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const transient = [
  '08', // connection exception
  '40', // transaction rollback: serialization failure, deadlock
  '53', // insufficient resources
  '57P', // operator intervention: shutdown, crash, cannot connect now
  '55P03', // lock not available
  '25006', // read-only transaction: a failover has not reached us yet
];

/** porsager's own codes for a connection that is not there. */
const connection = [
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
];

/** The constraints that keep sums exact, by what they limit. */
const sums: Readonly<Record<string, string>> = {
  points_balances_are_exact: 'The points of a wallet',
  points_lots_are_exact: 'The points of a lot',
};

/**
 * Runs a query and turns the loss of the database into Unavailable, and a sum that would grow too large into InvalidEvent; every
 * other error passes as it is.
 */
export const withPostgres = async <Result>(query: () => Promise<Result>): Promise<Result> => {
  try {
    return await query();
  } catch (error) {
    if (isTransient(error))
      throw new Unavailable('postgres', 'Postgres did not answer', { cause: error });
    const sum = error instanceof postgres.PostgresError && sums[error.constraint_name ?? ''];
    if (sum) throw sumLimit(sum);
    throw error;
  }
};

const isTransient = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code !== 'string') return false;
  if (error instanceof postgres.PostgresError)
    return transient.some((prefix) => code.startsWith(prefix));
  return connection.includes(code);
};

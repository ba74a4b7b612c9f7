import postgres from 'postgres';
import { StaleTerms } from '#shared/domain/earning/stale-terms.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { sumLimit } from '#shared/domain/sum-limit.ts';

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
  '57', // operator intervention: query cancelled, statement timeout, shutdown, crash, cannot connect now
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

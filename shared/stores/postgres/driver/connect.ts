import postgres from 'postgres';
import { liveSockets } from './live-socket.ts';
import { inTurns } from './pool-turns.ts';

/**
 * A pool of connections: a column such as `tenant_id` arrives as `tenantId`, a bigint as a number.
 */
export type Sql = postgres.Sql<{ bigint: number }>;

/** The same within a transaction. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;

type Options = Readonly<{
  url: string;
  max: number;
  /**
   * How long a request may take that this pool serves, in milliseconds. Postgres cancels a
   * statement, and ends a transaction that waits for us, after that time; a connection is destroyed
   * when nothing was received on it for a third of it, so that a request that meets a silent
   * network can still be answered; and nothing waits longer than a third of it for a connection.
   * Without it there is no limit, as scripts want it.
   */
  requestMs?: number;
}>;

/**
 * Opens a pool; it connects on first use.
 * Points and minor units stay far below 2^53 (the largest order is 10¹² minor units), so bigint
 * columns are read as numbers; one that is not exact is a bug and throws.
 */
export const connectPostgres = ({ url, max, requestMs }: Options): Sql => {
  const sql = postgres(url, {
    max,
    connect_timeout: 5,
    idle_timeout: 60,
    keep_alive: 10,
    // By default up to 20 s, for which a pool would stay idle after the network is back.
    backoff: (attempt) => Math.min(3 ** attempt / 100, 1) * (0.5 + Math.random() / 2),
    ...(requestMs !== undefined && limitsOf(requestMs)),
    // Notices are for people at a prompt.
    onnotice: () => undefined,
    // Names of columns only: the keys of JSON are the data of others.
    transform: { column: { from: postgres.toCamel } },
    types: { bigint: { to: 20, from: [20], serialize: String, parse: toExactNumber } },
  });
  if (requestMs === undefined) return sql;
  // Twice as many as there are connections, so that the driver has the next statement at hand when
  // one is free.
  return inTurns(sql, { turnsMax: 2 * max, waitMsMax: requestMs / 3 });
};

/**
 * Startup parameters are milliseconds; with a client gone for good a statement is cancelled before
 * its own limit.
 */
const limitsOf = (requestMs: number) => ({
  connection: {
    statement_timeout: requestMs,
    idle_in_transaction_session_timeout: requestMs,
    client_connection_check_interval: Math.ceil(requestMs / 3),
  },
  socket: liveSockets(requestMs / 3),
});

const toExactNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`Not exact as a number: ${text}`);
};

/**
 * Ends the connections once nothing is under way any more: what does not end within seconds is cut,
 * since the driver (3.4.9) waits for ever for a transaction that lost its connection.
 */
export const closePostgres = (sql: Sql): Promise<void> => sql.end({ timeout: 5 });

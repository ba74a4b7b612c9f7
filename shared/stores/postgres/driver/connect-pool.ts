import { type ConnectOptions, connectPostgres, type Sql } from './connect.ts';

type PoolVariables = Readonly<{
  DATABASE_URL: string;
  DATABASE_POOL_MAX: number;
  REQUEST_SECONDS: number;
}>;

/** Opens the pool of a function, by its variables; it connects on first use. */
export const connectPool = (
  { DATABASE_URL: url, DATABASE_POOL_MAX: max, REQUEST_SECONDS }: PoolVariables,
  options: Pick<ConnectOptions, 'plansOnce'> = {},
): Sql => connectPostgres({ url, max, requestMs: REQUEST_SECONDS * 1000, ...options });

/**
 * Opens all connections of a pool that is idle. The driver uses connections in turn, so with them
 * open the first statements reach each of them: Postgres reads its catalogs and plans a statement
 * anew on each, which takes ten times as long as executing it, and would otherwise delay single
 * requests later, whenever one more connection is needed.
 */
export const openConnections = async (sql: Sql): Promise<void> => {
  await Promise.all(Array.from({ length: sql.options.max }, () => sql`select 1`));
};

/**
 * Ends the connections once all work has finished; after some seconds they are cut, since the
 * driver (3.4.9) waits forever for a transaction that lost its connection.
 */
export const closePostgres = (sql: Sql): Promise<void> => sql.end({ timeout: 5 });

import postgres from 'postgres';

/** A pool of connections whose bigint columns arrive as numbers. */
export type Sql = postgres.Sql<{ bigint: number }>;

/** The same within a transaction. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;

type Options = Readonly<{ url: string; max: number }>;

/**
 * Opens a pool; it connects on first use.
 * Points and minor units stay far below 2^53 (the largest order is 10¹² minor units), so bigint columns are read as numbers; one that is
 * not exact is a bug and throws.
 */
export const connectPostgres = ({ url, max }: Options): Sql =>
  postgres(url, {
    max,
    connect_timeout: 5,
    idle_timeout: 60,
    // Notices are for people at a prompt.
    onnotice: () => undefined,
    types: { bigint: { to: 20, from: [20], serialize: String, parse: toExactNumber } },
  });

const toExactNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`Not exact as a number: ${text}`);
};

/**
 * Ends the connections once nothing is under way any more: what does not end within seconds is cut, since the driver (3.4.9) waits for ever
 * for a transaction that lost its connection.
 */
export const closePostgres = (sql: Sql): Promise<void> => sql.end({ timeout: 5 });

import type { PendingQuery } from 'postgres';

/** Read so many at a time, however many there are. */
const rowsPerFetch = 2_000;

/**
 * The rows of a query one by one, of which only a few are in memory. The connection is taken until
 * the last one.
 */
export async function* eachRow<Row extends object>(
  query: PendingQuery<Row[]>,
): AsyncGenerator<Row> {
  for await (const rows of query.cursor(rowsPerFetch)) yield* rows;
}

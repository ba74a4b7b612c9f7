import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { findAddress } from './addresses.ts';

/** Runs work on a database with its own connections, by default one. */
export const withSql = async <Result>(
  url: string,
  work: (sql: Sql) => Promise<Result>,
  max = 1,
): Promise<Result> => {
  const sql = connectPostgres({ url, max });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
};

/** Runs work on the database of the platform that commands operate on. */
export const withDatabase = async <Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> =>
  withSql(await findAddress('DATABASE_URL'), work, 3);

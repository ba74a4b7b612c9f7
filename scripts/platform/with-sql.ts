import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { findAddress } from './addresses.ts';

/** Works on a database through connections of its own, one unless told otherwise. */
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

/** Works on the database of the platform that commands are for. */
export const withDatabase = async <Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> =>
  withSql(await findAddress('DATABASE_URL'), work, 3);

import { withSql } from '#scripts/platform/with-sql.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import type { Bench } from '../../core/row.ts';
import type { Stores } from '../orders/paid-orders.ts';

let made = 0;

/** Creates a migrated database and a cache for this row only. */
export const createStores = async (bench: Bench): Promise<Stores> => {
  made += 1;
  const databaseUrl = new URL(bench.urlOf('postgres'));
  await withSql(databaseUrl.href, (sql) => sql`create database ${sql(`bench_${made}`)}`);
  databaseUrl.pathname = `bench_${made}`;
  await migrate(databaseUrl.href);

  const redisUrl = new URL(bench.urlOf('redis'));
  redisUrl.pathname = String(made);
  return { databaseUrl: databaseUrl.href, redisUrl: redisUrl.href };
};

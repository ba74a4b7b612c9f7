import { readdir, readFile } from 'node:fs/promises';
import { connectPostgres } from './connect.ts';

const folder = new URL('./migrations/', import.meta.url);

/** Any constant of ours: whoever migrates the same database waits for the other. */
const advisoryLock = 7_136_502;

/**
 * Brings a database to the newest schema: applies the numbered `.sql` files that it lacks, in order, all in one
 * transaction. Several at once are safe, and so is running it again.
 * @returns the names of the files it applied.
 */
export const migrate = async (databaseUrl: string): Promise<readonly string[]> => {
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  try {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    return await sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(${advisoryLock})`;
      await transaction`
        create table if not exists schema_migrations (
          name text primary key, applied_at timestamptz not null default now())`;
      const rows = await transaction<{ name: string }[]>`select name from schema_migrations`;
      const applied = new Set(rows.map(({ name }) => name));
      const missing = files.filter((name) => !applied.has(name));
      for (const name of missing) {
        await transaction.unsafe(await readFile(new URL(name, folder), 'utf8'));
        await transaction`insert into schema_migrations ${transaction({ name })}`;
      }
      return missing;
    });
  } finally {
    await sql.end();
  }
};

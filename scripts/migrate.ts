/**
 * Migrates the database of DATABASE_URL to the newest schema; run it before deploying the functions
 * of a new version.
 */
import { z } from 'zod';
import { readConfig } from '#shared/runtime/config.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';

const { DATABASE_URL } = readConfig({ DATABASE_URL: z.url() });
try {
  const applied = await migrate(DATABASE_URL, { report: (line) => console.log(line) });
  console.log(applied.length === 0 ? 'Nothing to do' : `Applied ${applied.length} migrations`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';

/** The folder of all migrations. */
export const migrations = new URL('../stores/postgres/migrations/', import.meta.url);

/** Migrates a database to the schema as it was after the migration of a number. */
export const migrateTo = async (url: string, last: string): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'guerdon-migrations-'));
  try {
    const names = (await readdir(migrations)).filter((name) => name.slice(0, last.length) <= last);
    for (const name of names) await copyFile(new URL(name, migrations), join(folder, name));
    await migrate(url, { folder: pathToFileURL(`${folder}/`) });
  } finally {
    await rm(folder, { recursive: true });
  }
};

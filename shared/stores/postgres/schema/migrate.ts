import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectPostgres } from '../driver/connect.ts';
import { applyMigration } from './apply-migration.ts';
import type { Migrating, Patience } from './migration-patience.ts';

type Options = Partial<Patience> & Readonly<{ folder?: URL }>;

/** Migrations of the same database wait for each other; the number is arbitrary. */
const advisoryLock = 7_136_502;

const defaults: Patience & Required<Options> = {
  folder: new URL('../migrations/', import.meta.url),
  lockMs: 2_000,
  attemptsMax: 60,
  pauseMs: 1_000,
  report: () => undefined,
};

/**
 * Brings a database to the newest schema: applies the numbered `.sql` files that it lacks, in
 * order, each in its own transaction (see {@link applyMigration} for exceptions). Several at once
 * are safe, and after a failure the next run continues.
 * @returns the names of the files it applied.
 * @throws Error that names the file that failed; those before it are applied.
 */
export const migrate = async (
  databaseUrl: string,
  options: Options = {},
): Promise<readonly string[]> => {
  const { folder, ...patience } = { ...defaults, ...options };
  const run = { ...patience, sql: connectPostgres({ url: databaseUrl, max: 1 }) };
  try {
    await waitForTurn(run);
    await run.sql`
      create table if not exists schema_migrations (
        name text primary key, applied_at timestamptz not null default now())`;
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    return await applyAll(
      run,
      files.map((name) => new URL(name, folder)),
    );
  } finally {
    await run.sql.end();
  }
};

const applyAll = async (run: Migrating, files: readonly URL[]): Promise<readonly string[]> => {
  const applied: string[] = [];
  for (const file of files)
    if (await applyMissing(run, file)) applied.push(basename(file.pathname));
  return applied;
};

const applyMissing = async (run: Migrating, file: URL): Promise<boolean> => {
  const name = basename(file.pathname);
  // Again for each file, since a replaced connection has lost the lock; the holder gets it again at
  // once.
  await waitForTurn(run);
  if (await isApplied(run, name)) return false;
  const startedAt = performance.now();
  await applyMigration(run, { name, text: await readFile(file, 'utf8') });
  run.report(`${name}: applied in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return true;
};

/**
 * Takes the lock for this session: it outlives transactions and ends with the connection. It polls,
 * since a waiting statement would hold a snapshot, for which the other's `create index
 * concurrently` would wait.
 */
const waitForTurn = async ({ sql, pauseMs, report }: Migrating): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    const [row] = await sql<{ taken: boolean }[]>`
      select pg_try_advisory_lock(${advisoryLock}) as taken`;
    if (row?.taken) return;
    if (attempt === 1) report('waiting for another migration of this database to end');
    await sleep(pauseMs);
  }
};

const isApplied = async ({ sql }: Migrating, name: string): Promise<boolean> =>
  (await sql`select from schema_migrations where name = ${name}`).length > 0;

import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyMigration } from './apply-migration.ts';
import { connectPostgres, type Sql } from './connect.ts';
import type { Patience } from './migration-patience.ts';

type Options = Partial<Patience> & Readonly<{ folder?: URL }>;

/** Whoever migrates the same database waits for the other; the number is arbitrary. */
const advisoryLock = 7_136_502;

const defaults: Patience & Required<Options> = {
  folder: new URL('./migrations/', import.meta.url),
  lockMs: 2_000,
  attemptsMax: 60,
  pauseMs: 1_000,
  report: () => undefined,
};

/**
 * Brings a database to the newest schema: applies the numbered `.sql` files that it lacks, in order, each in a transaction of
 * its own ({@link applyMigration} says which are not). Several at once are safe, and after a failure the next run continues.
 * @returns the names of the files it applied.
 * @throws Error that names the file that failed; those before it are applied.
 */
export const migrate = async (
  databaseUrl: string,
  options: Options = {},
): Promise<readonly string[]> => {
  const { folder, ...patience } = { ...defaults, ...options };
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  try {
    await waitForTurn(sql, patience);
    await sql`
      create table if not exists schema_migrations (
        name text primary key, applied_at timestamptz not null default now())`;
    const applied: string[] = [];
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()) {
      // Again for each file, as a connection that was replaced has lost the lock; who has it gets it again at once.
      await waitForTurn(sql, patience);
      if (await isApplied(sql, name)) continue;
      const startedAt = performance.now();
      await applyMigration(
        sql,
        { name, text: await readFile(new URL(name, folder), 'utf8') },
        patience,
      );
      patience.report(
        `${name}: applied in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
      );
      applied.push(name);
    }
    return applied;
  } finally {
    await sql.end();
  }
};

/**
 * Takes the lock for this session: it outlives transactions and ends with the connection. It asks again and again, as a
 * statement that waited for it would hold a snapshot, and the other's `create index concurrently` would wait for that.
 */
const waitForTurn = async (sql: Sql, { pauseMs, report }: Patience): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    const [row] = await sql<{ taken: boolean }[]>`
      select pg_try_advisory_lock(${advisoryLock}) as taken`;
    if (row?.taken) return;
    if (attempt === 1) report('waiting for another migration of this database to end');
    await sleep(pauseMs);
  }
};

const isApplied = async (sql: Sql, name: string): Promise<boolean> =>
  (await sql`select from schema_migrations where name = ${name}`).length > 0;

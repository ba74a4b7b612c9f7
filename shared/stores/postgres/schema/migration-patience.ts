import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { Sql } from '../driver/connect.ts';

/** How a migration waits for locks of other transactions. */
export type Patience = Readonly<{
  /** How long one statement waits for a lock, and thus how long anything queues behind it. */
  lockMs: number;
  /** How often a transaction or statement is tried until it gets its locks. */
  attemptsMax: number;
  /** The pause between two attempts, which lets traffic through. */
  pauseMs: number;
  report: (line: string) => void;
}>;

/** The connection of a run, and its waiting times. */
export type Migrating = Patience & Readonly<{ sql: Sql }>;

/** lock_not_available and deadlock_detected: the same work may succeed later. */
const lockCodes = ['55P03', '40P01'];

const isLockMissed = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && lockCodes.includes(error.code);

/**
 * Does the work of a migration, which must leave nothing behind when it fails, and does it again
 * while its locks are taken.
 * @throws Error that names the migration and, when its locks were never free, the oldest other
 * transaction.
 */
export const withPatience = async (
  { sql, attemptsMax, lockMs, pauseMs, report }: Migrating,
  name: string,
  work: () => Promise<void>,
): Promise<void> => {
  const waited = `${name}: a lock was not free within ${lockMs} ms`;
  let failure: unknown;
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    failure = await failureOf(work);
    if (failure === undefined) return;
    if (!isLockMissed(failure)) throw failed(name, failure);
    report(`${waited} in attempt ${attempt} of ${attemptsMax}`);
    await sleep(pauseMs);
  }
  throw new Error(
    `${waited}, ${attemptsMax} times in a row. ${await oldestTransaction(sql)} Run the migration again; it continues here.`,
    { cause: failure },
  );
};

const failureOf = (work: () => Promise<void>): Promise<unknown> =>
  work().then(
    () => undefined,
    (error: unknown) => error,
  );

const failed = (name: string, cause: unknown): Error => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Migration ${name} failed: ${reason}`, { cause });
};

const oldestTransaction = async (sql: Sql): Promise<string> => {
  const [oldest] = await sql<{ pid: number; query: string; seconds: number }[]>`
    select pid, left(query, 200) as query, extract(epoch from now() - xact_start)::float8 as seconds
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    order by xact_start limit 1`;
  if (oldest === undefined) return 'No transaction is open now.';
  const { pid, query, seconds } = oldest;
  return `The oldest open transaction is of process ${pid}, for ${seconds.toFixed(1)} s, last statement: ${query}.`;
};

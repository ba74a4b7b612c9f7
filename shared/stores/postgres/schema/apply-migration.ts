import type { Sql } from '../driver/connect.ts';
import { sqlStatements } from '../driver/sql-statements.ts';
import { type Migrating, withPatience } from './migration-patience.ts';

/** A file of migrations. */
export type Migration = Readonly<{ name: string; text: string }>;

/**
 * The first line of a file whose statements run one by one, for those that Postgres refuses inside
 * a transaction.
 */
const outsideMark = '-- outside a transaction';

/**
 * Applies one file and records its name: all in one transaction, or statement by statement if its
 * first line requests it. Those statements must be repeatable, as an interrupted file begins again.
 */
export const applyMigration = async (run: Migrating, migration: Migration): Promise<void> => {
  const apply = migration.text.startsWith(outsideMark) ? applyOutside : applyInside;
  await apply(run, migration);
};

const applyInside = (run: Migrating, { name, text }: Migration) =>
  withPatience(run, name, async () => {
    await run.sql.begin(async (transaction) => {
      await transaction`select set_config('lock_timeout', ${`${run.lockMs}ms`}, true)`;
      // First, so that a concurrent run of the same file waits here and then fails on the key.
      await transaction`insert into schema_migrations ${transaction({ name })}`;
      await transaction.unsafe(text);
    });
  });

const applyOutside = async (run: Migrating, { name, text }: Migration) => {
  const { sql, lockMs } = run;
  for (const statement of sqlStatements(text)) {
    // While these wait, nothing that reads or writes rows queues behind them; interrupted, they
    // leave work undone.
    const isUnbounded = /\bconcurrently\b/i.test(statement);
    await withPatience(run, name, async () => {
      await dropInvalidIndex(sql, statement);
      await sql`select set_config('lock_timeout', ${`${isUnbounded ? 0 : lockMs}ms`}, false)`;
      await sql.unsafe(statement);
    });
  }
  await sql`insert into schema_migrations ${sql({ name })}`;
};

const concurrentIndex =
  /\bcreate\s+(?:unique\s+)?index\s+concurrently\s+(if\s+not\s+exists\s+)?(\w+)/i;

/**
 * An index whose building was interrupted stays, invalid: "if not exists" would take it for the
 * index.
 */
const dropInvalidIndex = async (sql: Sql, statement: string): Promise<void> => {
  const [, ifNotExists, index] = concurrentIndex.exec(statement) ?? [];
  if (index === undefined) return;
  if (ifNotExists === undefined)
    throw new Error(`"create index concurrently ${index}" must say "if not exists"`);
  const invalid = await sql`
    select from pg_index where indexrelid = to_regclass(${index}) and not indisvalid`;
  if (invalid.length > 0) await sql`drop index concurrently if exists ${sql(index)}`;
};

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeReader } from '#shared/stores/analytics/change-reader.ts';
import { openDuck } from '#shared/stores/analytics/duck.ts';
import { fileFolder } from '#shared/stores/files/file-folder.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { questionsOf } from '../analytics/questions.ts';
import { eventually } from '../services/eventually.ts';
import type { Check } from './verdict.ts';

/** How long Debezium and record-analytics may take after the last incentive. */
const timeoutMs = 120_000;

/**
 * Queries the spend of each campaign and day from the files that record-analytics wrote, as `npm
 * run analytics` does, and compares it with Postgres.
 */
export const analyticsCheck = async ({
  databaseUrl,
  analyticsFolder,
}: Readonly<{ databaseUrl: string; analyticsFolder: string }>): Promise<Check> => {
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  const duck = await openDuck({ spillFolder: join(tmpdir(), 'guerdon-demo-duckdb') });
  const reader = changeReader(fileFolder(analyticsFolder), duck);
  const spend = questionsOf({})
    .slice(0, 1)
    .map((question) => question.sql);
  const compare = async () => {
    const [answer] = (await reader.query(spend)) ?? [];
    const found = new Set(answer?.rows.map((row) => row.join(' ')));
    const expected = await spendInPostgres(sql);
    const equal = expected.filter((row) => found.has(row)).length;
    return { ok: equal === expected.length && found.size === equal && equal > 0, equal, expected };
  };
  try {
    await eventually(async () => (await compare()).ok, { timeoutMs, everyMs: 500 });
    const { ok, equal, expected } = await compare();
    return {
      name: 'spend by campaign and day in the Parquet files, compared with Postgres',
      ok,
      detail: `${equal} of ${expected.length} equal`,
    };
  } finally {
    await duck.close();
    await sql.end();
  }
};

/** The rows of the same question: tenant, campaign, day, unit, incentives and sums. */
const spendInPostgres = async (sql: Sql): Promise<readonly string[]> => {
  const rows = await sql<{ row: string }[]>`
    select concat_ws(' ', tenant_id, campaign_id, day, coalesce(reward_currency, type), count(*),
      sum(reward_amount),
      coalesce(sum(reward_amount) filter (where status = 'REVERSED'), 0),
      coalesce(sum(reward_amount) filter (where status = 'EXPIRED'), 0),
      coalesce(sum(reward_amount) filter (where status = 'ISSUED'), 0)) as row
    from incentives where status <> 'REFUSED' and refused_by is null
    group by tenant_id, campaign_id, day, coalesce(reward_currency, type)`;
  return rows.map(({ row }) => row);
};

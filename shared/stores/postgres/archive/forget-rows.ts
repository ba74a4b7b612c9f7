import type { Fragment } from 'postgres';
import { assert } from '#shared/domain/assert.ts';
import { usageKeptFrom } from '#shared/domain/limits/admit.ts';
import { defaultRetention } from '#shared/domain/time/retention.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { partitionedTables } from './partitioned-tables.ts';

type Forgetting = Readonly<{ now: Date; isOver: () => boolean; rowsAtOnce?: number }>;

/**
 * Deletes rows that no decision needs any more, in bounded chunks, until `isOver`: early reversals
 * once events of their age are archived, checkpoints of quests once their steps are, campaign sets
 * that no event in the database refers to and none will, and usage of days that no cap needs.
 * @throws Unavailable when Postgres is unavailable; repeating is safe
 */
export const forgetRows = async (sql: Sql, forgetting: Forgetting): Promise<void> => {
  const { now } = forgetting;
  await keepUsageFrom(sql, usageKeptFrom(now));
  for (const [table, rows] of Object.entries(forgettable(sql, now)))
    await forget(sql, { table, rows }, forgetting);
};

/**
 * Deletes records of customers that only one source knows once they are past their retention, in
 * bounded chunks, until `isOver`. A trigger deletes their keys and what was derived from them.
 * @throws Unavailable when Postgres is unavailable; repeating is safe
 */
export const forgetUnmatched = (sql: Sql, forgetting: Forgetting): Promise<void> => {
  const rows = sql`
    select own.ctid from tenants cross join lateral (
      select ctid from customer_records record
      where record.tenant_id = tenants.tenant_id and customer_id is null
        and received_at <= ${forgetting.now} - ${term(sql, 'customer_records', sql`tenants.tenant_id`)}) own`;
  return forget(sql, { table: 'customer_records', rows }, forgetting);
};

const forget = async (
  sql: Sql,
  { table, rows }: Readonly<{ table: string; rows: Fragment }>,
  { isOver, rowsAtOnce = 1_000 }: Forgetting,
): Promise<void> => {
  for (let count = rowsAtOnce; count === rowsAtOnce && !isOver(); )
    ({ count } = await withPostgres(
      async () => sql`
        delete from ${sql(table)}
        where ctid = any(array(${rows} limit ${rowsAtOnce}))`,
    ));
};

/** Committed before the first day is deleted, so that no audit misses a day. */
const keepUsageFrom = (sql: Sql, day: string) =>
  withPostgres(
    async () => sql`
      update usage_days set kept_from = ${day}::text::date where kept_from < ${day}::text::date`,
  );

/** Selects the rows of each table that are to be deleted. */
const forgettable = (sql: Sql, now: Date): Readonly<Record<string, Fragment>> => ({
  early_reversals: sql`
    select early.ctid from early_reversals early
    where recorded_at + ${term(sql, 'events', sql`early.tenant_id`)} <= ${now}`,

  quest_checkpoints: sql`
    select own.ctid from campaigns
    cross join lateral (
      select ctid from quest_checkpoints checkpoint
      where checkpoint.tenant_id = campaigns.tenant_id
        and checkpoint.campaign_id = campaigns.campaign_id) own
    where type = 'QUEST'
      and end_at + ${term(sql, 'user_aggregations', sql`campaigns.tenant_id`)} <= ${now}`,

  // An event is evaluated against the current versions, so none was against a set since one of its
  // versions was replaced. A day is far longer than it takes until every pod knows that.
  campaign_sets: sql`
    select own.ctid from campaign_sets own
    cross join (
      select min(starts_at) - interval '1 day' as before from partitions where table_name = 'events') oldest
    where own.created_at < before and exists (
      select from unnest(campaign_ids, versions) member (campaign_id, version)
      where exists (
        select from campaign_versions next
        where next.campaign_id = member.campaign_id and next.version > member.version
          and next.created_at < before))`,

  // The day of totals is -infinity.
  ...Object.fromEntries(
    ['limit_usage', 'usage_sums'].map((table) => [
      table,
      sql`
        select ctid from ${sql(table)}
        where day > '-infinity' and day < (select kept_from from usage_days)`,
    ]),
  ),
});

/** How long records of a table are kept for a tenant; null: forever. */
const term = (sql: Sql, table: string, tenantId: Fragment) => {
  const usual =
    table === 'customer_records'
      ? defaultRetention.unmatchedRecords
      : partitionedTables.find(({ name }) => name === table)?.months;
  assert(usual !== undefined, `${table} has a term`);
  return sql`(interval '1 month' * coalesce((
    select coalesce(months, ${forEverMonths}) from retention
    where retention.tenant_id = ${tenantId} and table_name = ${table}), ${usual ?? forEverMonths}))`;
};

/** More months than the age of any record. */
const forEverMonths = 12_000;

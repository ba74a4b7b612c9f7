import { withSql } from '#scripts/platform/with-sql.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { addLedgerKeys } from '../core/add-ledger-keys.ts';
import { type AgedSize, pastDays } from './fill-ledger.ts';

type Past = AgedSize & Readonly<{ tenantId: string }>;

/**
 * Fills a tenant that has SIMPLE campaigns with 400 days of history: 2 M events, half of them by
 * the 5,000 users of the streams. Three in ten events give an incentive of 5 points, with matching
 * usage, log, ledger entries and balances.
 */
export const fillCampaigns = (databaseUrl: string, { scale, tenantId }: Past): Promise<void> =>
  withSql(databaseUrl, async (sql) => {
    await sql`set synchronous_commit = off`;
    const events = Math.round(2_000_000 * scale);
    await sql`
      create temporary table past as
      select number, 'past-' || number as event_id, md5('past-' || number)::uuid as incentive_id,
        case when number % 2 = 0 then 'u-' || number / 2 % 5000 else 'a-' || number / 2 % greatest(1, ${events}::int / 20) end as user_id,
        date_trunc('milliseconds', now() - ${pastDays} * interval '1 day' * (1 - number::float8 / ${events})) as at
      from generate_series(0, ${events}::int - 1) number`;
    await sql`insert into users (tenant_id, user_id) select distinct ${tenantId}, user_id from past`;
    await sql`
      insert into events (tenant_id, event_id, user_id, action_code, event_ts, payload, decisions, cause, received_at)
      select ${tenantId}, event_id, user_id, 'ACTION_' || number % 10, at,
        jsonb_build_object('amountMinor', number % 1000000, 'category', 'books'), '[]', '/bench past', at
      from past order by number`;
    await sql`
      insert into event_keys (tenant_id, event_id, received_at) select tenant_id, event_id, received_at from events`;
    await issue(sql, tenantId);
    await addLedgerKeys(sql);
    await sql`vacuum (analyze)`;
  });

const issue = async (sql: Sql, tenantId: string): Promise<void> => {
  await sql`
    insert into incentives (incentive_id, tenant_id, user_id, campaign_id, campaign_version, event_id, type, reward_currency,
      reward_amount, program, status, day, qualified_at, issued_at, cause)
    select incentive_id, ${tenantId}, user_id, campaign_id, 1, event_id, 'POINTS', 'POINTS', 5, 'points', 'ISSUED',
      (at at time zone 'Asia/Kolkata')::date, at, at, '/bench past'
    from past join (
      select campaign_id, row_number() over (order by campaign_id) - 1 as place, count(*) over () as campaigns
      from campaigns where tenant_id = ${tenantId} and type = 'SIMPLE'
    ) campaign on place = number / 10 % campaigns
    where number % 10 < 3 order by number`;
  await sql`
    insert into incentive_event_log (tenant_id, incentive_id, user_id, event, recorded_at)
    select tenant_id, incentive_id, user_id, 'generated', issued_at from incentives order by issued_at`;
  await sql`
    insert into limit_usage (tenant_id, subject, day, unit, count, amount)
    select tenant_id, subject, counted_on, reward_currency, count(*), sum(reward_amount)
    from incentives
    cross join lateral (values ('tenant'), ('user:' || user_id), ('campaign:' || campaign_id),
      ('campaign:' || campaign_id || ':user:' || user_id)) as counts_for (subject)
    cross join lateral (values (day), ('-infinity'::date)) as counts_on (counted_on)
    group by 1, 2, 3, 4`;
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, account, points, counter_account, lot_id, cause,
      occurred_at, recorded_at)
    select tenant_id, program, 'REWARD', incentive_id::text, user_id, 'available', reward_amount, 'rewarded', ${everlastingLotId},
      cause, qualified_at, issued_at from incentives order by issued_at`;
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    select tenant_id, customer_id, program, sum(points), 0, count(*), max(occurred_at)
    from points_ledger group by tenant_id, customer_id, program`;
};

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { forgetRows, forgetUnmatched } from './forget-rows.ts';

const sql = await testSql({ max: 2 });
const now = new Date('2026-11-21T00:00:00Z');

const forget = (rowsAtOnce = 2) => forgetRows(sql, { now, isOver: () => false, rowsAtOnce });

/** A tenant that keeps everything forever. */
const keeper = 'keeper';
await sql`insert into tenants (tenant_id, name, currency) values (${keeper}, 'K', 'INR')`;
await sql`
  insert into retention (tenant_id, table_name, months)
  values (${keeper}, 'events', null), (${keeper}, 'user_aggregations', null)`;

const createCampaign = async (tenantId: string, endAt: string) => {
  const campaignId = randomUUID();
  await sql`
    insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
    values (${campaignId}, ${tenantId}, 'Q', 'QUEST', '2024-01-01Z', ${endAt}, 'ACTIVE', '{}', '{VISIT}', 1, 'test')`;
  return campaignId;
};

describe('forgetting rows', () => {
  it('deletes early reversals when events of their age are archived', async () => {
    await sql`
      insert into early_reversals (tenant_id, event_id, cause, reversed_at, recorded_at)
      select tenant_id, 'e-' || n, 'c', now(), date '2025-10-21' + n
      from unnest(array['default', ${keeper}]) tenant_id, generate_series(-3, 1) n`;
    await forget();
    expect(
      await sql`select tenant_id, count(*)::int as rows from early_reversals group by 1 order by 1`,
    ).toEqual([
      { tenantId: 'default', rows: 1 },
      { tenantId: keeper, rows: 5 },
    ]);
  });

  it('deletes records of customers that only one source knows, with their keys', async () => {
    await sql`
      insert into retention (tenant_id, table_name, months) values (${keeper}, 'customer_records', null)`;
    await sql`
      insert into customers (tenant_id, founding_record, data_sources, first_seen, last_updated)
      values ('default', 1, '{dotnet,store}', now(), now())`;
    await sql`
      insert into customer_records (tenant_id, source, record_id, changed_at, received_at, content, details,
        block_keys, component, customer_id)
      select tenant_id, 'store', 'r-' || n, now(), date '2024-10-20' + n, '', '', array[n], 0,
        case when n = 0 then (select min(customer_id) from customers) end
      from unnest(array['default', ${keeper}]) tenant_id, generate_series(0, 3) n`;
    await sql`insert into matching_blocks select block_keys[1], record_no from customer_records`;
    await sql`
      insert into person_keys
      select tenant_id, person_digest(tenant_id, 'record:store:' || record_id), 'k' from customer_records`;
    await forgetUnmatched(sql, { now, isOver: () => false, rowsAtOnce: 1 });
    const rows = await sql<{ recordId: string }[]>`
      select record_id from customer_records where tenant_id = 'default' order by 1`;
    expect(rows.map(({ recordId }) => recordId)).toEqual(['r-0', 'r-2', 'r-3']);
    const [count] = await sql`
      select (select count(*) from customer_records) as records,
        (select count(*) from matching_blocks) as blocks, (select count(*) from person_keys) as keys`;
    expect(count).toEqual({ records: 7, blocks: 7, keys: 7 });
  });

  it('deletes checkpoints of quests that ended when their steps are archived', async () => {
    const [ended, recent, kept] = [
      await createCampaign('default', '2025-10-21Z'),
      await createCampaign('default', '2025-10-22Z'),
      await createCampaign(keeper, '2025-10-21Z'),
    ];
    await sql`
      insert into quest_checkpoints (tenant_id, campaign_id, user_id, rule_key, at, event_id, state)
      select campaigns.tenant_id, campaign_id, 'u-' || n, 'r', now(), 'e', '{}' from campaigns, generate_series(1, 5) n`;
    await forget();
    const left = await sql`select distinct campaign_id as id from quest_checkpoints`;
    expect(left.map(({ id }) => id as string).toSorted()).toEqual([recent, kept].toSorted());
    expect(left.map(({ id }) => id as string)).not.toContain(ended);
  });

  it('deletes campaign sets when every event from before they were replaced is archived', async () => {
    const [replaced, current] = [
      await createCampaign('default', '2040-01-01Z'),
      await createCampaign('default', '2040-01-01Z'),
    ];
    const [oldest] = await sql<{ partition: string; endsAt: Date }[]>`
      select partition, ends_at from partitions where table_name = 'events' order by ends_at limit 1`;
    await sql`alter table events detach partition ${sql(oldest!.partition)}`;
    await sql`
      insert into campaign_versions (campaign_id, version, tenant_id, terms, created_at, created_by) values
        (${replaced}, 1, 'default', '{}', '2024-01-01Z', 'test'), (${current}, 1, 'default', '{}', '2024-01-01Z', 'test'),
        (${replaced}, 2, 'default', '{}', ${oldest!.endsAt}::timestamptz - interval '1 day', 'test')`;
    await sql`
      insert into campaign_sets (tenant_id, set_key, engine, time_zone, campaign_ids, versions, created_at) values
        ('default', gen_random_uuid(), 1, 'first', ${[replaced, current]}::uuid[], '{1,1}', '2025-01-01Z'),
        ('default', gen_random_uuid(), 1, 'second', ${[replaced, current]}::uuid[], '{2,1}', '2025-01-01Z'),
        ('default', gen_random_uuid(), 1, 'other', ${[current]}::uuid[], '{1}', '2025-01-01Z'),
        ('default', gen_random_uuid(), 1, 'none', '{}', '{}', '2025-01-01Z')`;
    const zones = async () =>
      (await sql`select time_zone as zone from campaign_sets order by 1`).map(
        ({ zone }) => zone as string,
      );
    await forget();
    expect(await zones()).toEqual(['first', 'none', 'other', 'second']);
    const next = await sql<{ partition: string }[]>`
      select partition from partitions where table_name = 'events' order by ends_at limit 1`;
    await sql`alter table events detach partition ${sql(next[0]!.partition)}`;
    await forget();
    expect(await zones()).toEqual(['none', 'other', 'second']);
  });

  it('deletes usage of days that no cap needs, keeps totals, and returns from when days are kept', async () => {
    await sql`
      insert into limit_usage (tenant_id, subject, day, unit, slot, count, amount)
      select 'default', subject, day, 'POINTS', slot, 1, 5
      from unnest(array['tenant', 'user:u-1']) subject, generate_series(0, 1) slot,
        unnest(array['-infinity', '2020-01-01', '2024-10-08', '2024-10-09', '2026-11-21']::date[]) day`;
    await forget();
    expect(
      await sql`select day::text, count(*)::int as rows from limit_usage group by 1 order by 1`,
    ).toEqual(['-infinity', '2024-10-09', '2026-11-21'].map((day) => ({ day, rows: 4 })));
    await forgetRows(sql, { now: new Date('2026-11-01T00:00:00Z'), isOver: () => true });
    expect(await sql`select kept_from::text from usage_days`).toEqual([{ keptFrom: '2024-10-09' }]);
  });
});

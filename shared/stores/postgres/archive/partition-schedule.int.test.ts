import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import postgres from 'postgres';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { connectPostgres } from '../driver/connect.ts';
import { migrate } from '../schema/migrate.ts';
import { partitionSchedule } from './partition-schedule.ts';
import { partitionedTables } from './partitioned-tables.ts';

const server = postgres(inject('postgresUrl'), { max: 1 });
const name = `guerdon_test_${randomUUID().replaceAll('-', '')}`;
await server`create database ${server(name)}`;
const url = new URL(inject('postgresUrl'));
url.pathname = name;
const folder = await mkdtemp(join(tmpdir(), 'guerdon-migrations-'));
const migrations = new URL('../migrations/', import.meta.url);
for (const file of await readdir(migrations))
  if (file < '0034') await cp(new URL(file, migrations), join(folder, file));
await migrate(url.href, { folder: pathToFileURL(`${folder}/`) });
const sql = connectPostgres({ url: url.href, max: 4 });
afterAll(async () => {
  await sql.end();
  await server`drop database ${server(name)} with (force)`;
  await server.end();
  await rm(folder, { recursive: true });
});

const campaignId = randomUUID();
await sql`
  insert into events (tenant_id, event_id, user_id, action_code, event_ts, payload, decisions, cause, received_at)
  select 'default', 'e-' || n, 'u-1', 'VISIT', '2025-01-15Z', '{}', '[]', 'c', '2025-01-15Z' from generate_series(1, 3) n`;
await sql`
  insert into user_aggregations (tenant_id, campaign_id, user_id, rule_key, event_id, step, action_code, completed_at)
  values ('default', ${campaignId}, 'u-1', 'r', 'e-1', 0, 'VISIT', '2025-01-15Z')`;
await sql`
  insert into audit_log (tenant_id, at, subject, action, resource) values ('default', '2025-01-15Z', 'ann', 'a', 'r')`;
await migrate(url.href);

const tableOf = (table: string) => partitionedTables.find((each) => each.name === table)!;

describe('partitioning', () => {
  it('moves the rows of tables into one partition, with the keys of events and the append-only triggers', async () => {
    const [past] = await sql`
      select tableoid::regclass::text as partition, count(*)::int as rows from events group by 1`;
    expect(past).toMatchObject({
      partition: expect.stringMatching(/^events_before_/) as string,
      rows: 3,
    });
    expect(await sql`select event_id from event_keys order by 1`).toEqual(
      ['e-1', 'e-2', 'e-3'].map((eventId) => ({ eventId })),
    );
    const [made] = await sql<{ number: number }[]>`
      insert into audit_log (tenant_id, subject, action, resource) values ('default', 'ann', 'b', 'r')
      returning audit_no as number`;
    expect(made?.number).toBe(2);
    for (const { partition } of await sql<{ partition: string }[]>`
      select partition from partitions where table_name = 'audit_log'`)
      await expect(sql`delete from ${sql(partition)}`).rejects.toThrow('append-only');
    await expect(sql`delete from audit_log`).rejects.toThrow('append-only');
  });

  it('refuses events of a version that claims no key, for as long as it takes to replace it', async () => {
    const unclaimed = sql`
      insert into events (tenant_id, event_id, user_id, action_code, event_ts, payload, decisions, cause)
      values ('default', 'e-4', 'u-1', 'VISIT', now(), '{}', '[]', 'c')`;
    await expect(unclaimed).rejects.toMatchObject({ code: '57P03' });
  });

  it('keeps the steps of a quest until it has ended for as long as its events are kept', async () => {
    await sql`
      insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
      values (${campaignId}, 'default', 'Q', 'QUEST', '2025-01-01Z', now() + interval '1 day', 'ACTIVE', '{}', '{VISIT}', 1, 'test')`;
    const inTenYears = new Date(Date.now() + 10 * 365 * 86_400_000);
    const due = async (table: string) =>
      (await partitionSchedule(sql).due(tableOf(table), inTenYears)).map(({ partition }) =>
        partition.includes('before'),
      );
    expect(await due('user_aggregations')).not.toContain(true);
    expect(await due('events')).toContain(true);
    await sql`update campaigns set end_at = now() - interval '14 months', start_at = now() - interval '15 months'`;
    expect(await due('user_aggregations')).toContain(true);
  });
});

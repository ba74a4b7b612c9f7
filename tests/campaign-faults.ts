/**
 * A cap under faults: while actions stream, Redis is emptied and killed, both functions are killed
 * and Postgres drops its connections.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';

const tenantId = 'default';
const cap = 500;
const actions = 1_500;

export const campaignFaults = (started: () => Platform): void => {
  let platform: Platform;
  let sql: Sql;
  beforeAll(() => {
    platform = started();
    sql = connectPostgres({ url: platform.services.postgres.url, max: 2 });
  });
  afterAll(() => sql.end());

  const open = async (): Promise<void> => {
    const terms = {
      name: 'For everybody',
      type: 'SIMPLE',
      startAt: '2026-01-01T00:00:00Z',
      endAt: '2099-01-01T00:00:00Z',
      priority: 100,
      rule: { action: 'VISIT' },
      reward: { type: 'POINTS', program: 'points', amount: { kind: 'fixed', amount: 1 } },
      limits: { overall: { maxTotal: cap } },
      lateness: { afterSeconds: 604_800, policy: 'count' },
    };
    const campaignId = randomUUID();
    const json = JSON.stringify(terms);
    await sql`
      insert into actions (tenant_id, action_code, version, description, fields, created_by)
      values (${tenantId}, 'VISIT', 1, 'Came', '{}', 'test')`;
    await sql`
      insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
      values (${campaignId}, ${tenantId}, ${terms.name}, 'SIMPLE', ${terms.startAt}, ${terms.endAt}, 'ACTIVE',
        ${json}::text::jsonb, ${['VISIT']}, 1, 'test')`;
    await sql`
      insert into campaign_versions (campaign_id, version, tenant_id, terms, created_by)
      values (${campaignId}, 1, ${tenantId}, ${json}::text::jsonb, 'test')`;
  };

  const records = Array.from({ length: actions }, (_, number) => ({
    key: `${tenantId}:u-${number % 700}`,
    value: Buffer.from(
      JSON.stringify({
        eventId: `f-${number}`,
        tenantId,
        userId: `u-${number % 700}`,
        action: 'VISIT',
        occurredAt: '2026-11-20T10:00:00Z',
        payload: {},
      }),
    ),
    kind: 'order' as const,
  }));

  /** Each occurs once so many incentives were decided. */
  const faults: readonly (readonly [decided: number, strike: () => Promise<unknown>])[] = [
    [50, () => dropConnections()],
    [150, () => kill('check-limit')],
    [250, () => restartRedis()],
    [350, () => kill('evaluate-campaign')],
    [450, () => dropConnections()],
  ];
  const dropConnections = () => sql`
    select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  const kill = (name: string): Promise<void> => {
    platform.knative.kill(name, 'SIGKILL');
    return Promise.resolve();
  };
  const restartRedis = async () => {
    const { server } = platform.services.redis;
    await server?.kill();
    await server?.start();
  };

  it('a cap of 500 under all of it gives exactly 500 of 1,500, each of them once', async () => {
    await open();
    const pending = [...faults];
    const sending = sendOrders(records, {
      brokers: platform.brokers,
      topic: 'tenant-events',
      ratePerSecond: 300,
    });
    while (pending.length > 0) {
      const [row] = await sql<
        { decided: number }[]
      >`select count(*)::int as decided from incentives`.catch(() => []);
      const [next] = pending;
      await sleep(20);
      if (next === undefined || (row?.decided ?? 0) < next[0]) continue;
      pending.shift();
      await next[1]();
    }
    await sending;
    await platform.knative.drained({ timeoutMs: 90_000 });

    const [row] = await sql<{ issued: number; refused: number }[]>`
      select count(*) filter (where status = 'ISSUED')::int as issued,
        count(*) filter (where status = 'REFUSED')::int as refused from incentives`;
    expect(row).toEqual({ issued: cap, refused: actions - cap });
    const [held] = await sql`
      select sum(points)::int as points from points_ledger where kind = 'REWARD'`;
    expect(held).toEqual({ points: cap });
    await expectSound(sql);
  });
};

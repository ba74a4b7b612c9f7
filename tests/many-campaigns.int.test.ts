/**
 * One user's events that match as many campaigns as may be active, and count for as many as they
 * may, through evaluate-campaign and check-limit.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { eventually } from '#scripts/services/eventually.ts';
import {
  campaignsPerActionMax,
  campaignsPerEventMax,
} from '#shared/domain/campaigns/campaign-load.ts';
import { CampaignQualified, CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { ActionPerformed } from '#shared/eventing/contracts/tenant-events.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import {
  insertCampaign,
  updateCampaign,
} from '#shared/stores/postgres/campaigns/write-campaign.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';
import { type FunctionProcess, startFunction } from '#shared/testing/servers/function-process.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { testRewards } from '#shared/testing/worlds/rewards.ts';

const database = await testDatabase();
const redis = await testRedis();
const { brokers } = testKafka();
const sql = connectPostgres({ url: database.url, max: 2 });
afterAll(() => sql.end());

const userId = 'u-1';
const events = 100;
const incentives = events * campaignsPerEventMax;
const pointsEach = 50;

const start = (name: string) =>
  startFunction({
    name,
    variables: {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      KAFKA_BROKERS: brokers.join(','),
    },
  });

type Request = Readonly<{ headers: Record<string, string>; body: string }>;

/** Delivers requests at once, each until it is acknowledged, as a source does. */
const deliver = async ({ url }: FunctionProcess, requests: readonly Request[]): Promise<void> => {
  const acknowledged = await Promise.all(
    requests.map((request) =>
      eventually(async () => (await fetch(url, { method: 'POST', ...request })).status === 204, {
        timeoutMs: 240_000,
      }),
    ),
  );
  expect(acknowledged).toEqual(requests.map(() => true));
};

const unpublished = async (): Promise<number> => {
  const [row] = await sql<[{ unpublished: number }]>`
    select (select count(*) from outbox) +
      (select count(*) from unpublished_incentive_events) as unpublished`;
  return row.unpublished;
};

/** The events of a tenant in a topic, each once. */
const published = async (topic: string, tenantId: string) => {
  const records = await readTopic(brokers, topic);
  const own = records
    .map(({ headers = {}, value }) => ({ headers, body: String(value) }))
    .filter(({ body }) => (JSON.parse(body) as { tenantId: string }).tenantId === tenantId);
  return [...new Map(own.map((each) => [String(each.headers['ce_id']), each])).values()];
};

const openCampaigns = async (tenantId: string): Promise<void> => {
  await sql`
    insert into actions (tenant_id, action_code, version, description, fields, created_by)
    values (${tenantId}, 'VISIT', 1, 'Came', '{}', 'test')`;
  const terms = simpleTerms({
    startAt: new Date('2026-01-01T00:00:00Z'),
    endAt: new Date('2099-01-01T00:00:00Z'),
    rule: { action: 'VISIT' },
  });
  await inTransaction(sql, async (tx) => {
    for (let count = 0; count < campaignsPerActionMax; count += 1) {
      const campaignId = randomUUID();
      await insertCampaign(tx, { tenantId, campaignId }, { terms, subject: 'test' });
      await updateCampaign(tx, { campaignId }, { status: 'ACTIVE', subject: 'test' });
    }
  });
};

const visitOf = (tenantId: string, eventId: string): Request => ({
  headers: {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': eventId,
    'ce-source': '/test',
    'ce-type': ActionPerformed.type,
  },
  body: JSON.stringify({
    ...{ tenantId, userId, eventId, action: 'VISIT', payload: {} },
    occurredAt: new Date(Date.now() - 60_000).toISOString(),
  }),
});

/** The request that KafkaSource makes of a CloudEvent in a topic. */
const deliveryOf = ({ headers, body }: Awaited<ReturnType<typeof published>>[number]): Request => ({
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name.replace('ce_', 'ce-'), String(text)]),
  ),
  body,
});

describe.skipIf(!hasKafka())('a hundred events of one user and a thousand campaigns', () => {
  beforeAll(buildFunctions);
  beforeAll(async () => {
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    const contracts = [CampaignsHit, CampaignQualified, IncentiveGenerated];
    const topics = [...new Set(contracts.map(({ topic }) => topic))];
    await createReadyTopics(
      admin,
      topics.map((topic) => ({ topic })),
    );
    await admin.disconnect();
  });

  it('are all acknowledged, published and rewarded by a hundred campaigns each, once', {
    timeout: 600_000,
  }, async () => {
    const tenantId = await testRewards(sql).createTenant();
    await openCampaigns(tenantId);
    const visits = Array.from({ length: events }, (_, number) => visitOf(tenantId, `e-${number}`));
    await deliver(await start('evaluate-campaign'), visits);

    const qualified = await published(CampaignQualified.topic, tenantId);
    const entitled = qualified.map(
      ({ body }) => CampaignQualified.schema.parse(JSON.parse(body)).entitlements.length,
    );
    expect(entitled).toEqual(Array(events).fill(campaignsPerEventMax));
    await deliver(await start('check-limit'), qualified.map(deliveryOf));

    const generated = await published(IncentiveGenerated.topic, tenantId);
    expect(generated).toHaveLength(incentives);
    const [found] = await sql`
      select (select count(*) from incentives where status = 'ISSUED') as issued,
        (select count(*) from incentives) as decided,
        (select sum(points)::bigint from points_balances where customer_id = ${userId}) as points`;
    expect(found).toEqual({
      issued: incentives,
      decided: incentives,
      points: incentives * pointsEach,
    });
    // Events are acknowledged first and marked as published a little later.
    const allMarked = await eventually(async () => (await unpublished()) === 0, {
      timeoutMs: 60_000,
    });
    expect(allMarked).toBe(true);
    await expectSound(sql);
  });
});

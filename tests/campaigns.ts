/**
 * Campaigns end to end, over the same paths as in production: tenant, actions, caps and campaigns
 * through cms-api, actions through Kafka, reversals through the Broker, and finally wallet, events,
 * explanation and audit.
 */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { bodyOf, type CmsApi, type CmsComponents, createClient } from '#clients';
import { reportOf } from '#scripts/backtest/report.ts';
import { runBacktest } from '#scripts/backtest/run-backtest.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { connectClient, type Frame } from '#shared/clients/connect-client.ts';
import type { InboxUser, SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { dayMs } from '#shared/domain/time/local-time.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { inboxChannel } from '#shared/stores/redis/inbox/inbox-channel.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';
import { until } from '#shared/testing/until.ts';

const tenantId = 'kolkata';
const path = { tenantId };

const minuteMs = 60_000;
/** The day of most actions, the second last one that is over, since the platform uses the clock. */
const firstDay = (Math.floor(Date.now() / dayMs) - 2) * dayMs;
/** Minutes after ten o'clock of that day. */
const atMinute = (minute: number) => new Date(firstDay + (600 + minute) * minuteMs).toISOString();

export const campaigns = (started: () => Platform): void => {
  let platform: Platform;
  let sql: Sql;
  let cms: ReturnType<typeof createClient<CmsApi>>;
  beforeAll(async () => {
    platform = started();
    sql = connectPostgres({ url: platform.services.postgres.url, max: 2 });
    const token = await platform.tokenFor(tenantId);
    const url = platform.knative.url('cms-api');
    cms = createClient<CmsApi>({ url, token: () => token });
  });
  afterAll(() => sql.end());

  const key = () => ({ 'Idempotency-Key': randomUUID() });
  const sent: object[] = [];

  /**
   * Writes plain JSON records to `tenant-events` and waits until they and all events that follow
   * are answered.
   */
  const write = async (...records: readonly object[]): Promise<void> => {
    const toRecord = (record: object) => ({
      key: `${tenantId}:ann`,
      value: Buffer.from(JSON.stringify(record)),
      kind: 'order' as const,
    });
    await sendOrders(records.map(toRecord), { brokers: platform.brokers, topic: 'tenant-events' });
    sent.push(...records);
    await platform.knative.drained({ timeoutMs: 60_000 });
  };
  const act = (
    number: number,
    action: string,
    { minute = number, userId = 'ann', payload = {} } = {},
  ) => ({
    eventId: `e-${number}`,
    tenantId,
    userId,
    action,
    occurredAt: atMinute(minute),
    payload,
  });
  const buy = (number: number, amountMinor: number, fields = {}) =>
    act(number, 'PURCHASE', { ...fields, payload: { amountMinor } });

  const period = {
    startAt: new Date(firstDay - 20 * dayMs).toISOString(),
    endAt: new Date(firstDay + 40 * dayMs).toISOString(),
  };
  const incentives = async (query: object = {}) => {
    const params = { path, query };
    const page = await bodyOf(cms.GET('/api/v1/tenants/{tenantId}/incentives', { params }));
    return page.incentives;
  };
  const create = (body: CmsComponents['schemas']['NewCampaign']) =>
    bodyOf(cms.POST('/api/v1/campaigns', { params: { header: key() }, body }));
  const activate = (campaignId: string) =>
    bodyOf(
      cms.POST('/api/v1/campaigns/{campaignId}:activate', { params: { path: { campaignId } } }),
    );
  const wallet = async (userId: string): Promise<number> => {
    const url = `${platform.knative.url('wallet-api')}/api/v1/tenants/${tenantId}/customers/${userId}/wallets/points`;
    const authorization = `Bearer ${await platform.tokenFor(tenantId)}`;
    const answer = await fetch(url, { headers: { authorization } });
    return ((await answer.json()) as { points?: number }).points ?? 0;
  };
  /** Minutes from the first action to a day without other actions. */
  const nextDay = 1_440;
  let probes = 0;
  /** Whether evaluate-campaign, which is notified of changes, rewards a purchase now. */
  const rewardsNewUser = async (): Promise<boolean> => {
    const userId = `probe-${(probes += 1)}`;
    await write(buy(1_000 + probes, 90_000, { userId, minute: nextDay }));
    return (await incentives({ userId })).length > 0;
  };
  const ids: Record<'points' | 'quest', string> = { points: '', quest: '' };

  it('accepts a tenant, its actions and campaigns, and refuses what is wrong, naming the field', async () => {
    const tenant = { tenantId, name: 'Kolkata', currency: 'INR', timeZone: 'Asia/Kolkata' };
    await bodyOf(cms.POST('/api/v1/tenants', { params: { header: key() }, body: tenant }));
    const fields = { amountMinor: { type: 'int', required: true } } as const;
    const actions = {
      PURCHASE: { description: 'Bought', fields },
      VISIT: { description: 'Came', fields: {} },
    };
    for (const [action, body] of Object.entries(actions)) {
      const params = { path: { ...path, action } };
      await bodyOf(cms.PUT('/api/v1/tenants/{tenantId}/actions/{action}', { params, body }));
    }
    const simple = {
      ...period,
      name: 'Ten points for a large purchase',
      type: 'SIMPLE',
      rule: { action: 'PURCHASE', when: { name: 'large', when: 'event.amountMinor >= 50000' } },
      reward: { type: 'POINTS', amount: { kind: 'fixed', amount: 10 } },
      limits: { perUser: { maxPerDay: 2 } },
    } as const;
    const wrong = {
      ...simple,
      rule: { action: 'PURCHASE', when: { name: 'large', when: 'event.amount >= 1' } },
    };
    await expect(create(wrong)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('rule.when.when') as string,
    });
    const quest: CmsComponents['schemas']['NewCampaign'] = {
      ...period,
      name: 'Come, then buy',
      type: 'QUEST',
      rule: {
        order: 'ordered',
        steps: [
          { name: 'come', action: 'VISIT' },
          { name: 'buy', action: 'PURCHASE' },
        ],
      },
      reward: { type: 'POINTS', amount: { kind: 'fixed', amount: 100 } },
      limits: {},
    };
    ids.points = (await create(simple)).campaignId;
    ids.quest = (await create(quest)).campaignId;
    for (const campaignId of Object.values(ids)) await activate(campaignId);
    const params = { query: { tenantId, action: 'PURCHASE' } };
    const found = await bodyOf(cms.GET('/api/v1/campaigns/search', { params }));
    expect(found.campaigns).toHaveLength(2);
  });

  it('rewards actions up to the caps, including those that are late or out of order', async () => {
    // The purchase comes before the visit that it follows.
    await write(buy(2, 60_000), buy(3, 70_000), buy(4, 80_000), buy(5, 100));
    await write(act(1, 'VISIT'));
    expect(await incentives({ campaignId: ids.points, status: 'ISSUED' })).toHaveLength(2);
    expect(await incentives({ campaignId: ids.quest, status: 'ISSUED' })).toHaveLength(1);
    expect(await incentives({ status: 'REFUSED' })).toMatchObject([
      { refusedBy: { kind: 'cap', scope: 'CAMPAIGN_USER', period: 'day', max: 2, used: 2 } },
    ]);
    expect(await wallet('ann')).toBe(120);
  });

  it('changes nothing when everything is redelivered', async () => {
    const before = await incentives();
    await write(...sent);
    expect(await incentives()).toEqual(before);
    expect(await wallet('ann')).toBe(120);
  });

  it('explains why an action was rewarded or not', async () => {
    const refused = await bodyOf(
      cms.GET('/api/v1/tenants/{tenantId}/events/{eventId}/explain', {
        params: { path: { ...path, eventId: 'e-5' } },
      }),
    );
    expect(JSON.stringify(refused)).toContain('no-match');
    const event = {
      userId: 'bob',
      action: 'PURCHASE',
      occurredAt: atMinute(0),
      payload: { amountMinor: 90_000 },
    };
    const dry = await bodyOf(
      cms.POST('/api/v1/tenants/{tenantId}/evaluate', { params: { path }, body: { event } }),
    );
    expect(JSON.stringify(dry)).toContain('qualified');
    expect(await incentives({ userId: 'bob' })).toEqual([]);
  });

  it('stops at once when paused, and continues when activated', async () => {
    const params = { path: { campaignId: ids.points } };
    await bodyOf(cms.POST('/api/v1/campaigns/{campaignId}:pause', { params }));
    await expect.poll(() => rewardsNewUser()).toBe(false);
    await write(buy(20, 90_000, { userId: 'cid' }));
    expect(await incentives({ userId: 'cid' })).toEqual([]);
    await activate(ids.points);
    await expect.poll(() => rewardsNewUser()).toBe(true);
    await write(buy(21, 90_000, { userId: 'cid' }));
    expect(await incentives({ userId: 'cid' })).toHaveLength(1);
  });

  it('reverses by request and with a reversed action, and frees the caps', async () => {
    const [first] = await incentives({ userId: 'cid' });
    await bodyOf(
      cms.POST('/api/v1/tenants/{tenantId}/incentives/{incentiveId}:reverse', {
        params: { path: { ...path, incentiveId: first?.incentiveId ?? '' }, header: key() },
        body: { reason: 'a test' },
      }),
    );
    await platform.knative.drained();
    expect(await incentives({ userId: 'cid' })).toMatchObject([{ status: 'REVERSED' }]);
    expect(await wallet('cid')).toBe(0);

    await write({ reversedEventId: 'e-2', tenantId });
    await write(buy(30, 90_000));
    // Without e-2 the quest ends with e-3; of the day's two incentives, one was reversed and
    // another one issued.
    expect(
      await incentives({ campaignId: ids.points, userId: 'ann', status: 'ISSUED' }),
    ).toHaveLength(2);
    expect(
      await incentives({ campaignId: ids.quest, userId: 'ann', status: 'ISSUED' }),
    ).toHaveLength(1);
    expect(await wallet('ann')).toBe(120);
  });

  it('predicts what a campaign would have given', async () => {
    const { result } = await runBacktest(sql, {
      tenantId,
      campaign: { campaignId: ids.points },
      from: new Date(firstDay),
      to: new Date(firstDay + dayMs),
    });
    expect(reportOf(result)).toMatchObject({
      given: 4,
      winners: 2,
      cost: { POINTS: 40 },
      refusals: { 'CAMPAIGN_USER day count': 1 },
    });
  });

  it('sends the frame of an incentive to its user, and ties it to the record of the action', async () => {
    const user = { tenantId, userId: 'dora' };
    const frames: Frame[] = [];
    const token = await platform.tokenFor(tenantId, user.userId);
    const client = connectClient({
      url: platform.knative.url('connect-client'),
      token: () => token,
      lastId: '0',
      onFrame: (frame) => frames.push(frame),
    });
    onTestFinished(client.close);
    const redis = connectRedis(platform.services.redis.url);
    onTestFinished(() => redis.disconnect());
    const published: SentFrame[] = [];
    const listener = {
      received: (_user: InboxUser, frame: SentFrame) => published.push(frame),
      subscribed: () => undefined,
    };
    const channel = inboxChannel(redis, listener, { heartbeatMs: 1_000 });
    onTestFinished(() => channel.close());
    await channel.subscribe(user);
    await until(() => channel.isSubscribed(user));

    await write(buy(40, 90_000, { userId: user.userId, minute: nextDay }));
    const [incentive] = await incentives({ userId: user.userId });
    const { incentiveId } = incentive!;
    await until(() => frames.length > 0 && published.length > 0);
    expect(frames).toMatchObject([{ type: 'INCENTIVE_NOTIFICATION', incentiveId }]);
    const records = await readTopic(platform.brokers, 'tenant-events');
    const { partition, offset, timestamp } = records.find(({ value }) =>
      value?.toString().includes('"e-40"'),
    )!;
    expect(published.map(({ cause }) => cause)).toEqual([
      {
        correlationId: expect.stringMatching(
          `#tenant-events partition:${partition}/offset:${offset}$`,
        ) as string,
        startedAt: new Date(Number(timestamp)).toISOString(),
      },
    ]);
  });

  it('publishes each event once, leaves nothing behind, and passes the audit', async () => {
    const domainEvents = await readTopic(platform.brokers, 'incentive-generated');
    const distinct = new Map(
      domainEvents.map(({ headers }) => [String(headers?.['ce_id']), String(headers?.['ce_type'])]),
    );
    const times = Object.groupBy(distinct.values(), (type) => type);
    const [row] = await sql<{ issued: number }[]>`
      select count(*)::int as issued from incentive_event_log where event = 'generated'`;
    expect(times['guerdon.incentive.generated.v1']).toHaveLength(row?.issued ?? -1);
    expect(times['guerdon.incentive.reversed.v1']).toHaveLength(2);
    // Deliveries are acknowledged before their published events are marked or leave the outbox.
    const isEmpty = async () =>
      (await sql`select from unpublished_incentive_events`).length === 0 &&
      (await sql`select from outbox`).length === 0;
    await until(isEmpty);
    await expectSound(sql);
  });
};

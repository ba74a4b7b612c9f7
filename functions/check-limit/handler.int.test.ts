import { randomUUID } from 'node:crypto';
import { register } from 'prom-client';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import {
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversalRequested,
  IncentiveReversed,
} from '#shared/eventing/contracts/incentives.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { codesOf, deliveryOf, eventsOf, handlerOf } from '#shared/testing/deliver.ts';
import { ownRedis } from '#shared/testing/servers/own-redis.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { limitParts } from '#shared/testing/worlds/limit-parts.ts';
import {
  type Offer,
  qualificationOf,
  qualifiedData,
  testRewards,
} from '#shared/testing/worlds/rewards.ts';
import { checkLimit } from './handler.ts';
import { limitHints } from './limit-hints.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 12 });
const own = await ownRedis();
const redis = connectRedis(own.url);
const rewards = testRewards(sql);
const cache = balanceCache(redis);
const circuit = redisCircuit({ restMs: 20 });
const now = new Date('2026-11-21T00:00:00Z');
const dependencies = {
  ...limitParts({ sql, redis, circuit }),
  hints: limitHints({ counters: limitCounters(redis), circuit }),
};
const handlers = checkLimit(dependencies);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  redis.disconnect();
});
beforeEach(async () => {
  if (own.server.pid() === undefined) await own.server.start();
  register.resetMetrics();
});

const deliver = async (
  contract: Contract,
  data: readonly object[],
  { isPublished = true } = {},
): Promise<readonly Outcome[]> => {
  const handler = handlerOf(handlers, contract);
  const outcomes = await handler.handle(data.map((one) => deliveryOf(contract, one)));
  if (isPublished) await handler.published?.(outcomes.flatMap(eventsOf));
  return outcomes;
};
const qualify = (qualifications: readonly Qualification[], options = {}) =>
  deliver(
    CampaignQualified,
    qualifications.map((one) => qualifiedData(one)),
    options,
  );
const reverse = (qualifications: readonly Qualification[]) =>
  deliver(
    IncentiveReversalRequested,
    qualifications.map(({ reward: _, qualifiedAt: _at, ...ids }) => ({
      ...ids,
      reason: 'cancelled',
      requestedBy: 'ann',
      requestedAt: now.toISOString(),
    })),
  );

const typesOf = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap(eventsOf).map(({ type }) => type);

const offer = async (global = {}): Promise<Offer> => {
  const tenantId = await rewards.createTenant({ global });
  return { tenantId, campaignId: await rewards.createCampaign(tenantId) };
};
const numbered = (of: Offer, count: number) =>
  Array.from({ length: count }, (_, number) => qualificationOf(of, number));
const pointsOf = async ({ tenantId }: Offer) =>
  (await cache.read({ tenantId, customerId: 'u-1', program: 'points' }))?.points;
const unpublished = async ({ tenantId }: Offer) => {
  const waiting = await incentiveLog(sql).unpublished(0, 100);
  const own = waiting.filter(({ incentive }) => incentive.tenantId === tenantId);
  return own.map(({ event }) => event).toSorted();
};

const metric = async (name: string) => {
  const { values } = await register.getSingleMetric(name)!.get();
  return values.map(({ labels, value }) => [...Object.values(labels), value]);
};

describe('check-limit', () => {
  it('publishes the outcome of each qualification, and writes its points to the cache', async () => {
    const of = await offer({ maxPerDay: 2 });
    const outcomes = await qualify(numbered(of, 3));
    expect(typesOf(outcomes)).toEqual([
      IncentiveGenerated.type,
      IncentiveGenerated.type,
      IncentiveRefused.type,
    ]);
    expect(outcomes.flatMap(eventsOf)[2]?.data).toMatchObject({
      refusedBy: { kind: 'cap', scope: 'GLOBAL', period: 'day', max: 2, used: 2 },
    });
    expect(await pointsOf(of)).toBe(20);
    expect(await metric('guerdon_incentives_total')).toEqual([
      ['issued', 'POINTS', 2],
      ['refused', 'POINTS', 1],
    ]);
    expect(await metric('guerdon_incentive_refusals_total')).toEqual([['GLOBAL', 'day', 1]]);
  });

  it('publishes the same events again, and writes to the cache what is missing there', async () => {
    const of = await offer({ maxPerDay: 2 });
    const all = numbered(of, 3);
    const first = await qualify(all, { isPublished: false });
    expect(await unpublished(of)).toEqual(['generated', 'generated', 'refused']);
    await redis.flushall();
    expect((await qualify(all)).flatMap(eventsOf)).toEqual(first.flatMap(eventsOf));
    expect(await pointsOf(of)).toBe(20);
    expect(await unpublished(of)).toEqual([]);
    expect(await metric('guerdon_incentive_refusals_total')).toEqual([['GLOBAL', 'day', 1]]);
  });

  it('refuses by the counters in Redis without locking anything, and counts it', async () => {
    const of = await offer({ maxTotal: 1 });
    const [one, ...others] = numbered(of, 4);
    await qualify([one!]);
    const holder = sql.begin(async (tx) => {
      await tx`select from limit_locks where tenant_id = ${of.tenantId} for update`;
      // A transaction that needed the rows would wait forever.
      return qualify(others);
    });
    expect(typesOf(await holder)).toEqual(Array(3).fill(IncentiveRefused.type));
    expect(await metric('guerdon_limit_hints_total')).toContainEqual(['full', 3]);
  });

  it('issues what has room although Redis shows none', async () => {
    const of = await offer({ maxTotal: 1 });
    const [one, two, three] = numbered(of, 3);
    await qualify([one!, two!]);
    await dependencies.incentives.reverse(
      [{ ...one!, reason: 'unheard', cause: '/test', requestedAt: now }],
      now,
    );
    expect(typesOf(await qualify([three!]))).toEqual([IncentiveGenerated.type]);
  });

  it('issues no more in any window than its cap, when later days are counted first', async () => {
    const of = await offer({ maxTotal: 1, windowDays: 7 });
    const onDays = (days: readonly number[]) =>
      days.map((day) =>
        qualificationOf(of, day, { qualifiedAt: new Date(Date.UTC(2026, 10, day)) }),
      );
    for (const one of onDays([12, 11, 10])) await qualify([one]);
    await redis.flushall();
    await qualify(onDays([6, 13, 18, 5, 19]));
    const given = await sql`
      select extract(day from day)::int as day from incentives
      where tenant_id = ${of.tenantId} and status = 'ISSUED' order by day`;
    expect(given.map(({ day }) => day as number)).toEqual([5, 12, 19]);
  });

  describe('of a group of campaigns', () => {
    const group = async () => {
      const tenantId = await rewards.createTenant();
      const overall = { overall: { maxTotal: 1 } };
      const first = { tenantId, campaignId: await rewards.createCampaign(tenantId, overall) };
      const next = { tenantId, campaignId: await rewards.createCampaign(tenantId, overall) };
      const choices = (number: number) =>
        [qualificationOf(first, number), qualificationOf(next, number)] as const;
      const offered = (...numbers: readonly number[]) =>
        deliver(
          CampaignQualified,
          numbers.map((number) => qualifiedData(...choices(number))),
        );
      return { tenantId, choices, offered };
    };
    const [given, no] = [IncentiveGenerated.type, IncentiveRefused.type];

    it('issues the next one where the caps of those before it are reached, once, even if it is redelivered', async () => {
      const { tenantId, offered } = await group();
      const first = await offered(1, 2, 1, 3);
      expect(first.map((outcome) => typesOf([outcome]))).toEqual([
        ...[[given], [no, given], [given], [no, no]],
      ]);
      expect(await rewards.givenIn(tenantId)).toEqual({ issued: 2, used: 2 });
      expect(await offered(3, 2, 1)).toEqual([first[3], first[1], first[0]]);
      await redis.flushall();
      expect(await offered(1, 2, 3)).toEqual([first[0], first[1], first[3]]);
      const [late] = await offered(4);
      expect(typesOf([late!])).toEqual([no, no]);
      expect(await rewards.givenIn(tenantId)).toEqual({ issued: 2, used: 2 });
    });

    it('issues one of them when several deliver it at once', async () => {
      const { tenantId, offered } = await group();
      await Promise.all(Array.from({ length: 16 }, (_, index) => offered(1 + (index % 2))));
      expect(await rewards.givenIn(tenantId)).toEqual({ issued: 2, used: 2 });
    });

    it('issues none after its first choice was reversed, before or after it arrived', async () => {
      const { tenantId, choices, offered } = await group();
      await reverse([choices(1)[0]]);
      expect((await offered(1)).map((outcome) => typesOf([outcome]))).toEqual([[no]]);
      await offered(2);
      await reverse([choices(2)[0]]);
      expect((await offered(2)).map((outcome) => typesOf([outcome]))).toEqual([[given]]);
      expect(await rewards.givenIn(tenantId)).toEqual({ issued: 0, used: 0 });
    });
  });

  it('decides the entitlements of one event in their order, also in a batch', async () => {
    const tenantId = await rewards.createTenant({ user: { maxTotal: 1 } });
    const campaigns = await Promise.all([1, 2, 3].map(() => rewards.createCampaign(tenantId)));
    const order = campaigns.toSorted().toReversed();
    const events = Array.from({ length: 20 }, (_, number) => {
      const [first, ...others] = order.map((campaignId) =>
        qualifiedData(qualificationOf({ tenantId, campaignId }, number, { userId: `u-${number}` })),
      );
      const entitlements = [first!, ...others].flatMap((each) => each.entitlements);
      return { ...first!, entitlements };
    });
    await deliver(CampaignQualified, events);
    const issued = await sql`
      select distinct campaign_id from incentives where tenant_id = ${tenantId} and status = 'ISSUED'`;
    expect(issued.map((row) => row['campaignId'] as string)).toEqual([order[0]]);
    expect(await rewards.givenIn(tenantId)).toEqual({ issued: 20, used: 20 });
  });

  it('applies a raised cap at once', async () => {
    const of = await offer({ maxTotal: 1 });
    const all = numbered(of, 3);
    await qualify(all.slice(0, 2));
    await rewards.setLimit(of.tenantId, 'GLOBAL', { maxTotal: 2 });
    expect(typesOf(await qualify(all))).toEqual([
      IncentiveGenerated.type,
      IncentiveRefused.type,
      IncentiveGenerated.type,
    ]);
  });

  it('applies the current caps and status of tenants, whatever it has cached', async () => {
    const of = await offer();
    const [one, two, three, four] = numbered(of, 4);
    expect(typesOf(await qualify([one!]))).toEqual([IncentiveGenerated.type]);
    await rewards.setLimit(of.tenantId, 'GLOBAL', { maxTotal: 2 });
    expect(typesOf(await qualify([two!, three!]))).toEqual([
      IncentiveGenerated.type,
      IncentiveRefused.type,
    ]);
    await sql`update tenants set status = 'SUSPENDED' where tenant_id = ${of.tenantId}`;
    expect(codesOf(await qualify([four!]))).toEqual(['unknown-tenant']);
    await sql`update tenants set status = 'ACTIVE' where tenant_id = ${of.tenantId}`;
    expect(typesOf(await qualify([four!]))).toEqual([IncentiveRefused.type]);
  });

  it('continues without Redis, and is exact when it is back empty', async () => {
    const of = await offer({ maxTotal: 6 });
    const all = numbered(of, 12);
    await qualify(all.slice(0, 2));
    await own.server.kill();
    await qualify(all.slice(2, 4));
    await own.loseData();
    await own.server.start();
    await qualify(all.slice(4));
    expect(await rewards.givenIn(of.tenantId)).toEqual({ issued: 6, used: 6 });
    const noted = await sql`select points from unwritten_balances join points_balances
      using (tenant_id, customer_id, program) where tenant_id = ${of.tenantId}`;
    expect(noted.map(({ points }) => points as number)).toEqual([60]);
  });

  it('reverses an incentive, publishes that on every request, and frees its place', async () => {
    const of = await offer({ maxTotal: 1 });
    const [one, two] = numbered(of, 2);
    await qualify([one!]);
    const first = await reverse([one!]);
    expect(typesOf(first)).toEqual([IncentiveReversed.type]);
    expect(await pointsOf(of)).toBe(0);
    expect((await reverse([one!])).flatMap(eventsOf)).toEqual(first.flatMap(eventsOf));
    expect(typesOf(await qualify([two!]))).toEqual([IncentiveGenerated.type]);
    expect(await unpublished(of)).toEqual([]);
  });

  it('refuses what was reversed before it arrived, and publishes nothing about it until then', async () => {
    const of = await offer();
    const [one] = numbered(of, 1);
    expect(typesOf(await reverse([one!]))).toEqual([]);
    expect(await unpublished(of)).toEqual([]);
    const outcomes = await qualify([one!]);
    expect(outcomes.flatMap(eventsOf)).toMatchObject([
      { type: IncentiveRefused.type, data: { refusedBy: { kind: 'reversed' } } },
    ]);
    expect(await unpublished(of)).toEqual([]);
  });

  it('refuses permanently what cannot be issued, without affecting its batch', async () => {
    const of = await offer();
    const suspended = await offer();
    await sql`update tenants set status = 'SUSPENDED' where tenant_id = ${suspended.tenantId}`;
    const [one, two] = numbered(of, 2);
    const outcomes = await qualify([
      one!,
      { ...two!, campaignId: randomUUID() },
      qualificationOf({ ...of, tenantId: 'nobody' }, 1),
      qualificationOf(suspended, 1),
      { ...one!, userId: 'u-2' },
      { ...two!, reward: { type: 'COUPON', amount: 1 } },
      two!,
    ]);
    expect(codesOf(outcomes)).toEqual([
      'done',
      'unknown-campaign',
      'unknown-campaign',
      'unknown-tenant',
      'incentive-conflict',
      'incomplete-reward',
      'done',
    ]);
    expect(
      codesOf(await reverse([qualificationOf(suspended, 1), { ...two!, userId: 'u-3' }])),
    ).toEqual(['unknown-tenant', 'incentive-conflict']);
  });

  it('processes several tenants in one batch, each by its own caps', async () => {
    const [few, many] = [await offer({ maxTotal: 1 }), await offer({ maxTotal: 9 })];
    const mixed = numbered(few, 3).flatMap((one, index) => [one, qualificationOf(many, index)]);
    await qualify(mixed);
    expect(await rewards.givenIn(few.tenantId)).toEqual({ issued: 1, used: 1 });
    expect(await rewards.givenIn(many.tenantId)).toEqual({ issued: 3, used: 3 });
  });
});

import { afterAll, expect, it, vi } from 'vitest';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Caps } from '#shared/domain/limits/caps.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { deliveryOf, eventsOf } from '#shared/testing/deliver.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { ownRedis } from '#shared/testing/servers/own-redis.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { limitParts } from '#shared/testing/worlds/limit-parts.ts';
import { qualificationOf, qualifiedData, testRewards } from '#shared/testing/worlds/rewards.ts';
import { checkLimit } from './handler.ts';
import { limitHints } from './limit-hints.ts';

const sql = await testSql({ max: 1, plansOnce: true });
const own = await ownRedis();
const redis = connectRedis(own.url);
const rewards = testRewards(sql);
afterAll(() => {
  redis.disconnect();
});

const circuit = redisCircuit();
const [handler] = checkLimit({
  ...limitParts({ sql, redis, circuit }),
  hints: limitHints({ counters: limitCounters(redis), circuit }),
});

/** The commands that were sent to Redis so far. */
const commands = vi.spyOn(redis, 'sendCommand');

const statements = recordedStatements(sql);

const deliveriesOf = (qualifications: readonly Qualification[]) =>
  qualifications.map((each) => deliveryOf(CampaignQualified, qualifiedData(each)));

/** The requests of a batch to the stores, from the second batch on, when caches are filled. */
const workOf = async (qualifications: readonly Qualification[]) => {
  const deliveries = deliveriesOf(qualifications);
  const before = commands.mock.calls.length;
  statements.length = 0;
  const outcomes = await handler!.handle(deliveries);
  const issued = outcomes.flatMap(eventsOf).filter(({ type }) => type === IncentiveGenerated.type);
  expect(issued).toHaveLength(qualifications.length);
  return {
    statements: statements.length,
    locks: statements.filter((text) => text.includes('limit_locks')).length,
    readings: statements.filter((text) => text.includes('from limit_usage usage')).length,
    redisCalls: commands.mock.calls.length - before,
  };
};

const offer = async (caps: Caps) => {
  const tenantId = await rewards.createTenant({ global: caps, user: caps });
  const of = { tenantId, campaignId: await rewards.createCampaign(tenantId) };
  return (from: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      qualificationOf(of, from + index, { userId: `u-${from + index}` }),
    );
};

it.each([
  [
    'begin, lock and read, write, commit, where caps decide',
    { maxTotal: 1_000_000, maxPerDay: 1_000_000 },
    { statements: 11, locks: 1, readings: 1, redisCalls: 2 },
  ],
  [
    'neither locks nor reads usage without caps',
    {},
    { statements: 9, locks: 0, readings: 0, redisCalls: 1 },
  ],
])('a batch of any size takes the same statements: %s', async (_what, caps, work) => {
  const numbered = await offer(caps);
  await workOf(numbered(0, 2));
  expect(await workOf(numbered(100, 1))).toEqual(work);
  expect(await workOf(numbered(200, 100))).toEqual(work);
});

it('does not plan statements again for each of several small batches', async () => {
  const numbered = await offer({ maxTotal: 1_000_000, maxPerDay: 1_000_000 });
  for (let batch = 0; batch < 7; batch += 1) await workOf(numbered(batch, 1));
  const replanned = await sql`select statement from pg_prepared_statements where custom_plans > 0`;
  expect(replanned).toEqual([]);
});

it('lets the next batch begin as soon as it has committed, before Redis has the balances', async () => {
  const numbered = await offer({});
  await workOf(numbered(0, 1));
  statements.length = 0;
  const before = commands.mock.calls.length;
  const atCommit: unknown[] = [];
  await handler!.handle(deliveriesOf(numbered(1, 1)), () => {
    atCommit.push(statements.at(-1), commands.mock.calls.length - before);
  });
  expect(atCommit).toEqual(['commit', 0]);
  expect(commands.mock.calls.length).toBeGreaterThan(before);
});

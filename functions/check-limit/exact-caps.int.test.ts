import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Caps } from '#shared/domain/limits/caps.ts';
import { slices } from '#shared/domain/slices.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveGenerated, IncentiveRefused } from '#shared/eventing/contracts/incentives.ts';
import type { EventHandler, Outcome } from '#shared/runtime/events/event-handler.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { deliver as deliverBatch } from '#shared/testing/deliver.ts';
import { ownRedis } from '#shared/testing/servers/own-redis.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { limitParts } from '#shared/testing/worlds/limit-parts.ts';
import { qualificationOf, qualifiedData, testRewards } from '#shared/testing/worlds/rewards.ts';
import { checkLimit } from './handler.ts';
import { limitHints } from './limit-hints.ts';

/**
 * Each round has a cap of its own; the published figures are those of `GUERDON_LIMIT_ROUNDS=100`.
 */
const rounds = Number(process.env['GUERDON_LIMIT_ROUNDS'] ?? 1);
const timeoutMs = 60_000 + rounds * 60_000;

const cap = 1_000;
const demands = 1_600;
const issuers = 64;
const batchItems = 10;

const { url } = await testDatabase();
/** The one connection that is never dropped. */
const sql = connectPostgres({ url, max: 1 });
const own = await ownRedis();
const admin = connectRedis(own.url);
const rewards = testRewards(sql);
const closers: (() => Promise<unknown>)[] = [() => sql.end(), () => admin.quit()];
afterAll(() => Promise.all(closers.map((close) => close())));

const pools: readonly Sql[] = Array.from({ length: 8 }, () => connectPostgres({ url, max: 4 }));
const connections = pools.map(() => connectRedis(own.url));
closers.push(...pools.map((pool) => () => pool.end({ timeout: 1 })));
closers.push(
  ...connections.map((redis) => () => {
    redis.disconnect();
    return Promise.resolve();
  }),
);

/** A check-limit as in a pod; eight of them share the connections of one pod. */
const instance = (_: unknown, index: number): EventHandler => {
  const sql = pools[index % pools.length]!;
  const redis = connections[index % pools.length]!;
  const circuit = redisCircuit({ restMs: 50 });
  const [handler] = checkLimit({
    ...limitParts({ sql, redis, circuit }),
    hints: limitHints({ counters: limitCounters(redis), circuit }),
    batchItemsMax: batchItems,
  });
  return handler!;
};
const instances = Array.from({ length: issuers }, instance);

/** Delivers as a source does: what fails as unavailable is redelivered, to any pod. */
const deliver = async (
  qualifications: readonly Qualification[],
  issuer: number,
  triesLeft = 500,
): Promise<readonly Outcome[]> => {
  const handler = instances[issuer % issuers]!;
  try {
    return await deliverBatch(
      [handler],
      CampaignQualified,
      qualifications.map((one) => qualifiedData(one)),
    );
  } catch (error) {
    if (!(error instanceof Unavailable) || triesLeft === 0) throw error;
    await pause(10);
    return deliver(qualifications, issuer + 1, triesLeft - 1);
  }
};

type Mishap = Readonly<{ at: number; happens: () => Promise<unknown> }>;

/**
 * All issuers take batches concurrently until none is left; mishaps occur when so many batches were
 * taken.
 */
const run = async (
  qualifications: readonly Qualification[],
  mishaps: readonly Mishap[] = [],
): Promise<readonly Outcome[]> => {
  const batches = slices(qualifications, batchItems);
  const queue = batches.entries();
  const due = [...mishaps];
  const happening: Promise<unknown>[] = [];
  const outcomes: Outcome[] = [];
  const issuer = async (_: unknown, number: number) => {
    for (const [index, batch] of queue) {
      if (due[0] !== undefined && index / batches.length >= due[0].at)
        happening.push(due.shift()!.happens());
      outcomes.push(...(await deliver(batch, number)));
    }
  };
  await Promise.all(Array.from({ length: issuers }, issuer));
  await Promise.all(happening);
  expect(due).toEqual([]);
  return outcomes;
};

const eventsIn = (outcomes: readonly Outcome[], type: string) =>
  new Set(
    outcomes
      .flatMap((outcome) => ('domainEvents' in outcome ? outcome.domainEvents : []))
      .filter((domainEvent) => domainEvent.type === type)
      .map(({ id }) => id),
  );

/** Each kind of cap that allows a thousand incentives of ten points, in turn. */
const caps: readonly Readonly<{ global?: Caps; limits?: CampaignTerms['limits'] }>[] = [
  { global: { maxTotal: cap } },
  { limits: { overall: { maxPerDay: cap } } },
  { limits: { budget: cap * 10 } },
  { global: { amounts: { POINTS: { maxTotal: cap * 10 } }, windowDays: 7 } },
];

const flush = () => admin.flushall();
const killAndRestartEmpty = async () => {
  await own.server.kill();
  await own.loseData();
  await own.server.start();
};
/**
 * All except those that are being opened: the driver does not report these to callers that wait for
 * them.
 */
const dropConnections = () => sql`
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and query <> '' and query not like '%typarray%'`;
const thrice = (happens: Mishap['happens']): readonly Mishap[] =>
  [0.25, 0.5, 0.75].map((at) => ({ at, happens }));

describe.each<[string, readonly Mishap[]]>([
  ['nothing happens', []],
  ['Redis is flushed', thrice(flush)],
  ['Redis is killed and comes back empty', [{ at: 0.4, happens: killAndRestartEmpty }]],
  ['Postgres drops all connections', thrice(() => dropConnections())],
])('64 issuers on a cap of 1,000 while %s', (_while, mishaps) => {
  it.each(Array.from({ length: rounds }, (_, round) => round))(
    'issue 1,000 of 1,600, and no redelivery changes anything (round %i)',
    async (round) => {
      const { global = {}, limits = {} } = caps[(round + mishaps.length) % caps.length]!;
      const tenantId = await rewards.createTenant({ global });
      const campaignId = await rewards.createCampaign(tenantId, limits);
      const qualifications = Array.from({ length: demands }, (_, number) =>
        qualificationOf({ tenantId, campaignId }, number, { userId: `u-${number % 400}` }),
      );
      // Some are delivered twice at the same time.
      const outcomes = await run([...qualifications, ...qualifications.slice(0, 200)], mishaps);
      const generated = eventsIn(outcomes, IncentiveGenerated.type);
      const refused = eventsIn(outcomes, IncentiveRefused.type);
      expect([generated.size, refused.size]).toEqual([cap, demands - cap]);
      expect(await rewards.givenIn(tenantId)).toEqual({ issued: cap, used: cap });

      const again = await run(qualifications.toReversed());
      expect(eventsIn(again, IncentiveGenerated.type)).toEqual(generated);
      expect(eventsIn(again, IncentiveRefused.type)).toEqual(refused);
      expect(await rewards.givenIn(tenantId)).toEqual({ issued: cap, used: cap });
      const [wallets] = await sql<[{ points: number }]>`
        select sum(points)::bigint as points from points_balances where tenant_id = ${tenantId}`;
      expect(wallets.points).toBe(cap * 10);
    },
    timeoutMs,
  );
});

it('leaves a sound ledger, and nothing unpublished', async () => {
  const audit = await auditLedger(sql);
  expect(Object.values(audit).flatMap(({ examples }) => examples)).toEqual([]);
  expect(await incentiveLog(sql).unpublished(0, 10)).toEqual([]);
});

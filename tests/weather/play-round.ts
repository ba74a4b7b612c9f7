import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, verdict } from '#scripts/demo/verdict.ts';
import { generateOrders } from '#scripts/orders/generate-orders.ts';
import type { OrderRecord } from '#scripts/orders/order-record.ts';
import { seededRandom } from '#scripts/orders/random.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import { leaderboardClient } from '#scripts/platform/leaderboard-client.ts';
import { withEvidence } from '#scripts/platform/platform-evidence.ts';
import { reconcile } from '#scripts/platform/requests/request-reconcile.ts';
import { takeSnapshot } from '#scripts/platform/requests/request-snapshot.ts';
import { eventually } from '#scripts/services/eventually.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { type Adjustment, adjustmentChecks, makeAdjustments } from './adjustments.ts';
import { resendRest } from './outage.ts';
import { type ProxiedPlatform, startProxiedPlatform } from './proxied-platform.ts';
import { kafkaStrikeOf, type Strike, strikesOf } from './strikes.ts';
import { type VisitorWatch, watchVisitors } from './watch-visitors.ts';
import {
  campaignChecks,
  equal,
  generateVisits,
  openWeatherCampaign,
  sendVisits,
  type Visit,
} from './weather-campaign.ts';

/** A platform under faults, and everything that was sent to it. */
export type WeatherWorld = Readonly<{
  platform: ProxiedPlatform;
  orders: OrderRecord[];
  visits: Visit[];
  adjustments: Adjustment[];
  stop: () => Promise<void>;
}>;

type Options = Parameters<typeof startProxiedPlatform>[0];

/** The functions whose work a round checks. */
export const checkedByRounds = [
  'award-points',
  'check-limit',
  'cms-api',
  'connect-client',
  'evaluate-campaign',
  'leaderboard-api',
  'push-notification',
  'rebuild-rank-snapshot',
  'reconcile-rewards',
  'resend-dead-letters',
  'store-dead-letter',
  'wallet-api',
] as const;

/** Starts a platform of its own for rounds. */
export const startWeatherWorld = async (options: Options): Promise<WeatherWorld> => {
  const platform = await startProxiedPlatform(options);
  await openWeatherCampaign(platform);
  return { platform, orders: [], visits: [], adjustments: [], stop: platform.stop };
};

type Round = Readonly<{
  seed: number;
  log?: (what: string) => void;
  /** What goes wrong while records are sent; chosen by the seed when left out. */
  strikes?: readonly Strike[];
  /** How many records are sent, compared with other rounds: 1 when left out. */
  share?: number;
}>;

/** Only ends a hanging run: everything recovers by itself once the faults are over. */
const DRAIN_TIMEOUT_MS = 300_000;

/**
 * Sends orders, visits and adjustments while the faults of the seed occur, waits until everything
 * is answered, and recomputes the result of all rounds so far. The same seed gives the same records
 * and faults.
 * @returns what does not agree; nothing if everything is right.
 */
export const playRound = async (
  world: WeatherWorld,
  { seed, log = () => undefined, strikes, share = 1 }: Round,
): Promise<readonly Check[]> => {
  const random = seededRandom(seed);
  const { platform } = world;
  const round = `s${seed}`;
  const size = { records: 1_200 * share, customers: 300 * share, refusable: 3 };
  const orders = [...generateOrders({ ...size, seed, prefix: round })];
  const visits = generateVisits(round, random).slice(0, 400 * share);
  const adjustments = Array.from({ length: 20 }, (_, number) => ({
    customerId: `${round}-w-${number}`,
    points: 1 + Math.floor(random() * 100),
  }));
  world.orders.push(...orders);
  world.visits.push(...visits);
  world.adjustments.push(...adjustments);

  const { brokers, knative } = platform;
  const watch = await watchVisitors(platform, visits, seededRandom(seed));
  const adjusting = makeAdjustments(platform, adjustments);
  const sending = Promise.all([
    sendOrders(orders, { brokers, ratePerSecond: 400 }),
    sendVisits(visits, { brokers, ratePerSecond: 150 }),
  ]);
  const strike = async (all: readonly Strike[]): Promise<void> => {
    for (const { what, strike } of all) {
      log(what);
      await strike();
      await sleep(random() * 500);
    }
  };
  const failed = await withEvidence(platform, async () => {
    await Promise.all([sending, adjusting, strike(strikes ?? strikesOf(platform, random))]);
    if (strikes === undefined) await strike(kafkaStrikeOf(platform, random));
    await knative.drained({ timeoutMs: DRAIN_TIMEOUT_MS });
    return failedChecks(world, watch);
  });
  log(`${watch.frames()} frames`);
  watch.close();
  return failed;
};

const failedChecks = async (
  world: WeatherWorld,
  watch: VisitorWatch,
): Promise<readonly Check[]> => {
  const { platform, orders, visits, adjustments } = world;
  const { services, brokers, knative, token } = platform;
  const leaderboard = leaderboardClient(knative.url('leaderboard-api'), token);
  const sql = connectPostgres({ url: services.postgres.url, max: 2 });
  try {
    await resendRest(platform);
    const leftBehind = await publishRest(platform, sql);
    await takeSnapshot(knative.broker('guerdon'), leaderboard);
    const evidence = { databaseUrl: services.postgres.url, redisUrl: services.redis.url, brokers };
    const checks = [
      ...(await verdict({ ...evidence, leaderboard, records: orders, refusable: orders })),
      ...(await campaignChecks(sql, brokers, visits)),
      ...(await adjustmentChecks(sql, adjustments)),
      await watch.check(sql),
      equal('events left in the outbox', 0, leftBehind),
    ];
    return checks.filter(({ ok }) => !ok);
  } finally {
    await sql.end();
  }
};

/** Has reconcile-rewards publish the remaining events; returns how many it could not publish. */
const publishRest = async (platform: ProxiedPlatform, sql: Sql): Promise<number> => {
  let left = Number.NaN;
  const isEmpty = async () => {
    await reconcile(platform);
    const [row] = await sql<{ left: number }[]>`
      select ((select count(*) from outbox) + (select count(*) from unwritten_balances) +
        (select count(*) from unpublished_incentive_events))::int as left`;
    left = row?.left ?? 0;
    return left === 0;
  };
  await eventually(isEmpty, { timeoutMs: DRAIN_TIMEOUT_MS, everyMs: 1_000 });
  return left;
};

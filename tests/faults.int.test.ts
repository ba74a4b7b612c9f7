/**
 * Functions, Redis, Kafka, Postgres and dispatchers fail while orders stream. After each fault, an
 * independent recomputation of everything sent so far shows that each order earned its points
 * exactly once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdict } from '#scripts/demo/verdict.ts';
import { generateOrders } from '#scripts/orders/generate-orders.ts';
import type { OrderRecord } from '#scripts/orders/order-record.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import { type LeaderboardClient, leaderboardClient } from '#scripts/platform/leaderboard-client.ts';
import { withEvidence } from '#scripts/platform/platform-evidence.ts';
import { reconcile } from '#scripts/platform/requests/request-reconcile.ts';
import { takeSnapshot } from '#scripts/platform/requests/request-snapshot.ts';
import { type Platform, startPlatform } from '#scripts/platform/start-platform.ts';
import type { LocalServer } from '#scripts/services/service.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { hasKafka } from '#shared/testing/servers/servers.ts';
import { campaignFaults } from './campaign-faults.ts';

const perFault = { records: 1_200, customers: 200, refusable: 3 };

/** The functions whose work is checked here; tests/weather.int.test.ts runs all of them. */
const checkedServices = [
  'award-points',
  'check-limit',
  'evaluate-campaign',
  'leaderboard-api',
  'rebuild-rank-snapshot',
  'reconcile-rewards',
  'resend-dead-letters',
  'store-dead-letter',
];

/** Longer than the waits in a test, so that one that times out reports what it waited for. */
const timeout = 900_000;

describe.skipIf(!hasKafka())('while orders stream', { timeout }, () => {
  let platform: Platform;
  let leaderboard: LeaderboardClient;
  const sent: OrderRecord[] = [];

  beforeAll(async () => {
    platform = await startPlatform({
      name: `faults-${process.pid}`,
      temporary: true,
      isDurable: false,
      services: checkedServices,
      report: () => undefined,
    });
    leaderboard = leaderboardClient(platform.knative.url('leaderboard-api'), platform.token);
  });
  afterAll(() => platform.stop());

  /**
   * Streams orders and lets the fault happen once a third of them is in Kafka; resolves when all
   * are answered.
   */
  const streamThrough = async (fault: () => Promise<unknown>): Promise<void> => {
    const seed = sent.length + 1;
    const records = [...generateOrders({ ...perFault, seed, prefix: `s${seed}` })];
    sent.push(...records);
    const third = records.length / 3;
    const { brokers, knative } = platform;
    await sendOrders(records.slice(0, third), { brokers });
    const failing = fault();
    await sendOrders(records.slice(third), { brokers, ratePerSecond: 500 });
    await failing;
    await knative.drained({ timeoutMs: 300_000 });
  };

  const failedChecks = () => withEvidence(platform, checkAll);

  const checkAll = async () => {
    await reconcile(platform);
    await takeSnapshot(platform.knative.broker('guerdon'), leaderboard);
    const { services, brokers } = platform;
    const evidence = {
      databaseUrl: services.postgres.url,
      redisUrl: services.redis.url,
      brokers,
      leaderboard,
    };
    return (await verdict({ ...evidence, records: sent, refusable: sent })).filter(({ ok }) => !ok);
  };

  it('without a fault, nothing is lost or doubled', async () => {
    await streamThrough(() => Promise.resolve());
    expect(await failedChecks()).toEqual([]);
  });

  it('kill -9 of award-points loses and doubles nothing', async () => {
    await streamThrough(() => {
      platform.knative.kill('award-points', 'SIGKILL');
      return Promise.resolve();
    });
    expect(await failedChecks()).toEqual([]);
  });

  it('a restart of award-points under load, drained by queue-proxy, loses and doubles nothing', async () => {
    await streamThrough(() => platform.knative.restart('award-points'));
    expect(await failedChecks()).toEqual([]);
  });

  it('SIGTERM of award-points under load, without draining first, loses and doubles nothing', async () => {
    await streamThrough(() => {
      platform.knative.kill('award-points', 'SIGTERM');
      return Promise.resolve();
    });
    expect(await failedChecks()).toEqual([]);
  });

  it('kill -9 of the dispatcher redelivers and doubles nothing', async () => {
    await streamThrough(() => platform.knative.killDispatcher());
    expect(await failedChecks()).toEqual([]);
  });

  it('SIGTERM of the dispatcher redelivers and doubles nothing', async () => {
    await streamThrough(() => platform.knative.restartDispatcher());
    expect(await failedChecks()).toEqual([]);
  });

  it('two consumers that start and stop deliver twice at once, and lose and double nothing', async () => {
    await streamThrough(async () => {
      await platform.knative.scaleDispatchers(2);
      await platform.knative.killDispatcher(1);
      await platform.knative.scaleDispatchers(1);
    });
    expect(await failedChecks()).toEqual([]);
  });

  it('Redis killed and started again loses and doubles nothing', async () => {
    await streamThrough(async () => {
      await platform.services.redis.server?.kill();
      await platform.services.redis.server?.start();
    });
    expect(await failedChecks()).toEqual([]);
  });

  it('Postgres killed and started again loses and doubles nothing', async () => {
    await streamThrough(async () => {
      await platform.services.postgres.server?.kill();
      await platform.services.postgres.server?.start();
    });
    expect(await failedChecks()).toEqual([]);
  });

  /** Sends before the fault: nobody can send while Kafka is unavailable. */
  const streamWithoutKafka = async (fault: (kafka: LocalServer) => Promise<unknown>) => {
    const seed = sent.length + 1;
    const records = [...generateOrders({ ...perFault, seed, prefix: `s${seed}` })];
    sent.push(...records);
    await sendOrders(records, { brokers: platform.brokers });
    const { server } = platform.services.kafka;
    if (server) await fault(server);
    await platform.knative.drained({ timeoutMs: 90_000 });
  };

  it('Kafka restarted loses and doubles nothing', async () => {
    await streamWithoutKafka(async (kafka) => {
      await kafka.stop();
      await kafka.start();
    });
    expect(await failedChecks()).toEqual([]);
  });

  it('Kafka killed, and unavailable for longer than its clients retry, loses and doubles nothing', async () => {
    await streamWithoutKafka(async (kafka) => {
      await kafka.kill();
      await sleep(10_000);
      await kafka.start();
    });
    expect(await failedChecks()).toEqual([]);
  });

  it('Redis flushed leaves the ledger whole, and the next snapshot brings the whole board back', async () => {
    await streamThrough(async () => {
      const redis = connectRedis(platform.services.redis.url);
      await redis.flushall();
      await redis.quit();
    });
    // What Redis has lost is read again from Postgres; what it has must be right.
    const failed = (await failedChecks()).map(({ name }) => name);
    expect(failed.filter((name) => name !== 'each balance in Redis')).toEqual([]);
  });

  campaignFaults(() => platform);
});
